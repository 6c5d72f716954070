package io.sluice.broker;

import io.sluice.engine.disk.Disk;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code sluice server}: a broker in the foreground, until SIGTERM or Ctrl-C. */
final class ServerCommand {

    private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

    private ServerCommand() {}

    /**
     * When this returns the broker serves, on threads of its own.
     *
     * @throws UsageException if a setting is wrong
     * @throws IOException if an address or a directory cannot be used
     */
    static void run(ServerArguments arguments, Disk disk) throws IOException {
        ConfigSource source = new ConfigSource();
        arguments.config().ifPresent(source::file);
        source.environment(System.getenv());
        arguments.settings().forEach(source::set);
        arguments.data().ifPresent(data -> source.set("log.dirs=" + data));
        arguments.port().ifPresent(port -> source.set("listeners=PLAINTEXT://127.0.0.1:" + port));
        source.warnings().forEach(LOG::warn);
        Broker broker = Broker.start(source.values(), disk);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker), "sluice-stop"));
        if (arguments.endsWithInput()) {
            Thread.ofPlatform().daemon().name("sluice-input").start(ServerCommand::awaitInputEnd);
        }
        System.out.println(
                "sluice ready: kafka="
                        + broker.address()
                        + broker.toolsAddress().map(address -> " http=" + address).orElse(""));
        System.out.flush();
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
