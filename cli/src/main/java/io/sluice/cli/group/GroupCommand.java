package io.sluice.cli.group;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about consumer groups. */
@Command(
        name = "group",
        description = "List, describe, reset and delete consumer groups.",
        subcommands = {GroupList.class, GroupDescribe.class, GroupReset.class, GroupDelete.class},
        footer = {
            "  sluice group list",
            "  sluice group describe billing",
            "  sluice group reset billing --topic orders --to earliest"
        })
public final class GroupCommand extends CommandGroup {

    public GroupCommand() {
        super("name what to do");
    }
}
