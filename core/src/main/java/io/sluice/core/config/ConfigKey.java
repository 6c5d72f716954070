package io.sluice.core.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One setting. A value is text everywhere but in {@link TopicConfig} and {@link BrokerConfig}; what
 * was checked with {@link ConfigSchema#invalid} and made {@link #canonical} can be read as its
 * type.
 *
 * @param defaultValue as text; empty where there is none
 * @param update whether and where it may be changed while the broker runs
 * @param brokerNames the broker's settings that give the value, in order of precedence: for a
 *     topic's setting those that give its default, for a broker's its own name and the coarser ones
 * @param check the remedy for a value that is not valid, or empty; sees canonical values
 */
public record ConfigKey(
        String name,
        Type type,
        Optional<String> defaultValue,
        String documentation,
        Update update,
        List<BrokerName> brokerNames,
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

    /** Whether and where a value may be changed while the broker runs (KIP-226). */
    public enum Update {
        /** At the next start, by the broker's configuration. */
        READ_ONLY,
        /** For all brokers, and for a broker by itself. A topic's settings are of this kind. */
        PER_BROKER,
        /** For all brokers alike. */
        CLUSTER_WIDE
    }

    /**
     * A broker's setting that gives a value.
     *
     * @param factor what its number is multiplied with, as hours to milliseconds; 1 takes it as is
     */
    public record BrokerName(String name, long factor) {

        /** The value in the unit of the key. What is negative means "no limit" in every unit. */
        String scaled(String value) {
            if (factor == 1) {
                return value;
            }
            long number = Long.parseLong(value);
            return Long.toString(number < 0 ? number : number * factor);
        }
    }

    /** Whether it may be changed while the broker runs. */
    public boolean dynamic() {
        return update != Update.READ_ONLY;
    }

    /** For a topic's setting: the first broker's setting that gives its default. */
    public Optional<String> brokerSynonym() {
        return brokerNames.stream().map(BrokerName::name).findFirst();
    }

    /** The value as it is stored: without blanks around it, lists without repetition. */
    String canonical(String value) {
        return switch (type) {
            case BOOLEAN -> value.strip().toLowerCase(Locale.ROOT);
            case STRING, INT, LONG, DOUBLE -> value.strip();
            case LIST -> String.join(",", new LinkedHashSet<>(words(value)));
        };
    }

    /** The words of a list. */
    static List<String> words(String value) {
        return Stream.of(value.split(",", -1))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    static ConfigKey of(String name, Type type, String defaultValue, String documentation) {
        return new ConfigKey(
                name,
                type,
                Optional.of(defaultValue),
                documentation,
                Update.READ_ONLY,
                List.of(new BrokerName(name, 1)),
                value -> Optional.empty());
    }

    static ConfigKey bool(String name, boolean defaultValue, String documentation) {
        return of(name, Type.BOOLEAN, Boolean.toString(defaultValue), documentation)
                .checked(value -> oneOf(value, "true", "false"));
    }

    static ConfigKey longs(
            String name, long defaultValue, long min, long max, String documentation) {
        return of(name, Type.LONG, Long.toString(defaultValue), documentation)
                .checked(value -> within(value, min, max));
    }

    static ConfigKey ints(
            String name, long defaultValue, long min, long max, String documentation) {
        return of(name, Type.INT, Long.toString(defaultValue), documentation)
                .checked(value -> within(value, min, max));
    }

    static ConfigKey choice(
            String name, String defaultValue, String documentation, String... choices) {
        return of(name, Type.STRING, defaultValue, documentation)
                .checked(value -> oneOf(value, choices));
    }

    static ConfigKey ratio(String name, String defaultValue, String documentation) {
        return of(name, Type.DOUBLE, defaultValue, documentation)
                .checked(value -> {
                    Optional<String> remedy = Optional.of("give a number from 0 to 1");
                    try {
                        double ratio = Double.parseDouble(value);
                        return ratio >= 0 && ratio <= 1 ? Optional.empty() : remedy;
                    } catch (NumberFormatException e) {
                        return remedy;
                    }
                });
    }

    private static Optional<String> within(String value, long min, long max) {
        Optional<String> remedy =
                Optional.of("give a whole number from %d to %d".formatted(min, max));
        try {
            long number = Long.parseLong(value);
            return number >= min && number <= max ? Optional.empty() : remedy;
        } catch (NumberFormatException e) {
            return remedy;
        }
    }

    static Optional<String> oneOf(String value, String... choices) {
        return List.of(choices).contains(value)
                ? Optional.empty()
                : Optional.of("give one of " + String.join(", ", choices));
    }

    ConfigKey checked(Function<String, Optional<String>> newCheck) {
        return new ConfigKey(
                name, type, defaultValue, documentation, update, brokerNames, newCheck);
    }

    ConfigKey updated(Update newUpdate) {
        return new ConfigKey(
                name, type, defaultValue, documentation, newUpdate, brokerNames, check);
    }

    /** A topic's setting that takes its default from that of the broker. */
    ConfigKey from(String brokerKey) {
        return new ConfigKey(
                name,
                type,
                defaultValue,
                documentation,
                Update.PER_BROKER,
                List.of(new BrokerName(brokerKey, 1)),
                check);
    }

    /** A coarser setting of the broker gives the value too, behind those that do already. */
    ConfigKey orFrom(String brokerKey, long factor) {
        return new ConfigKey(
                name,
                type,
                defaultValue,
                documentation,
                update,
                Stream.concat(brokerNames.stream(), Stream.of(new BrokerName(brokerKey, factor)))
                        .toList(),
                check);
    }

    ConfigKey withoutDefault() {
        return new ConfigKey(
                name, type, Optional.empty(), documentation, update, brokerNames, check);
    }
}
