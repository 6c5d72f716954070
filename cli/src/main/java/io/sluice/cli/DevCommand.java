package io.sluice.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Stands here for help and completion, as {@link ServerCommand} does: the launcher {@code
 * bin/sluice} hands {@code dev} to a main class of its own.
 */
@Command(
        name = "dev",
        description = {
            "Run a cluster of brokers on this machine, for trying things.",
            "",
            "Each broker is a process of its own. It prints one line for each with its process id, then"
                    + " 'sluice dev ready: HOST:PORT,...'; Ctrl-C or SIGTERM stops them all."
        },
        footer = {
            "  sluice dev --brokers 3",
            "  sluice dev --brokers 5 --data /tmp/cluster --port 9092",
            "  sluice dev --brokers 3 --set default.replication.factor=3"
        })
final class DevCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--brokers", paramLabel = "N", description = "How many (3).")
    private @Nullable Integer brokers;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data go, a folder for each broker (./data).")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The first broker's port (9092); the others take the next ones.")
    private @Nullable Integer port;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting of every broker; repeatable.")
    private List<String> settings = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine()
                    .getErr()
                    .println(
                            "sluice: a cluster has a main class of its own,"
                                    + " io.sluice.broker.dev.Main: start it with bin/sluice dev.");
        }
        return FAILED;
    }
}
