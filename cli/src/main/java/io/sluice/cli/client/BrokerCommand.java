package io.sluice.cli.client;

import io.sluice.cli.terminal.OutputPipe;
import io.sluice.cli.terminal.Style;
import io.sluice.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that talks to a broker: the options all of them share. */
public abstract class BrokerCommand implements Callable<Integer> {

    protected static final int OK = 0;
    protected static final int FAILED = 1;

    private @Nullable Terminal terminal;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT",
            order = 900,
            defaultValue = "${env:SLUICE_BOOTSTRAP:-127.0.0.1:9092}",
            description = "The broker to ask, or several with commas between (${DEFAULT-VALUE}).")
    private String bootstrap = "";

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            order = 901,
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long to wait for an answer (${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofSeconds(30);

    @Option(
            names = "--json",
            order = 902,
            description = "Print JSON: sizes in bytes, times in milliseconds.")
    private boolean json;

    @Option(
            names = {"-v", "--verbose"},
            order = 903,
            description = "Tell more; on an error, show where it came from.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            order = 904,
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    /** Called once, before the command runs. */
    public final void attach(Terminal attached) {
        this.terminal = attached;
    }

    protected final Terminal terminal() {
        if (terminal == null) {
            throw new IllegalStateException("not attached to a terminal");
        }
        return terminal;
    }

    protected final Style style() {
        return terminal().style();
    }

    protected final boolean json() {
        return json;
    }

    public final boolean verbose() {
        return verbose;
    }

    public final String bootstrap() {
        return bootstrap;
    }

    public final Duration timeout() {
        return timeout;
    }

    protected final int timeoutMs() {
        return (int) Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
    }

    /** Bad usage that the parser could not see: the caller throws it. Exit code 2. */
    protected final ParameterException badUsage(String sentence) {
        if (spec == null) {
            throw new IllegalStateException(sentence);
        }
        return new ParameterException(spec.commandLine(), sentence);
    }

    /** Opens the administration client, after making sure that somebody listens. */
    protected final Cluster cluster() {
        Reachability.check(bootstrap, timeout);
        return new Cluster(bootstrap, timeoutMs());
    }

    /** What every client is configured with. */
    protected final Map<String, Object> clientConfig() {
        Map<String, Object> config = new HashMap<>();
        config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        config.put(CommonClientConfigs.CLIENT_ID_CONFIG, "sluice-cli");
        config.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMs());
        config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, timeoutMs());
        config.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
        return config;
    }

    /** What was printed did not get out; whoever closed the output wants no more of it. */
    protected static void outputFailed(IOException e) {
        if (!OutputPipe.isClosed(e)) {
            throw new Failure("writing the output failed: " + e.getMessage(), e);
        }
    }

    protected static int result(Collection<?> failures) {
        return failures.isEmpty() ? OK : FAILED;
    }
}
