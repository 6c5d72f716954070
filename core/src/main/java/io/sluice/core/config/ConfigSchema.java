package io.sluice.core.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The settings that exist, of topics, brokers or groups. What is not here is an error. */
public final class ConfigSchema {

    /** Characters of a value at most, so that no setting fills the metadata log. */
    public static final int MAX_VALUE_LENGTH = 16_384;

    /** A name further away than that is no typing mistake. */
    private static final int NEAR = 4;

    /** Longer names are not compared with the known ones. */
    private static final int MAX_NAME_LENGTH = 200;

    private static final ConfigSchema TOPIC =
            new ConfigSchema(
                    TopicKeys.all(),
                    AbsentKeys.TOPIC,
                    new Ordered("min.compaction.lag.ms", "max.compaction.lag.ms"));
    private static final ConfigSchema BROKER =
            new ConfigSchema(
                    BrokerKeys.all(),
                    AbsentKeys.BROKER,
                    new Ordered(
                            "log.cleaner.min.compaction.lag.ms",
                            "log.cleaner.max.compaction.lag.ms"));

    private static final ConfigSchema GROUP =
            new ConfigSchema(
                    Stream.of(
                                    GroupKeys.ofOneGroup(),
                                    ShareKeys.ofOneGroup(),
                                    LedgerKeys.ofOneGroup())
                            .flatMap(List::stream)
                            .toList(),
                    AbsentKeys.GROUP,
                    new Ordered("consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"),
                    new Ordered(
                            "sluice.queue.retry.backoff.initial.ms",
                            "sluice.queue.retry.backoff.max.ms"));

    private final SortedMap<String, ConfigKey> keys;
    private final SortedMap<String, String> absent;
    private final List<Ordered> ordered;

    /** Two settings of which the first is not larger than the second. */
    private record Ordered(String lower, String upper) {}

    private ConfigSchema(
            List<ConfigKey> all, SortedMap<String, String> absent, Ordered... ordered) {
        SortedMap<String, ConfigKey> byName = new TreeMap<>();
        all.forEach(key -> byName.put(key.name(), key));
        this.keys = Collections.unmodifiableSortedMap(byName);
        this.absent = absent;
        this.ordered = List.of(ordered);
    }

    /** What may be set on a topic. */
    public static ConfigSchema topic() {
        return TOPIC;
    }

    /** What may be set on a broker, its defaults for topics among it. */
    public static ConfigSchema broker() {
        return BROKER;
    }

    /** What may be set on a group (KIP-848). */
    public static ConfigSchema group() {
        return GROUP;
    }

    /** All settings by name. */
    public SortedMap<String, ConfigKey> keys() {
        return keys;
    }

    public Optional<ConfigKey> find(String name) {
        return Optional.ofNullable(keys.get(name));
    }

    /** One sentence that names the key, the value and the remedy; empty if all is well. */
    public Optional<String> invalid(String name, String value) {
        ConfigKey key = keys.get(name);
        if (key == null) {
            return Optional.of(unknown(name));
        }
        if (value.length() > MAX_VALUE_LENGTH) {
            return Optional.of(
                    "%s has a value of %d characters: give at most %d"
                            .formatted(name, value.length(), MAX_VALUE_LENGTH));
        }
        return key.check()
                .apply(key.canonical(value))
                .map(remedy -> "%s=%s is not valid: %s".formatted(name, value, remedy));
    }

    /** The value of a known setting as it is stored and compared. */
    public String canonical(String name, String value) {
        ConfigKey key = keys.get(name);
        return key == null ? value : key.canonical(value);
    }

    /** One sentence about values that are valid alone and not together; empty if there are none. */
    public Optional<String> conflict(Map<String, String> values) {
        for (Ordered two : ordered) {
            long min = number(two.lower, values);
            long max = number(two.upper, values);
            if (min > max) {
                return Optional.of(
                        "%s=%d is more than %s=%d: lower the one or raise the other"
                                .formatted(two.lower, min, two.upper, max));
            }
        }
        return Optional.empty();
    }

    private long number(String name, Map<String, String> values) {
        String value = values.get(name);
        return Long.parseLong(
                value != null ? value : find(name).flatMap(ConfigKey::defaultValue).orElse("0"));
    }

    /** Whether that is a setting of Kafka that Sluice has not. */
    public boolean isAbsent(String name) {
        return absent.containsKey(name);
    }

    /** One sentence about a name that is not in the schema. */
    private String unknown(String name) {
        String shown = name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH);
        String reason = absent.get(name);
        if (reason != null) {
            return "%s is not a setting of Sluice: %s".formatted(shown, reason);
        }
        return nearest(name)
                .map(near -> "unknown setting %s: did you mean %s?".formatted(shown, near))
                .orElse("unknown setting %s: leave it out".formatted(shown));
    }

    /** The known name that is most like it, if one is near. */
    public Optional<String> nearest(String name) {
        if (name.length() > MAX_NAME_LENGTH) {
            return Optional.empty();
        }
        String best = "";
        int bestDistance = NEAR + 1;
        for (String known : keys.keySet()) {
            int distance = distance(name, known);
            if (distance < bestDistance) {
                best = known;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), diagonal + change);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
