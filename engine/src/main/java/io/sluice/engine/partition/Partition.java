package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.FollowerEnds;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.AnswerClock;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One hosted partition, as a door sees it. Only {@link #loop()}, {@link #name()}, {@link
 * #topicId()} and {@link #config()} may be called from any thread; all else on the loop, where the
 * callbacks come too.
 */
public interface Partition {

    EventLoop loop();

    TopicPartition name();

    Uuid topicId();

    /** The settings in force. */
    TopicConfig config();

    /**
     * Appends validated batches. The buffer belongs to the partition until this method returns; it
     * patches offsets and epoch in place, writes, and keeps nothing.
     *
     * @param acks 0, 1 or -1 (all); with 0 and 1 the reply comes at once, with -1 when durable on
     *     every in-sync replica
     * @param timeoutMs how long to wait for acks=-1 before REQUEST_TIMED_OUT
     */
    default void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            AppendReply reply) {
        append(records, batches, acks, timeoutMs, PartitionLeader.NO_GUARD, reply);
    }

    /**
     * The same for a batch of a transaction.
     *
     * @param guard what {@link #beginTransaction} gave
     */
    void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            long guard,
            AppendReply reply);

    /**
     * What a batch of a transaction needs before it is appended: nothing if the transaction is open
     * here; else the word of its coordinator, and then the append brings the guard along (KIP-890).
     *
     * @param epochPerTransaction whether the producer has a new epoch in every transaction
     *     (transaction version 2)
     */
    Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction);

    /** Whether the batch of an idempotent producer was stored here before, as a whole. */
    boolean isStored(BatchHeader batch);

    /**
     * Writes the marker that ends a transaction, and answers once it is committed. Repeated, as
     * after a lost answer, it does no harm.
     *
     * @param reply NONE; INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED for a marker that
     *     is late and changed nothing; else why it may have to be repeated
     */
    void writeMarker(TransactionMarker marker, int timeoutMs, Consumer<ErrorCode> reply);

    /** Takes the end of an append; called once. */
    @FunctionalInterface
    interface AppendReply {
        void appended(AppendResult result);
    }

    /**
     * @param appendTimeMs the broker's timestamp under LogAppendTime, else -1
     */
    record AppendResult(
            ErrorCode error,
            String detail,
            long baseOffset,
            long appendTimeMs,
            long logStartOffset) {}

    /** Reads now; never waits. A slice in the result belongs to the caller, who releases it. */
    FetchResult fetch(FetchSpec spec);

    /**
     * @param currentLeaderEpoch the client's idea of the epoch, -1 for none (KIP-320)
     * @param lastFetchedEpoch the epoch of its last record, -1 for none (KIP-595)
     * @param maxBytes soft bound for this partition
     * @param atLeastOne gives the first batch even when it is larger
     * @param readCommitted bounds by the last stable offset, not the high watermark
     */
    record FetchSpec(
            long fetchOffset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOne,
            boolean readCommitted) {}

    /**
     * Reads for a follower, now: up to the log's end, not the high watermark. What the follower has
     * counts from then on, and the answer's high watermark tells it. Only the leader answers.
     */
    FetchResult replicaFetch(ReplicaFetchSpec spec);

    /**
     * Whether a fetch, of either kind, would find what it found before, and that was nothing to
     * read up to the log's end. It costs less than to read again, and no follower counts for it.
     */
    boolean stillFinds(FetchResult before, long fetchOffset, int currentLeaderEpoch);

    /**
     * @param replica the broker that follows
     * @param brokerEpoch of its registration (KIP-903); of a former one nothing is taken
     * @param followedMs when it followed for certain, as {@link AnswerClock} tells
     * @param currentLeaderEpoch the epoch it follows in; here -1 is no answer to that question
     * @param durableEnd below it the follower is on stable storage
     * @param maxBytes soft bound for this partition; 0 reads nothing
     */
    record ReplicaFetchSpec(
            int replica,
            long brokerEpoch,
            long followedMs,
            long fetchOffset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long durableEnd,
            int maxBytes,
            boolean atLeastOne) {}

    /**
     * @param logStartOffset told with OFFSET_OUT_OF_RANGE, too
     * @param aborted what a reader of what is committed has to leave out of the slice; empty for
     *     others
     * @param diverging set when the client's last epoch ended earlier here: it must truncate
     */
    record FetchResult(
            ErrorCode error,
            long highWatermark,
            long lastStableOffset,
            long logStartOffset,
            LogRead read,
            List<AbortedTransaction> aborted,
            @Nullable EpochEnd diverging) {}

    /** Bytes a fetch at that offset could have now, bounded by {@code limit}; -1 on any error. */
    long bytesAvailable(long fetchOffset, boolean readCommitted, int limit);

    /**
     * Wakes once: when the readable end passes the offset, or the partition stops leading, fails or
     * goes. The number of waiters is bounded; at the bound the watch wakes at once.
     */
    Watch watch(long offset, boolean readCommitted, Runnable wake);

    /** As {@link #watch}, for a follower: wakes when the log's end passes the offset. */
    Watch watchLogEnd(long offset, Runnable wake);

    /** The same for one follower, which is not woken either while it is held back. */
    default Watch watchLogEnd(int replica, long offset, Runnable wake) {
        return watchLogEnd(offset, wake);
    }

    /** A waiting reader. */
    interface Watch {
        void cancel();
    }

    /** Reads the slice from the device off the loop and checks it; tells whether it is whole. */
    void warm(FileSlice slice, Consumer<Boolean> done);

    /**
     * From where on a schedule must read, as {@link ReplicaLog#nextScheduled}; {@code from} itself
     * where the log cannot be asked.
     */
    long nextScheduled(long from);

    /** Below it nothing waits, as {@link ReplicaLog#scheduleFloor}. */
    long scheduleFloor();

    /** Answers a ListOffsets query. */
    void listOffset(OffsetQuery query, int currentLeaderEpoch, Consumer<OffsetAnswer> reply);

    /** What ListOffsets may ask. */
    sealed interface OffsetQuery {
        /** The log start offset (-2), and -4 "earliest local". */
        record Earliest() implements OffsetQuery {}

        /** The readable end (-1). */
        record Latest(boolean readCommitted) implements OffsetQuery {}

        /** The record with the greatest timestamp (-3, KIP-734). */
        record MaxTimestamp(boolean readCommitted) implements OffsetQuery {}

        /** The first record at or after a time. */
        record AtTime(long timestamp, boolean readCommitted) implements OffsetQuery {}
    }

    record OffsetAnswer(ErrorCode error, TimestampAndOffset found) {}

    /** OffsetForLeaderEpoch (KIP-101, KIP-320). */
    EpochAnswer endOfEpoch(int epoch, int currentLeaderEpoch);

    record EpochAnswer(ErrorCode error, EpochEnd end) {}

    /**
     * Deletes what lies below the offset.
     *
     * @param offset -1 means up to the high watermark
     * @param reply the new log start offset, or an error
     */
    void deleteRecords(long offset, Consumer<DeleteAnswer> reply);

    record DeleteAnswer(ErrorCode error, long logStartOffset) {}

    /** The producers seen, for DescribeProducers; by a follower as far as it has come. */
    ProducersAnswer producers();

    record ProducersAnswer(ErrorCode error, List<ProducerView> producers) {}

    /**
     * A copy of one producer's state.
     *
     * @param coordinatorEpoch of its newest marker, or -1
     * @param transactionStart the first offset of its open transaction, or -1
     */
    record ProducerView(
            long producerId,
            int epoch,
            int lastSequence,
            long lastTimestamp,
            long lastOffset,
            int coordinatorEpoch,
            long transactionStart) {

        /** Copies what the log knows of a producer. */
        public static ProducerView of(ProducerStates.Entry entry) {
            ProducerStates.Batch last = entry.lastBatch();
            return new ProducerView(
                    entry.producerId(),
                    entry.epoch(),
                    last == null ? -1 : last.lastSequence(),
                    entry.lastTimestamp(),
                    last == null ? -1L : last.lastOffset(),
                    entry.coordinatorEpoch(),
                    entry.transactionStart());
        }
    }

    /**
     * Who wrote below an offset, for a follower whose log begins there. Only the leader answers.
     *
     * @param currentLeaderEpoch the epoch it follows in
     */
    RememberedAnswer producersBelow(long offset, int currentLeaderEpoch);

    record RememberedAnswer(ErrorCode error, List<ProducerStates.Remembered> producers) {}

    /**
     * Makes certain that nobody else leads, up to now: before somebody is refused by what is stored
     * here (docs/adr/refused-when-certain.md). Not inside of a reply.
     *
     * @param reply NONE when it is certain; else why nobody knows
     */
    void confirm(int timeoutMs, Consumer<ErrorCode> reply);

    /** The epoch in which it leads and serves now; -1 if it does not. */
    int leadingEpoch();

    /**
     * Whether it leads, and another broker may do so by now: this one is cut off. Then clients are
     * told that it does not lead; it takes no appends. What is bound to the leader epoch stays, for
     * the doubt may end. Any thread.
     */
    default boolean isInDoubt() {
        return false;
    }

    /** Tells how far each follower is; nothing where it does not lead. */
    void followers(FollowerEnds told);

    /** Offsets and size now, for tools and metrics. */
    PartitionStatus status();

    record PartitionStatus(
            int leaderEpoch,
            long logStartOffset,
            long highWatermark,
            long lastStableOffset,
            long logEndOffset,
            long sizeInBytes,
            Uuid directory) {}
}
