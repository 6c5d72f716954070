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
 * Stands here for help and completion. The launcher {@code bin/sluice} hands {@code server} to the
 * broker's own main class; who comes here has gone around it.
 */
@Command(
        name = "server",
        description = {
            "Run a broker in the foreground.",
            "",
            "With no options: a single node on 127.0.0.1:9092 with its data in ./data. It prints 'sluice"
                    + " ready: kafka=HOST:PORT ...' once it serves; Ctrl-C or SIGTERM stops it cleanly."
        },
        footer = {
            "  sluice server",
            "  sluice server --data /var/lib/sluice --port 9092",
            "  sluice server --set num.partitions=6 --set log.retention.hours=24",
            "  SLUICE_LOG_RETENTION_HOURS=24 sluice server"
        })
final class ServerCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A properties file with Kafka's setting names and Sluice's own.")
    private @Nullable Path config;

    @Option(names = "--data", paramLabel = "DIR", description = "Where the logs go (./data).")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port to listen on (9092); 0 takes a free one.")
    private @Nullable Integer port;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting; repeatable, stronger than the file.")
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
                            "sluice: the broker has a main class of its own, io.sluice.broker.Main:"
                                    + " start it with bin/sluice server.");
        }
        return FAILED;
    }
}
