package io.sluice.core.config;

import java.util.Optional;
import java.util.function.Function;

/**
 * One setting.
 *
 * @param defaultValue as text; empty where there is none
 * @param dynamic whether it may be changed while the broker runs
 * @param brokerSynonym for a topic's setting: the broker's that gives its default
 * @param check one sentence about what is wrong with a value, or empty
 */
public record ConfigKey(
        String name,
        Type type,
        Optional<String> defaultValue,
        String documentation,
        boolean dynamic,
        Optional<String> brokerSynonym,
        Function<String, Optional<String>> check) {

    /** How a value is read. */
    public enum Type {
        BOOLEAN,
        STRING,
        INT,
        LONG,
        DOUBLE,
        LIST
    }

    static ConfigKey of(String name, Type type, String defaultValue, String documentation) {
        return new ConfigKey(
                name,
                type,
                Optional.of(defaultValue),
                documentation,
                false,
                Optional.empty(),
                value -> Optional.empty());
    }

    static ConfigKey bool(String name, boolean defaultValue, String documentation) {
        return of(name, Type.BOOLEAN, Boolean.toString(defaultValue), documentation)
                .checked(value ->
                        value.equals("true") || value.equals("false")
                                ? Optional.empty()
                                : Optional.of("give true or false"));
    }

    static ConfigKey number(
            String name, Type type, long defaultValue, long min, long max, String documentation) {
        return of(name, type, Long.toString(defaultValue), documentation)
                .checked(value -> {
                    try {
                        long number = Long.parseLong(value);
                        return number >= min && number <= max
                                ? Optional.empty()
                                : Optional.of("give a number from %d to %d".formatted(min, max));
                    } catch (NumberFormatException e) {
                        return Optional.of("give a whole number");
                    }
                });
    }

    static ConfigKey longs(
            String name, long defaultValue, long min, long max, String documentation) {
        return number(name, Type.LONG, defaultValue, min, max, documentation);
    }

    static ConfigKey ints(
            String name, long defaultValue, long min, long max, String documentation) {
        return number(name, Type.INT, defaultValue, min, max, documentation);
    }

    static ConfigKey choice(
            String name, String defaultValue, String documentation, String... choices) {
        return of(name, Type.STRING, defaultValue, documentation)
                .checked(value -> oneOf(value, choices));
    }

    static Optional<String> oneOf(String value, String... choices) {
        for (String choice : choices) {
            if (choice.equals(value)) {
                return Optional.empty();
            }
        }
        return Optional.of("give one of " + String.join(", ", choices));
    }

    ConfigKey checked(Function<String, Optional<String>> newCheck) {
        return new ConfigKey(
                name, type, defaultValue, documentation, dynamic, brokerSynonym, newCheck);
    }

    /** May be changed while the broker runs. */
    ConfigKey atRunTime() {
        return new ConfigKey(name, type, defaultValue, documentation, true, brokerSynonym, check);
    }

    /** Takes its default from that setting of the broker. */
    ConfigKey from(String brokerKey) {
        return new ConfigKey(
                name, type, defaultValue, documentation, true, Optional.of(brokerKey), check);
    }

    ConfigKey withoutDefault() {
        return new ConfigKey(
                name, type, Optional.empty(), documentation, dynamic, brokerSynonym, check);
    }
}
