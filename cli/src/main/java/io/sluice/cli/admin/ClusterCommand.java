package io.sluice.cli.admin;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about the cluster. */
@Command(
        name = "cluster",
        description =
                "Look at the cluster as a whole, keep it even, and change who keeps its metadata.",
        subcommands = {
            ClusterDescribe.class,
            BalanceCommand.class,
            DrainCommand.class,
            VotersCommand.class
        },
        footer = {"  sluice cluster describe", "  sluice cluster balance --dry-run"})
public final class ClusterCommand extends CommandGroup {

    public ClusterCommand() {
        super("name what to do");
    }
}
