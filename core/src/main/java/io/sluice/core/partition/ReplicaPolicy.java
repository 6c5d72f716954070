package io.sluice.core.partition;

/**
 * The settings that the machines of a partition decide by.
 *
 * @param flushBeforeAck an append counts when it is on stable storage
 * @param flushMessages records after which a flush is asked for at the latest
 * @param minInsyncReplicas more than there are replicas count as all of them (KIP-966)
 * @param replicaLagMaxMs how long a follower may be behind and stay in the ISR
 * @param uncleanElection whether one that is not in sync may lead without an operator's order
 */
public record ReplicaPolicy(
        boolean flushBeforeAck,
        long flushMessages,
        int minInsyncReplicas,
        long replicaLagMaxMs,
        boolean uncleanElection) {

    /** Kafka's default of {@code replica.lag.time.max.ms}. */
    public static final long DEFAULT_LAG_MAX_MS = 30_000L;

    public ReplicaPolicy(
            boolean flushBeforeAck,
            long flushMessages,
            int minInsyncReplicas,
            long replicaLagMaxMs) {
        this(flushBeforeAck, flushMessages, minInsyncReplicas, replicaLagMaxMs, false);
    }

    public ReplicaPolicy(boolean flushBeforeAck, long flushMessages, int minInsyncReplicas) {
        this(flushBeforeAck, flushMessages, minInsyncReplicas, DEFAULT_LAG_MAX_MS);
    }
}
