package io.sluice.broker;

import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice server}: a broker in the foreground, until SIGTERM or Ctrl-C. */
@Command(
        name = "sluice server",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a broker in the foreground. Without options: a single node on 127.0.0.1:9092 with"
                    + " its data in ./data.",
            "Prints one line \"sluice ready: kafka=HOST:PORT\" on standard output when it serves,"
                    + " with http=HOST:PORT where sluice.http.listener says so; its log goes to"
                    + " standard error. SIGTERM or Ctrl-C stops it cleanly."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice server",
            "  sluice server --data /var/lib/sluice --port 9092",
            "  sluice server --config sluice.properties --set log.retention.hours=72",
            "  SLUICE_FLUSH=os sluice server        # the same as --set sluice.flush=os",
            "",
            "Settings are taken from --config, then the environment, then --set, then --data and"
                    + " --port; the later wins. docs/configuration.md lists them.",
            "Exit codes: 0 stopped cleanly, 1 failure, 2 bad usage."
        })
final class ServerCommand implements Callable<Integer> {

    /** Not an exit code: the broker serves on threads of its own. */
    static final int SERVING = -1;

    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    private final Disk disk;

    ServerCommand(Disk disk) {
        this.disk = disk;
    }

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A properties file with settings.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data lie (log.dirs); default ./data.")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port on 127.0.0.1 (listeners); 0 takes a free one; default 9092.")
    private @Nullable Integer port;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting; may be repeated.")
    private List<String> settings = new ArrayList<>();

    @Option(
            names = "--end-with-input",
            hidden = true,
            description = "Stops cleanly when standard input ends: with the process that began it.")
    private boolean endsWithInput;

    @Override
    public Integer call() throws Exception {
        ConfigSource source = new ConfigSource();
        if (config != null) {
            source.file(config);
        }
        source.environment(System.getenv());
        settings.forEach(source::set);
        if (data != null) {
            source.set("log.dirs=" + data);
        }
        if (port != null) {
            if (port < 0 || port > 65_535) {
                throw new UsageException(
                        "--port %d is not a port: give 0 to 65535".formatted(port));
            }
            source.set("listeners=PLAINTEXT://127.0.0.1:" + port);
        }
        source.warnings().forEach(LOG::warn);
        Broker broker = Broker.start(source.values(), disk);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker), "sluice-stop"));
        if (endsWithInput) {
            Thread.ofPlatform().daemon().name("sluice-input").start(ServerCommand::awaitInputEnd);
        }
        System.out.println(
                "sluice ready: kafka="
                        + broker.address()
                        + broker.toolsAddress().map(address -> " http=" + address).orElse(""));
        System.out.flush();
        return SERVING;
    }

    private static void awaitInputEnd() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException e) {
            LOG.debug("standard input", e);
        }
        LOG.info("standard input has ended, and the broker with it");
        System.exit(0);
    }

    /** A process ended by a signal would report 128 + its number; a clean stop reports 0. */
    private static void stop(Broker broker) {
        int exitCode = broker.stop() ? 0 : 1;
        Runtime.getRuntime().halt(exitCode);
    }
}
