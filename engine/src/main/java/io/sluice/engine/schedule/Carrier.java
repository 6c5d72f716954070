package io.sluice.engine.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.OffsetSet;
import io.sluice.core.schedule.Settled;
import io.sluice.core.schedule.WaitingMessages;
import io.sluice.core.schedule.WaitingMessages.Entry;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings messages that wait for long to the log's end, so that what lies before can go, and writes
 * the floor. Some at a time; the next when the log tells of those. Owned by the partition's loop.
 */
final class Carrier {

    private static final int MAX_RECORDS = 1_000;
    private static final int APPEND_TIMEOUT_MS = 30_000;
    private static final int HIDDEN = BatchHeader.CONTROL | BatchHeader.HIDDEN;

    /** Whose messages they are. */
    interface Owner {

        /** Nothing came of it. */
        void freed(long offset);

        /** There is no such record. */
        void vanished(Entry entry);

        /** Some were carried, as far as the log's end tells. */
        void carried(int messages);

        void cannotRead(IOException fault);
    }

    private record Found(Copies.@Nullable Written written, @Nullable Later[] found) {}

    private final Partition partition;
    private final EventLoop loop;
    private final Originals originals;
    private final WaitingMessages waiting;
    private final LongSupplier floor;
    private final Owner owner;
    private long wanted;
    private long[] out = {};
    private boolean busy;
    private boolean closed;
    private long writtenFloor;

    /**
     * @param floor below which nothing waits, as far as is committed
     */
    Carrier(
            Partition partition,
            Originals originals,
            WaitingMessages waiting,
            LongSupplier floor,
            Owner owner) {
        this.partition = partition;
        this.loop = partition.loop();
        this.originals = originals;
        this.waiting = waiting;
        this.floor = floor;
        this.owner = owner;
        this.writtenFloor = partition.scheduleFloor();
    }

    void close() {
        closed = true;
    }

    boolean isIdle() {
        return !busy && out.length == 0 && waiting.first() >= wanted;
    }

    /** The last floor that was written. */
    long writtenFloor() {
        return writtenFloor;
    }

    /** Nothing is to wait below that offset. */
    void wantFrom(long offset) {
        wanted = Math.max(wanted, offset);
    }

    /** Goes on, if there is anything to do; asked now and then. */
    void goOn() {
        if (closed || busy || isOut()) {
            return;
        }
        long[] next = next();
        if (next.length > 0) {
            carry(next);
        } else if (wanted > writtenFloor && floor.getAsLong() >= wanted) {
            writeFloor();
        }
    }

    /** Whether some of those that were copied last still wait where they were. */
    private boolean isOut() {
        for (long offset : out) {
            if (waiting.waits(offset) && waiting.isBusy(offset)) {
                return true;
            }
        }
        out = new long[0];
        return false;
    }

    private long[] next() {
        long[] next = new long[MAX_RECORDS];
        int count = 0;
        for (long offset = waiting.first();
                offset < wanted && count < MAX_RECORDS;
                offset = waiting.next(offset + 1)) {
            if (waiting.hold(offset)) {
                next[count++] = offset;
            }
        }
        return Arrays.copyOf(next, count);
    }

    private void carry(long[] offsets) {
        busy = true;
        long below = floor.getAsLong();
        long nowMs = loop.clock().wallMs();
        long[] dueMs = new long[offsets.length];
        for (int i = 0; i < offsets.length; i++) {
            dueMs[i] = waiting.recursAtMs(offsets[i]);
        }
        originals.read(
                offsets,
                found -> copy(offsets, dueMs, found, below, nowMs),
                Completion.of(
                        found -> append(offsets, found),
                        fault -> {
                            busy = false;
                            if (!closed) {
                                free(offsets, 0);
                                owner.cannotRead(fault);
                            }
                        }));
    }

    /** On an I/O thread. */
    private static Found copy(
            long[] offsets, long[] dueMs, @Nullable Later[] found, long floor, long nowMs) {
        Copies copies = new Copies(HIDDEN, nowMs);
        for (int i = 0; i < found.length; i++) {
            Later later = found[i];
            if (later != null) {
                copies.carry(floor, offsets[i], later, dueMs[i] < 0 ? later.dueMs() : dueMs[i]);
            }
        }
        return new Found(copies.isEmpty() ? null : copies.take(), found);
    }

    private void append(long[] offsets, Found found) {
        busy = false;
        if (closed) {
            return;
        }
        free(offsets, found.found.length);
        for (int i = 0; i < found.found.length; i++) {
            if (found.found[i] == null) {
                owner.vanished(new Entry(0L, offsets[i], offsets[i]));
            }
        }
        Copies.Written written = found.written;
        if (written == null) {
            return;
        }
        long[] copied = Arrays.copyOf(offsets, found.found.length);
        if (appended(written.bytes(), written.batches())) {
            out = copied;
            owner.carried(copied.length);
        } else {
            free(copied, 0);
        }
    }

    private void free(long[] offsets, int from) {
        for (int i = from; i < offsets.length; i++) {
            owner.freed(offsets[i]);
        }
    }

    /** Whether it is in the log; what comes of it the reader tells. */
    private boolean appended(ByteBuffer bytes, List<BatchHeader> batches) {
        long before = partition.status().logEndOffset();
        partition.append(bytes, batches, (short) -1, APPEND_TIMEOUT_MS, result -> {});
        return partition.status().logEndOffset() > before;
    }

    /** Says how far all is settled, if that is news. */
    void writeFloor() {
        long now = floor.getAsLong();
        if (now <= writtenFloor || now == OffsetSet.NONE) {
            return;
        }
        Settled settled = new Settled(now);
        BatchWriter writer = new BatchWriter();
        writer.add(settled.key(), settled.value(), loop.clock().wallMs());
        ByteBuffer batch = writer.take(HIDDEN);
        if (appended(batch, List.of(BatchHeader.read(batch, 0)))) {
            writtenFloor = now;
        }
    }
}
