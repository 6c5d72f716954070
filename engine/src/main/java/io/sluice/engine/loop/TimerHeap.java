package io.sluice.engine.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for their time, the nearest first; equal times in the order they were set. A heap
 * whose entries know their place, so that a cancelled one leaves at once: most deadlines of a
 * broker are set and never reached.
 */
final class TimerHeap {

    /** Timers that may wait; one more is a bug of flow control and is refused loudly. */
    static final int CAPACITY = 1_000_000;

    static final long NONE = Long.MAX_VALUE;

    private static final int FIRST_CAPACITY = 64;
    private static final int OUT = -1;

    private @Nullable Entry[] heap = new @Nullable Entry[FIRST_CAPACITY];
    private int size;
    private long nextSequence;

    /** One waiting task. */
    final class Entry implements EventLoop.Timer {
        private final long atNanos;
        private final long sequence;
        private final Runnable task;
        private int place;

        private Entry(long atNanos, long sequence, Runnable task) {
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.task = task;
        }

        @Override
        public void cancel() {
            if (place != OUT) {
                remove(this);
            }
        }

        long atNanos() {
            return atNanos;
        }

        Runnable task() {
            return task;
        }

        private boolean isBefore(Entry other) {
            return atNanos < other.atNanos
                    || (atNanos == other.atNanos && sequence < other.sequence);
        }
    }

    /**
     * @throws IllegalStateException at the bound
     */
    Entry add(long atNanos, Runnable task) {
        if (size == CAPACITY) {
            throw new IllegalStateException(CAPACITY + " timers wait already");
        }
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, Math.min(CAPACITY, 2 * heap.length));
        }
        Entry entry = new Entry(atNanos, nextSequence++, task);
        size++;
        siftUp(size - 1, entry);
        return entry;
    }

    int size() {
        return size;
    }

    /** When the nearest is due, or {@link #NONE}. */
    long nextNanos() {
        return size == 0 ? NONE : at(0).atNanos;
    }

    /** Takes the nearest, or null if its time has not come. */
    @Nullable Entry takeDue(long nowNanos) {
        if (size == 0 || at(0).atNanos > nowNanos) {
            return null;
        }
        Entry first = at(0);
        remove(first);
        return first;
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            at(i).place = OUT;
            heap[i] = null;
        }
        size = 0;
    }

    private void remove(Entry entry) {
        int place = entry.place;
        entry.place = OUT;
        size--;
        Entry last = at(size);
        heap[size] = null;
        if (last == entry) {
            return;
        }
        siftDown(place, last);
        if (last.place == place) {
            siftUp(place, last);
        }
    }

    private void siftUp(int from, Entry entry) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (!entry.isBefore(at(parent))) {
                break;
            }
            set(place, at(parent));
            place = parent;
        }
        set(place, entry);
    }

    private void siftDown(int from, Entry entry) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && at(child + 1).isBefore(at(child))) {
                child++;
            }
            if (!at(child).isBefore(entry)) {
                break;
            }
            set(place, at(child));
            place = child;
        }
        set(place, entry);
    }

    private void set(int place, Entry entry) {
        heap[place] = entry;
        entry.place = place;
    }

    @SuppressWarnings("NullAway") // places below size are filled
    private Entry at(int place) {
        return heap[place];
    }
}
