package io.sluice.engine.replication;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.replication.AnswerClock.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a follower asks its leader's broker, for many partitions at once.
 *
 * @param replicaId who asks
 * @param brokerEpoch of its registration (KIP-903)
 * @param heard the newest answer that it has heard of that broker
 * @param maxWaitMs how long the leader may wait for a first byte; 0 answers at once: such a request
 *     goes beside another one that may wait ({@link #isAside})
 * @param maxBytes of records in the whole answer, soft: the first batch comes whatever its size; 0
 *     reads nothing, the request only tells what is durable
 * @param partitions each at most once; complete: what was asked before and is not here is asked no
 *     longer. An implementation with incremental sessions (KIP-227) makes the difference itself,
 *     and keeps requests that go aside out of the session.
 */
public record ReplicaFetchRequest(
        int replicaId,
        long brokerEpoch,
        @Nullable Stamp heard,
        int maxWaitMs,
        int maxBytes,
        List<PartitionFetch> partitions) {

    /** Whether it goes beside the one that waits, and outside of its session. */
    public boolean isAside() {
        return maxWaitMs == 0;
    }

    /** Whether it only tells how far the replicas are durable. */
    public boolean tellsOnly() {
        return maxBytes == 0;
    }

    /**
     * One partition.
     *
     * @param currentLeaderEpoch the epoch the follower follows in: the leader refuses another one
     *     with FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH (KIP-320)
     * @param fetchOffset the end of the replica's log
     * @param lastFetchedEpoch of the record before it, -1 if there is none (KIP-595)
     * @param durableEnd below it the replica is on stable storage
     * @param logStart the first offset the replica has
     * @param maxBytes soft bound for this partition; 0 reads nothing, and only tells
     */
    public record PartitionFetch(
            TopicPartition name,
            Uuid topicId,
            int currentLeaderEpoch,
            long fetchOffset,
            int lastFetchedEpoch,
            long durableEnd,
            long logStart,
            int maxBytes) {}
}
