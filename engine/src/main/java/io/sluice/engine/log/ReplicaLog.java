package io.sluice.engine.log;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.loop.Completion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The log of one replica. Owned by one event loop, the one it was opened for; every method is
 * called there and every completion arrives there. What may wait for the device takes a completion.
 * A method that throws {@link IOException} has failed the log directory: nothing more is written to
 * it, and the log's host is told through {@link LogStore.FailureListener}.
 */
public interface ReplicaLog {

    TopicPartition partition();

    Uuid topicId();

    /** The directory it lies in. */
    Uuid directoryId();

    /** The first offset that may be read. */
    long startOffset();

    /** The offset of the next record to be appended. */
    long endOffset();

    /** Everything below it is on stable storage. Never above {@link #endOffset()}. */
    long durableEndOffset();

    /** Bytes of all segments. */
    long sizeInBytes();

    /** The epoch of the last batch, or {@link BatchHeader#NO_LEADER_EPOCH}. */
    int latestEpoch();

    /**
     * Below it all is committed and every transaction has ended, as was known when the log was last
     * closed or checkpointed; 0 if never.
     */
    long recoveredHighWatermark();

    /** Producers seen in this log, as of {@link #endOffset()}. {@link #append} keeps it current. */
    ProducerStates producerStates();

    /**
     * Appends whole batches to the page cache, rolling segments as configured. Offsets and epoch
     * are set in the bytes and in the headers already, dense from {@link #endOffset()} at the
     * leader; a follower's may leave out what compaction took. Updates the producers' states, the
     * epoch cache and the indexes.
     *
     * @param records the batches one after the other, position to limit
     * @param wallMs now, for rolling by time
     */
    void append(ByteBuffer records, List<BatchHeader> batches, long wallMs) throws IOException;

    /**
     * Asks that everything appended so far be made durable, by group commit: one flush serves all
     * that wait. Completes with the new {@link #durableEndOffset()}.
     *
     * @param moreToCome more appends are about to come: it may wait a moment and take them along
     */
    void flush(boolean moreToCome, Completion<Long> done);

    /**
     * Finds whole batches from an offset on.
     *
     * @param upTo no batch that begins at or above it
     * @param maxBytes soft bound: no further batch once it would be passed
     * @param atLeastOne gives the first batch even when it is larger than {@code maxBytes}
     */
    LogRead read(long fromOffset, long upTo, int maxBytes, boolean atLeastOne) throws IOException;

    /**
     * The aborted transactions that a reader of a slice has to know of, perhaps some more.
     *
     * @param upTo what it reads up to: the last stable offset
     */
    List<AbortedTransaction> abortedIn(FileSlice slice, long fromOffset, long upTo)
            throws IOException;

    /** Bytes between two offsets, whole batches, counted up to {@code limit}; a cheap estimate. */
    long bytesBetween(long fromOffset, long upTo, int limit);

    /** There is nothing that a schedule must read; larger than any offset. */
    long NOTHING_SCHEDULED = Long.MAX_VALUE;

    /**
     * From where on a schedule must read: the base offset of the first batch at or behind {@code
     * from} that {@link BatchHeader#isScheduled}, or an offset between the two, never below {@code
     * from}. {@link #NOTHING_SCHEDULED} if there is none up to the log's end. Cheap where a log has
     * none.
     */
    long nextScheduled(long from) throws IOException;

    /**
     * Every message that waits and was written below it is settled, by what is committed: 0 if
     * nothing says so. Neither retention nor compaction takes what waits at or above it.
     */
    long scheduleFloor() throws IOException;

    /**
     * Tells the host that the log would give up what lies below an offset, if messages that wait
     * were not there: to be carried to its end, by who leads, and a floor written behind them.
     * Called on the loop, again and again while that is so.
     */
    void onHeldBack(LongConsumer wantedStart);

    /** Tells the host that the log start offset moved by itself (retention); called on the loop. */
    void onStartMoved(Runnable listener);

    /** Reads the slice's pages into memory off the loop, then completes with the same slice. */
    void warm(FileSlice slice, Completion<FileSlice> done);

    /** Finds the first record at or after a time, below {@code upTo}; may wait for the device. */
    void findTimestamp(long timestamp, long upTo, Completion<TimestampAndOffset> done);

    /** Finds the record with the greatest timestamp below {@code upTo} (KIP-734). */
    void findMaxTimestamp(long upTo, Completion<TimestampAndOffset> done);

    /** A new leader epoch begins at the log's end. */
    void startEpoch(int epoch) throws IOException;

    /**
     * Where an epoch ended in this log: the start of the next larger one, or the log's end for the
     * latest (KIP-101, KIP-279). Answers the largest epoch not above the one asked for.
     */
    EpochEnd endOfEpoch(int epoch);

    /** The epoch that the offset was written in, or {@link BatchHeader#NO_LEADER_EPOCH}. */
    int epochAt(long offset);

    /** Epoch {@link BatchHeader#NO_LEADER_EPOCH} and offset -1 when the log knows no such epoch. */
    record EpochEnd(int epoch, long endOffset) {}

    /**
     * Cuts everything at and above the offset. Epochs that begin there are forgotten; at once if
     * nothing else is to be cut. Until it is over nothing is appended. Completes with the new end;
     * fails also while the log is being moved, and can be asked for again.
     */
    void truncateTo(long offset, Completion<Long> done);

    /**
     * Drops all there is and begins anew at an offset; as {@link #truncateTo} otherwise.
     *
     * @param producers who wrote below it, as {@link ProducerStates#below} tells at the leader
     */
    void restartAt(long offset, List<ProducerStates.Remembered> producers, Completion<Long> done);

    /**
     * Forgets everything below the offset (DeleteRecords); segments go in the background. Where
     * messages wait below it, only up to the first of them now, and the rest once they are carried.
     */
    void advanceStartOffset(long offset) throws IOException;

    /** Retention never passes it, and it is checkpointed. */
    void highWatermark(long offset);

    /** Compaction never passes it. */
    void lastStableOffset(long offset);

    /** Settings changed; takes effect at once. */
    void reconfigure(TopicConfig config);

    /** Sizes and offsets of the segments, oldest first, for tools and tests. */
    List<SegmentInfo> segments();

    record SegmentInfo(long baseOffset, long sizeInBytes, long maxTimestamp) {}
}
