package io.sluice.broker.dev;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice dev}: several brokers on this machine, until SIGTERM or Ctrl-C. */
@Command(
        name = "sluice dev",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a cluster of separate broker processes on this machine, for trying things.",
            "Prints one line for each broker with its process id, then \"sluice dev ready:"
                    + " HOST:PORT,...\" when the cluster serves. SIGTERM or Ctrl-C stops them all. A"
                    + " broker that is killed stays away until the next start."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice dev --brokers 3",
            "  sluice dev --brokers 5 --data /tmp/cluster --port 9092",
            "  sluice dev --brokers 3 --set default.replication.factor=3",
            "",
            "The same data directory gives the same cluster again, at the same ports.",
            "Exit codes: 0 stopped cleanly, 1 failure, 2 bad usage."
        })
final class DevCommand implements Callable<Integer> {

    private static final int MAX_BROKERS = 50;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--brokers",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many; default 3. The first one, three or five keep the metadata.")
    private int brokers;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "data",
            description = "Where the data lie, a folder for each broker; default ./data.")
    private Path data = Path.of("data");

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9092",
            description = {
                "The first broker's port on 127.0.0.1; the others take the next ones. Between"
                        + " themselves they use the ports 1000 above, and serve metrics at those"
                        + " 2000 above. 0 takes free ones."
            })
    private int port;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting of every broker; may be repeated.")
    private List<String> settings = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        if (brokers < 1 || brokers > MAX_BROKERS) {
            throw bad("--brokers %d: give 1 to %d".formatted(brokers, MAX_BROKERS));
        }
        if (port < 0 || port + DevPorts.TOOLS_OFFSET + brokers > 65_535) {
            throw bad(
                    "--port %d leaves no room for the ports above it: give a lower one"
                            .formatted(port));
        }
        DevPorts ports = DevPorts.in(data, brokers, port);
        DevCluster cluster = new DevCluster(data, ports, settings);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::stop, "sluice-dev-stop"));
        return cluster.run(System.out) ? 0 : 1;
    }

    private ParameterException bad(String message) {
        if (spec == null) {
            throw new IllegalStateException("not made by picocli");
        }
        return new ParameterException(spec.commandLine(), message);
    }
}
