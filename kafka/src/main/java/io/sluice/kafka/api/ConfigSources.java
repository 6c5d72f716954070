package io.sluice.kafka.api;

import io.sluice.core.config.ResolvedValue;

/** Where a setting comes from, as a number on the wire (KIP-226). */
public final class ConfigSources {

    private ConfigSources() {}

    public static byte number(ResolvedValue.Source source) {
        return switch (source) {
            case DYNAMIC_TOPIC_CONFIG -> 1;
            case DYNAMIC_BROKER_CONFIG -> 2;
            case DYNAMIC_DEFAULT_BROKER_CONFIG -> 3;
            case STATIC_BROKER_CONFIG -> 4;
            case DEFAULT_CONFIG -> 5;
            case DYNAMIC_GROUP_CONFIG -> 8;
        };
    }
}
