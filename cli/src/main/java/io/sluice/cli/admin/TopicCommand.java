package io.sluice.cli.admin;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
public final class TopicCommand implements Runnable {

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "name what to do: create, list, describe, alter, delete, delete-records or"
                            + " offsets.");
        }
    }
}
