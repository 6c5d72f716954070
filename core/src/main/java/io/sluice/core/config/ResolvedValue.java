package io.sluice.core.config;

import java.util.List;
import java.util.Optional;

/**
 * A setting in force and where it comes from.
 *
 * @param value empty if it has none
 * @param readOnly cannot be changed while the broker runs
 * @param synonyms every place that sets it, the one in force first
 */
public record ResolvedValue(
        ConfigKey key,
        Optional<String> value,
        Source source,
        boolean readOnly,
        List<Synonym> synonyms) {

    /** Places in order of precedence (KIP-226). */
    public enum Source {
        DYNAMIC_TOPIC_CONFIG,
        DYNAMIC_GROUP_CONFIG,
        DYNAMIC_BROKER_CONFIG,
        DYNAMIC_DEFAULT_BROKER_CONFIG,
        STATIC_BROKER_CONFIG,
        DEFAULT_CONFIG
    }

    /** One place that sets a value, under the name it has there. */
    public record Synonym(String name, String value, Source source) {}
}
