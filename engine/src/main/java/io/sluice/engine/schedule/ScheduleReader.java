package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.OffsetSet;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import io.sluice.engine.partition.Partition.PartitionStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the log says of messages that wait, as far as it is committed, in pieces. What an open
 * transaction says is read twice: at once, for that it says something of a message is reason enough
 * not to touch it; and when its end is known. Owned by the partition's loop.
 */
final class ScheduleReader {

    private static final int PAGE_BYTES = 1 << 20;

    /** Nothing is undecided. */
    static final long NONE = OffsetSet.NONE;

    /** Who wants to know. */
    interface Listener {

        /** Takes all of it. */
        void told(Told told);

        /** All that the log says below the offset was told, but for the ends of transactions. */
        void readTo(long offset);

        /** Where a batch of the schedule's own ends that needs not be read; -1 for others. */
        long ownEnd(long baseOffset);

        /** All of its own that were not told: begin and end of each in turn. */
        long[] own();

        /** Whether the batch is its own, and not known to be committed. */
        boolean isOnItsWay(long baseOffset);

        /** Whether there is no room now; it says {@link #goOn} when there is. */
        boolean isFull();

        /** The log cannot be read. */
        void failed(String why);

        /** It does not lead in this epoch any more. */
        void ended();
    }

    private final Partition partition;
    private final int leaderEpoch;
    private final IoThreads io;
    private final Codecs codecs;
    private final Listener listener;

    /** Where the log ended when the epoch began, or behind that. */
    private final long begun;

    private long position;
    private long undecided = NONE;
    private boolean reading;
    private boolean closed;
    private Partition.@Nullable Watch highWatch;
    private Partition.@Nullable Watch stableWatch;
    private long watched = NONE;
    private long stableWatched = NONE;

    ScheduleReader(
            Partition partition,
            int leaderEpoch,
            long from,
            IoThreads io,
            Codecs codecs,
            Listener listener) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
        this.position = from;
        this.io = io;
        this.codecs = codecs;
        this.listener = listener;
        this.begun = partition.status().logEndOffset();
    }

    /** From here on nothing was told. */
    long position() {
        return position;
    }

    /** From here on there are transactions whose end was not told; {@link #NONE} without. */
    long undecided() {
        return undecided;
    }

    void close() {
        closed = true;
        cancel(highWatch);
        cancel(stableWatch);
    }

    private static void cancel(Partition.@Nullable Watch watch) {
        if (watch != null) {
            watch.cancel();
        }
    }

    /** Reads on, if there is anything. */
    void goOn() {
        if (closed || reading || listener.isFull()) {
            return;
        }
        if (partition.leadingEpoch() != leaderEpoch) {
            listener.ended();
            return;
        }
        PartitionStatus now = partition.status();
        if (now.highWatermark() < begun) {
            await(begun - 1);
            return;
        }
        if (decideOn(now)) {
            return;
        }
        long next = partition.nextScheduled(position);
        for (long end = listener.ownEnd(next); end > 0; end = listener.ownEnd(next)) {
            position = end;
            next = partition.nextScheduled(position);
        }
        if (next < now.highWatermark()) {
            position = Math.max(position, next);
            page(position, false, next < now.lastStableOffset());
            return;
        }
        listener.readTo(next == ReplicaLog.NOTHING_SCHEDULED ? now.logEndOffset() : next);
        if (!closed) {
            await(next);
        }
    }

    /** Reads again what was not decided, if it is now. */
    private boolean decideOn(PartitionStatus now) {
        if (undecided >= now.lastStableOffset()) {
            return false;
        }
        long next = partition.nextScheduled(undecided);
        if (next >= position) {
            undecided = NONE;
            return false;
        }
        undecided = Math.max(undecided, next);
        if (undecided >= now.lastStableOffset()) {
            return false;
        }
        page(undecided, true, true);
        return true;
    }

    private void await(long next) {
        if (next != ReplicaLog.NOTHING_SCHEDULED && watched != next && !listener.isOnItsWay(next)) {
            cancel(highWatch);
            watched = next;
            highWatch =
                    partition.watch(
                            next,
                            false,
                            () -> {
                                watched = NONE;
                                goOn();
                            });
        }
        if (undecided != NONE && stableWatched != undecided) {
            cancel(stableWatch);
            stableWatched = undecided;
            stableWatch =
                    partition.watch(
                            undecided,
                            true,
                            () -> {
                                stableWatched = NONE;
                                goOn();
                            });
        }
    }

    private void page(long from, boolean transactionsAlone, boolean committed) {
        FetchResult result =
                partition.fetch(new FetchSpec(from, leaderEpoch, -1, PAGE_BYTES, true, committed));
        FileSlice slice = result.read().slice();
        if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && result.logStartOffset() > from) {
            skipTo(result.logStartOffset(), transactionsAlone);
        } else if (result.error() != ErrorCode.NONE || slice == null) {
            listener.failed("%s at %d".formatted(result.error(), from));
        } else {
            reading = true;
            Told.Extent extent =
                    new Told.Extent(
                            from,
                            transactionsAlone ? position : Long.MAX_VALUE,
                            result.lastStableOffset(),
                            result.aborted(),
                            transactionsAlone,
                            listener.own());
            if (result.read().cold()) {
                partition.warm(slice, whole -> warmed(slice, extent, whole));
            } else {
                decode(slice, extent);
            }
        }
    }

    private void skipTo(long logStart, boolean transactionsAlone) {
        if (transactionsAlone) {
            undecided = logStart;
        } else {
            position = logStart;
        }
        partition.loop().post(this::goOn);
    }

    private void warmed(FileSlice slice, Told.Extent extent, boolean whole) {
        if (whole && !closed) {
            decode(slice, extent);
        } else {
            slice.release();
            reading = false;
            if (!closed) {
                listener.failed("its log is damaged");
            }
        }
    }

    private void decode(FileSlice slice, Told.Extent extent) {
        io.call(
                IoThreads.Lane.READ,
                () -> {
                    try {
                        return Told.of(SliceBatches.read(slice), extent, codecs);
                    } catch (RecordFormatException e) {
                        throw new IOException(e.getMessage(), e);
                    }
                },
                partition.loop(),
                Completion.of(
                        told -> take(told, extent),
                        fault -> {
                            reading = false;
                            if (!closed) {
                                listener.failed(String.valueOf(fault.getMessage()));
                            }
                        }));
    }

    private void take(Told told, Told.Extent extent) {
        if (closed) {
            return;
        }
        if (extent.transactionsAlone()) {
            undecided = told.next() < 0 || told.next() >= position ? NONE : told.next();
        } else {
            position = Math.max(position, told.next());
            undecided = Math.min(undecided, told.firstUndecided());
        }
        listener.told(told); // nothing is read on while it listens
        reading = false;
        partition.loop().post(this::goOn); // others of the loop have their turn
    }
}
