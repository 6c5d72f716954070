package io.sluice.core.config;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The settings that exist, of topics or of brokers. What is not here is an error. */
public final class ConfigSchema {

    /** A name further away than that is no typing mistake. */
    private static final int NEAR = 4;

    private static final ConfigSchema TOPIC = new ConfigSchema(TopicKeys.all());
    private static final ConfigSchema BROKER = new ConfigSchema(BrokerKeys.all());

    private final SortedMap<String, ConfigKey> keys;

    private ConfigSchema(List<ConfigKey> all) {
        SortedMap<String, ConfigKey> byName = new TreeMap<>();
        all.forEach(key -> byName.put(key.name(), key));
        keys = Collections.unmodifiableSortedMap(byName);
    }

    public static ConfigSchema topic() {
        return TOPIC;
    }

    public static ConfigSchema broker() {
        return BROKER;
    }

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
            return Optional.of(
                    "unknown setting %s%s"
                            .formatted(
                                    name,
                                    nearest(name)
                                            .map(near -> ": did you mean " + near + "?")
                                            .orElse("")));
        }
        return key.check()
                .apply(value)
                .map(remedy -> "%s=%s is not valid: %s".formatted(name, value, remedy));
    }

    /** The known name that is most like it, if one is near. */
    public Optional<String> nearest(String name) {
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
