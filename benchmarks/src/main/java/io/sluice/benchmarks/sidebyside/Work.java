package io.sluice.benchmarks.sidebyside;

import java.util.Map;

/** One thing that both sides do and that is measured. */
interface Work extends Measured {

    /** How much of it. */
    record Bounds(long bytes, long nanos) {}

    /**
     * What Sluice is to reach.
     *
     * @param metric which figure
     * @param ratio true when the bound is on Sluice's part of Kafka's figure, false on Sluice's own
     * @param atMost true for an upper bound, false for a lower one
     */
    record Bar(Metric metric, boolean ratio, boolean atMost, double bound) {
        boolean isMet(double value) {
            return atMost ? value <= bound : value >= bound;
        }

        String text() {
            return (atMost ? "≤ " : "≥ ") + (ratio ? bound + " of the peer's" : metric.text(bound));
        }
    }

    /** Does it once. */
    Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds);

    /** Whether the first run counts, as a start does; otherwise it warms both sides up. */
    default boolean countsCold() {
        return false;
    }
}
