package io.sluice.core.group;

/** What a member of a streams group should know besides its tasks (KIP-1071). */
public record StreamsStatus(Code code, String detail) {

    /** In the order of the numbers on the wire, from 0. */
    public enum Code {
        STALE_TOPOLOGY,
        MISSING_SOURCE_TOPICS,
        INCORRECTLY_PARTITIONED_TOPICS,
        MISSING_INTERNAL_TOPICS,
        SHUTDOWN_APPLICATION,
        ASSIGNMENT_DELAYED
    }
}
