package io.sluice.broker;

import io.sluice.core.config.ConfigSchema;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a broker's settings come from, the later overriding the earlier: the file, the environment
 * ({@code SLUICE_LOG_SEGMENT_BYTES} for {@code log.segment.bytes}, {@code SLUICE_FLUSH} for {@code
 * sluice.flush}), {@code --set}, and the short options.
 */
final class ConfigSource {

    private static final String PREFIX = "SLUICE_";

    /** Read by the launcher and the command line, never settings. */
    private static final List<String> NOT_SETTINGS =
            List.of(
                    "SLUICE_JAVA_HOME",
                    "SLUICE_JAVA_OPTS",
                    "SLUICE_CLI_JAVA_OPTS",
                    "SLUICE_LOG_LEVEL",
                    "SLUICE_BOOTSTRAP");

    private final SortedMap<String, String> values = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();

    /** What was read so far. */
    SortedMap<String, String> values() {
        return values;
    }

    /** What was passed over, for the log. */
    List<String> warnings() {
        return warnings;
    }

    /**
     * Reads a properties file.
     *
     * @throws UsageException if it cannot be read
     */
    ConfigSource file(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(
                    "cannot read the configuration file %s (%s): name a readable properties file with --config"
                            .formatted(file, e));
        }
        properties.forEach((key, value) -> values.put((String) key, ((String) value).strip()));
        return this;
    }

    /** Reads variables; an unknown one is passed over, for other programs name theirs so too. */
    ConfigSource environment(Map<String, String> environment) {
        Map<String, String> keysByVariable = new TreeMap<>();
        for (String key : ConfigSchema.broker().keys().keySet()) {
            keysByVariable.put(variable(key), key);
        }
        new TreeMap<>(environment)
                .forEach((name, value) -> {
                    if (!name.startsWith(PREFIX) || NOT_SETTINGS.contains(name)) {
                        return;
                    }
                    Optional.ofNullable(keysByVariable.get(name))
                            .ifPresentOrElse(
                                    key -> values.put(key, value.strip()),
                                    () ->
                                            warnings.add(
                                                    "no setting has the environment variable %s: ignored"
                                                            .formatted(name)));
                });
        return this;
    }

    /**
     * Takes {@code key=value}.
     *
     * @throws UsageException if there is no equals sign
     */
    ConfigSource set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new UsageException(
                    "--set %s has no value: write --set key=value".formatted(assignment));
        }
        values.put(
                assignment.substring(0, equals).strip(), assignment.substring(equals + 1).strip());
        return this;
    }

    /** The environment variable of a setting. */
    static String variable(String key) {
        String name = key.startsWith("sluice.") ? key.substring("sluice.".length()) : key;
        return PREFIX + name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
