package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes one log durable, by group commit: while one flush runs, those who ask gather, and the next
 * one serves them all. One at a time, oldest segment first, so that what is durable never has a
 * hole; epochs and names go with the records that need them. Owned by the log's loop.
 */
final class LogFlusher {

    private final PartitionLog log;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(2);
    private final AtomicReference<@Nullable String> epochText = new AtomicReference<>();
    private final AtomicReference<@Nullable Snapshot> snapshot = new AtomicReference<>();
    private final AtomicBoolean namesDirty = new AtomicBoolean();
    private volatile DurableEnds.Slot slot;
    private volatile long durableEnd;

    /** Up to where the producers are remembered on stable storage, or -1. */
    private volatile long snapshotEnd = -1L;

    private long unflushedRecords;
    private long flushes;
    private boolean flushing;
    private boolean timerSet;
    private boolean expectsMore;
    private @Nullable Runnable whenIdle;

    private record Waiter(long end, Completion<Long> done) {}

    private record Snapshot(long offset, ByteBuffer states, long start, List<KeptIndex> indexes) {}

    LogFlusher(PartitionLog log, DurableEnds.Slot slot, long durableEnd, boolean namesDurable) {
        this.log = log;
        this.slot = slot;
        this.durableEnd = durableEnd;
        namesDirty.set(!namesDurable);
    }

    /** Any thread. */
    long durableEnd() {
        return durableEnd;
    }

    DurableEnds.Slot slot() {
        return slot;
    }

    /** Up to where a snapshot on stable storage tells of the producers; -1 if none is known. */
    long snapshotEnd() {
        return snapshotEnd;
    }

    /** The log lies in another directory, flushed up to the offset. */
    void movedTo(DurableEnds.Slot other, long end) {
        slot = other;
        durableEnd = end;
    }

    /** Records were appended: flush.messages and flush.ms, where nobody waits for them. */
    void appended(long records, TopicConfig config) {
        unflushedRecords += records;
        if (unflushedRecords >= config.flushMessages()) {
            flush(Ignored.INSTANCE);
        } else if (config.flushMs() != Long.MAX_VALUE && !timerSet && unflushedRecords > 0) {
            timerSet = true;
            log.loop().schedule(config.flushMs(), this::flushByTime);
        }
    }

    private void flushByTime() {
        timerSet = false;
        if (!log.isClosed() && durableEnd < log.endOffset()) {
            flush(Ignored.INSTANCE);
        }
    }

    /** What the next flush writes with the records. */
    void epochsChanged(LeaderEpochs epochs) {
        if (epochs.takeDirty()) {
            epochText.set(epochs.text());
        }
    }

    void namesChanged() {
        namesDirty.set(true);
    }

    /**
     * The next flush writes a snapshot of the producers.
     *
     * @param start of the first segment
     * @param indexes written up to the offset, and to be on stable storage before it
     */
    void snapshot(long offset, ByteBuffer states, long start, List<KeptIndex> indexes) {
        snapshot.set(new Snapshot(offset, states, start, indexes));
    }

    /** The next flush may wait a moment for appends that are about to come. */
    void expectMore() {
        expectsMore = true;
    }

    void flush(Completion<Long> done) {
        waiters.add(new Waiter(log.endOffset(), done));
        if (!flushing && whenIdle == null) {
            start();
        }
    }

    /** Runs the task once no flush is under way; none begins until {@link #goOn}. */
    void whenIdle(Runnable task) {
        if (whenIdle != null) {
            throw new IllegalStateException("one task at a time");
        }
        whenIdle = task;
        if (!flushing) {
            task.run();
        }
    }

    /** Whether it was flushed so often since it was opened that it will be again. */
    boolean isOften() {
        return flushes >= log.store().flushesForRoom();
    }

    /** Whether no flush is under way or waits. */
    boolean isIdle() {
        return !flushing && waiters.isEmpty();
    }

    /** Flushes may begin again. */
    void goOn() {
        whenIdle = null;
        if (!flushing && !waiters.isEmpty()) {
            start();
        }
    }

    /** The log was cut: what was to be written with it is not true any more. */
    void endsAt(long end, LeaderEpochs epochs) {
        durableEnd = Math.min(durableEnd, end);
        // Who waits for records that are gone waits for what is left.
        int count = waiters.size();
        for (int i = 0; i < count; i++) {
            Waiter waiter = waiters.remove();
            waiters.add(new Waiter(Math.min(waiter.end, end), waiter.done));
        }
        snapshot.set(null);
        snapshotEnd = snapshotEnd <= end ? snapshotEnd : -1L;
        epochs.takeDirty();
        epochText.set(epochs.text());
    }

