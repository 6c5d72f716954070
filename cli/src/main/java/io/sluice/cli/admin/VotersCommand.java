package io.sluice.cli.admin;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about who keeps the metadata log. */
@Command(
        name = "voters",
        description = "See and change which brokers keep the metadata log.",
        subcommands = {VotersList.class, VotersAdd.class, VotersRemove.class},
        footer = {
            "  sluice cluster voters list",
            "  sluice cluster voters add 4",
            "  sluice cluster voters remove 2"
        })
public final class VotersCommand extends CommandGroup {

    public VotersCommand() {
        super("name what to do");
    }
}
