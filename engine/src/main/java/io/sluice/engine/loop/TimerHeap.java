package io.sluice.engine.loop;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Tasks that wait for their time, the nearest first; equal times in the order they were set. */
final class TimerHeap {

    /** Timers that may wait; one more is a bug of flow control and is refused loudly. */
    static final int CAPACITY = 1_000_000;

    static final long NONE = Long.MAX_VALUE;

    private final PriorityQueue<Entry> heap = new PriorityQueue<>();
    private long nextSequence;

    /** One waiting task. */
    final class Entry implements EventLoop.Timer, Comparable<Entry> {
        private final long atNanos;
        private final long sequence;
        private final Runnable task;

        private Entry(long atNanos, long sequence, Runnable task) {
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.task = task;
        }

        @Override
        public void cancel() {
            heap.remove(this);
        }

        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    Entry add(long atNanos, Runnable task) {
        if (heap.size() >= CAPACITY) {
            throw new IllegalStateException("loop holds " + CAPACITY + " timers");
        }
        Entry entry = new Entry(atNanos, nextSequence++, task);
        heap.add(entry);
        return entry;
    }

    /** When the nearest is due, or {@link #NONE}. */
    long nextNanos() {
        Entry first = heap.peek();
        return first == null ? NONE : first.atNanos;
    }

    /** Takes the nearest task that is due, or null. */
    @Nullable Runnable takeDue(long nowNanos) {
        Entry first = heap.peek();
        if (first == null || first.atNanos > nowNanos) {
            return null;
        }
        heap.poll();
        return first.task;
    }
}
