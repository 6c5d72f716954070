package io.sluice.engine.coordinator;

/**
 * Bounds of the coordinators of one topic.
 *
 * @param topic the internal topic that holds their events
 * @param maxWaiting commands of one partition without an answer; one more is refused
 * @param maxGatheredBytes events of one partition that wait for the append under way; beyond it
 *     commands are refused
 * @param appendTimeoutMs how long an append may take before it counts as failed
 * @param loadBytes read from the log at once while loading
 * @param eventsPerTurn applied in one turn of the loop while loading
 */
public record CoordinatorSettings(
        String topic,
        int maxWaiting,
        int maxGatheredBytes,
        int appendTimeoutMs,
        int loadBytes,
        int eventsPerTurn) {

    /** For that topic, with bounds that a busy broker does not meet. */
    public static CoordinatorSettings of(String topic) {
        return new CoordinatorSettings(topic, 20_000, 8 << 20, 30_000, 1 << 20, 1_000);
    }
}
