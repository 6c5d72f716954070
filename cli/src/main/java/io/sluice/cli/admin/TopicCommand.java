package io.sluice.cli.admin;

import io.sluice.cli.client.CommandGroup;
import picocli.CommandLine.Command;

/** Groups the commands about topics. */
@Command(
        name = "topic",
        description = "Create, list, describe, alter, empty and delete topics.",
        subcommands = {
            TopicCreate.class,
            TopicList.class,
            TopicDescribe.class,
            TopicAlter.class,
            TopicDelete.class,
            TopicDeleteRecords.class,
            TopicOffsets.class
        },
        footer = {
            "  sluice topic create orders --partitions 3",
            "  sluice topic describe orders",
            "  sluice topic offsets orders"
        })
public final class TopicCommand extends CommandGroup {

    public TopicCommand() {
        super("name what to do");
    }
}
