package io.sluice.benchmarks.sidebyside;

import java.util.Map;

/** Each side's words for the same thing. */
final class TopicSettings {

    private TopicSettings() {}

    /** Settings of a topic whose acknowledged records are on disk, or in the page cache. */
    static Map<String, String> of(Peer.Product product, boolean flushed) {
        return switch (product) {
            case SLUICE -> Map.of("sluice.flush", flushed ? "commit" : "os");
            case KAFKA -> flushed ? Map.of("flush.messages", "1") : Map.of();
        };
    }
}
