package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import java.util.List;

/**
 * What can happen to a leader.
 *
 * @param <T> what the host knows a waiting append by
 * @see PartitionLeader
 */
public sealed interface LeaderInput<T> {

    /** This replica leads from now on. */
    record BecomeLeader<T>(int leaderEpoch, ReplicaSet replicas) implements LeaderInput<T> {
        /** Without followers. */
        public BecomeLeader(int leaderEpoch) {
            this(leaderEpoch, ReplicaSet.ALONE);
        }
    }

    /**
     * A follower asked for what comes behind its log, which matches this one up to there: told only
     * once that is checked by epochs (KIP-595). An empty log that begins inside a batch is not told
     * of: it will begin anew before that batch.
     *
     * @param brokerEpoch of the follower's registration (KIP-903)
     * @param leaderEpoch the epoch it follows in; of another one nothing is counted (KIP-320)
     * @param fetchOffset the end of its log
     * @param durableEnd below it the follower is on stable storage
     * @param followedMs when it followed for certain, on the clock of {@code step}: it asked when
     *     it had heard an answer of that time. {@link #UNHEARD} if it had heard none
     */
    record ReplicaFetched<T>(
            int replica,
            long brokerEpoch,
            int leaderEpoch,
            long fetchOffset,
            long durableEnd,
            long followedMs)
            implements LeaderInput<T> {

        /** No time is earlier. */
        public static final long UNHEARD = Long.MIN_VALUE;
    }

    /** The controller's word on who holds the partition; ignored unless it is news. */
    record ReplicasChanged<T>(ReplicaSet replicas) implements LeaderInput<T> {}

    /**
     * The end of a {@link LeaderOutbox#proposeIsr}, if not by a newer partition epoch.
     *
     * @param refused it was certainly not accepted; false where nobody knows
     */
    record ProposalAnswered<T>(int partitionEpoch, boolean refused) implements LeaderInput<T> {}

    /** It leads no longer, or the partition is gone. */
    record Resign<T>(ErrorCode reason) implements LeaderInput<T> {}

    /**
     * A client wants batches stored, offsets not assigned. More than one batch is taken only from
     * producers without an identity, for a sequence is checked against what is stored; or if they
     * are the pieces of one ({@link BatchHeader#isContinued}).
     *
     * @param batches at least one
     * @param expectedEpoch the leader epoch the client means, {@link BatchHeader#NO_LEADER_EPOCH}
     *     for any
     * @param acks 0, 1 or -1 for all
     * @param deadlineMs when a wait for the commit ends, on the clock of {@code step}
     * @param guard what {@link PartitionLeader#beginTransaction} gave, or {@link
     *     PartitionLeader#NO_GUARD}
     */
    record Append<T>(
            T ticket,
            List<BatchHeader> batches,
            int expectedEpoch,
            short acks,
            long deadlineMs,
            long guard)
            implements LeaderInput<T> {}

    /**
     * The host is about to refuse somebody by what is stored here. Answered without an error when
     * it is certain that nobody else led up to now, who may have stored more
     * (docs/adr/refused-when-certain.md).
     *
     * @param deadlineMs when a wait for that ends, on the clock of {@code step}
     */
    record Confirm<T>(T ticket, long deadlineMs) implements LeaderInput<T> {}

    /**
     * A coordinator wants a transaction ended. Answered when the marker is committed.
     *
     * @param batch the marker's, its offset not assigned
     */
    record End<T>(T ticket, TransactionMarker marker, BatchHeader batch, long deadlineMs)
            implements LeaderInput<T> {}

    /** Everything below the offset is on stable storage. */
    record Flushed<T>(long durableEnd) implements LeaderInput<T> {}

    /** The log's directory takes no more writes. */
    record DiskFailed<T>() implements LeaderInput<T> {}

    /** Records below the offset are gone. */
    record StartMoved<T>(long logStart) implements LeaderInput<T> {}

    /** Settings changed. */
    record Reconfigured<T>(ReplicaPolicy policy) implements LeaderInput<T> {}

    /** Time passed. */
    record Tick<T>() implements LeaderInput<T> {}
}