    /** The log is empty and begins at the offset, durably. */
    void begunAt(long offset) {
        durableEnd = offset;
    }

    private void start() {
        flushing = true;
        flushes++;
        unflushedRecords = 0;
        Segments segments = log.segmentList();
        List<Segment> sealed = List.of();
        for (int i = segments.count() - 2; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.endOffset() <= durableEnd && !segment.needsIndexForce()) {
                break;
            }
            if (sealed.isEmpty()) {
                sealed = new ArrayList<>(2);
            }
            sealed.addFirst(segment);
        }
        log.directory().commits().submit(new Flush(sealed, segments.last(), expectsMore));
        expectsMore = false;
    }

    private final class Flush implements GroupCommit.Flush {
        private final List<Segment> sealed;
        private final Segment last;
        private final boolean expectsMore;

        Flush(List<Segment> sealed, Segment last, boolean expectsMore) {
            this.sealed = sealed;
            this.last = last;
            this.expectsMore = expectsMore;
        }

        @Override
        public boolean expectsMore() {
            return expectsMore;
        }

        @Override
        public EventLoop loop() {
            return log.loop();
        }

        @Override
        public long force() throws IOException {
            boolean allThere = true;
            for (Segment segment : sealed) {
                try {
                    segment.force();
                    segment.forceIndexes();
                } catch (OpenFiles.RetiredException e) {
                    allThere = false; // retention was faster
                }
            }
            if (!allThere) {
                writeStart();
            }
            // First the end, then the bytes: what is behind that end may or may not be covered.
            long end = last.endOffset();
            if (end > durableEnd && end > last.baseOffset()) {
                last.force();
            }
            if (end > durableEnd || !sealed.isEmpty()) {
                writeEpochs();
                syncNames();
            }
            slot.raise(end);
            writeSnapshot(end);
            return end;
        }

        @Override
        public void succeeded(Long end) {
            durableEnd = Math.max(durableEnd, end);
            flushing = false;
            List<Completion<Long>> served = new ArrayList<>(2);
            for (Waiter waiter = waiters.peek();
                    waiter != null && waiter.end <= durableEnd;
                    waiter = waiters.peek()) {
                served.add(waiter.done);
                waiters.remove();
            }
            next();
            served.forEach(done -> done.succeeded(durableEnd));
            log.workEnded();
        }

        @Override
        public void failed(IOException fault) {
            flushing = false;
            List<Waiter> all = List.copyOf(waiters);
            waiters.clear();
            next();
            all.forEach(waiter -> waiter.done.failed(fault));
            log.workEnded();
        }

        private void next() {
            Runnable task = whenIdle;
            if (task != null) {
                task.run();
            } else if (!waiters.isEmpty()) {
                start();
            }
        }
    }

    // On an I/O thread, one flush at a time.

    void writeEpochs() throws IOException {
        String text = epochText.getAndSet(null);
        if (text != null) {
            TextFile.replace(log.store().disk(), log.path().resolve(LeaderEpochs.FILE), text);
        }
    }

    private void syncNames() throws IOException {
        if (namesDirty.getAndSet(false)) {
            LogFolder.makeDurable(log.store().disk(), log.path());
        }
    }

    /**
     * What retention took is not flushed; it must not come back by a crash, whole or not, below an
     * end that says that all of it was.
     */
    private void writeStart() throws IOException {
        log.store().checkpointStarts(log.directory());
    }

    /** Returns whether they all were there. */
    private boolean force(List<KeptIndex> indexes) throws IOException {
        boolean allThere = true;
        for (KeptIndex index : indexes) {
            try {
                index.force();
            } catch (OpenFiles.RetiredException e) {
                allThere = false; // retention was faster
            }
        }
        if (!indexes.isEmpty()) {
            log.store().disk().syncDirectory(log.path()); // a file may be new
        }
        return allThere;
    }

    /** One of what was appended since the flush began waits for the next. */
    private void writeSnapshot(long flushedEnd) throws IOException {
        Snapshot taken = snapshot.get();
        if (taken == null || taken.offset > flushedEnd || !snapshot.compareAndSet(taken, null)) {
            return;
        }
        if (!force(taken.indexes) || taken.start > log.directory().start(log.partition())) {
            writeStart();
        }
        // Where records are deleted nothing else tells of who wrote them.
        boolean only = log.startOffset() > 0;
        Snapshots.write(log.store().disk(), log.path(), taken.offset, taken.states, only);
        snapshotEnd = only ? taken.offset : snapshotEnd;
    }
}
