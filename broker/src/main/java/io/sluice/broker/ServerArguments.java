package io.sluice.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The options of {@code sluice server}. Read by hand: the classes of picocli are of a version that
 * no class cache holds, and to load, verify and reflect them was a fifth of a start's CPU.
 *
 * @param config a file with settings
 * @param data short for {@code log.dirs}
 * @param port short for {@code listeners}, on 127.0.0.1
 * @param settings {@code key=value} each, in order
 * @param endsWithInput whether the broker stops when standard input ends
 * @param help whether the help is asked for, and nothing else counts
 */
record ServerArguments(
        Optional<Path> config,
        Optional<Path> data,
        OptionalInt port,
        List<String> settings,
        boolean endsWithInput,
        boolean help) {

    static final String HELP =
            """
            Usage: sluice server [--config=FILE] [--data=DIR] [--port=N] [--set=KEY=VALUE]...
            Runs a broker in the foreground. Without options: a single node on 127.0.0.1:9092
            with its data in ./data.
            Prints one line "sluice ready: kafka=HOST:PORT" on standard output when it serves,
            with http=HOST:PORT where sluice.http.listener says so; its log goes to standard
            error. SIGTERM or Ctrl-C stops it cleanly.
                  --config=FILE     A properties file with settings.
                  --data=DIR        Where the data lie (log.dirs); default ./data.
              -h, --help            Show this help message and exit.
                  --port=N          The port on 127.0.0.1 (listeners); 0 takes a free one;
                                    default 9092.
                  --set=KEY=VALUE   One setting; may be repeated.

            Examples:
              sluice server
              sluice server --data /var/lib/sluice --port 9092
              sluice server --config sluice.properties --set log.retention.hours=72
              SLUICE_FLUSH=os sluice server        # the same as --set sluice.flush=os

            Settings are taken from --config, then the environment, then --set, then --data and
            --port; the later wins. docs/configuration.md lists them.
            Exit codes: 0 stopped cleanly, 1 failure, 2 bad usage.
            """;

    private static final int LAST_PORT = 65_535;

    /**
     * Reads {@code --option value} and {@code --option=value}.
     *
     * @throws UsageException if one is not known, lacks its value, or has a wrong one
     */
    static ServerArguments parse(List<String> arguments) {
        Optional<Path> config = Optional.empty();
        Optional<Path> data = Optional.empty();
        OptionalInt port = OptionalInt.empty();
        List<String> settings = new ArrayList<>();
        boolean endsWithInput = false;
        boolean help = false;
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            switch (name) {
                case "--config" -> config = Optional.of(Path.of(value(argument, name, rest)));
                case "--data" -> data = Optional.of(Path.of(value(argument, name, rest)));
                case "--port" -> port = OptionalInt.of(port(value(argument, name, rest)));
                case "--set" -> settings.add(value(argument, name, rest));
                case "--end-with-input" -> endsWithInput = true;
                case "-h", "--help" -> help = true;
                default ->
                        throw new UsageException(
                                "%s is not an option; sluice server --help lists them"
                                        .formatted(argument));
            }
        }
        return new ServerArguments(config, data, port, List.copyOf(settings), endsWithInput, help);
    }

    private static String value(String argument, String name, Iterator<String> rest) {
        if (argument.length() > name.length()) {
            return argument.substring(name.length() + 1);
        }
        if (!rest.hasNext()) {
            throw new UsageException(
                    "%s has no value; sluice server --help tells which".formatted(name));
        }
        return rest.next();
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= LAST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new UsageException("--port %s is not a port: give 0 to 65535".formatted(text));
    }
}
