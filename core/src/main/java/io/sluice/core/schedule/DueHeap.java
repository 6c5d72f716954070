package io.sluice.core.schedule;

import java.util.Arrays;

/**
 * Entries of a {@link Timetable}, three numbers each, the one that is due first on top; by offset
 * where the time is the same.
 */
final class DueHeap {

    /** Numbers of an entry: when it is due, its offset, the message's id. */
    static final int WIDTH = 3;

    private static final int FIRST_CAPACITY = 16;

    private long[] entries;
    private int size;

    DueHeap() {
        this(new long[FIRST_CAPACITY * WIDTH], 0);
    }

    private DueHeap(long[] entries, int size) {
        this.entries = entries;
        this.size = size;
    }

    /** Sorts entries where they are. */
    static void sort(long[] entries) {
        DueHeap of = new DueHeap(entries, entries.length / WIDTH);
        of.sort(0, of.size - 1);
    }

    private void sort(int from, int to) {
        int low = from;
        int high = to;
        while (low < high) {
            int end = partition(low, high);
            if (end - low < high - end) { // the smaller part, so that the stack stays low
                sort(low, end);
                low = end + 1;
            } else {
                sort(end + 1, high);
                high = end;
            }
        }
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long dueMs() {
        return entries[0];
    }

    long offset() {
        return entries[1];
    }

    long id() {
        return entries[2];
    }

    void add(long dueMs, long offset, long id) {
        if ((size + 1) * WIDTH > entries.length) {
            entries = Arrays.copyOf(entries, 2 * entries.length);
        }
        int at = size++;
        while (at > 0 && isBefore(dueMs, offset, (at - 1) >>> 1)) {
            copy((at - 1) >>> 1, at);
            at = (at - 1) >>> 1;
        }
        put(at, dueMs, offset, id);
    }

    void removeTop() {
        size--;
        if (size > 0) {
            siftDown(0, size);
        }
        if (size < entries.length / WIDTH / 8 && entries.length > FIRST_CAPACITY * WIDTH) {
            entries = Arrays.copyOf(entries, entries.length / 2);
        }
    }

    /** Sinks a copy of one entry to its place below another one's. */
    private void siftDown(int from, int what) {
        long dueMs = entries[what * WIDTH];
        long offset = entries[what * WIDTH + 1];
        long id = entries[what * WIDTH + 2];
        int at = from;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && isBefore(child + 1, child)) {
                child++;
            }
            if (isBefore(dueMs, offset, child)) {
                break;
            }
            copy(child, at);
            at = child;
        }
        put(at, dueMs, offset, id);
    }

    /** Takes all but the first, in no order. */
    long[] takeFar(int keep) {
        select(keep);
        long[] far = Arrays.copyOfRange(entries, keep * WIDTH, size * WIDTH);
        entries = Arrays.copyOf(entries, Math.max(FIRST_CAPACITY, 2 * keep) * WIDTH);
        size = keep;
        for (int at = size / 2 - 1; at >= 0; at--) {
            siftDown(at, at);
        }
        return far;
    }

    /** Brings those that are due first to the front (Hoare's quickselect). */
    private void select(int keep) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int end = partition(low, high);
            if (keep - 1 <= end) {
                high = end;
            } else {
                low = end + 1;
            }
        }
    }

    /** Where the first part ends of which nothing is behind anything of the second. */
    private int partition(int low, int high) {
        int pivot = (low + high) >>> 1;
        long dueMs = entries[pivot * WIDTH];
        long offset = entries[pivot * WIDTH + 1];
        int left = low - 1;
        int right = high + 1;
        while (true) {
            do {
                left++;
            } while (isBehind(dueMs, offset, left));
            do {
                right--;
            } while (isBefore(dueMs, offset, right));
            if (left >= right) {
                return right;
            }
            swap(left, right);
        }
    }

    /** Tells of the entries of some messages. */
    void find(Timetable.Ids wanted, Timetable.Found found) {
        find(entries, size, wanted, found);
    }

    static void find(long[] entries, int size, Timetable.Ids wanted, Timetable.Found found) {
        for (int at = 0; at < size * WIDTH; at += WIDTH) {
            if (wanted.contains(entries[at + 2])) {
                found.found(entries[at + 2], entries[at + 1]);
            }
        }
    }

    private boolean isBefore(int one, int other) {
        return isBefore(entries[one * WIDTH], entries[one * WIDTH + 1], other);
    }

    private boolean isBefore(long dueMs, long offset, int other) {
        long otherMs = entries[other * WIDTH];
        return dueMs < otherMs || (dueMs == otherMs && offset < entries[other * WIDTH + 1]);
    }

    private boolean isBehind(long dueMs, long offset, int other) {
        long otherMs = entries[other * WIDTH];
        return dueMs > otherMs || (dueMs == otherMs && offset > entries[other * WIDTH + 1]);
    }

    private void swap(int one, int other) {
        for (int i = 0; i < WIDTH; i++) {
            long kept = entries[one * WIDTH + i];
            entries[one * WIDTH + i] = entries[other * WIDTH + i];
            entries[other * WIDTH + i] = kept;
        }
    }

    private void copy(int from, int to) {
        System.arraycopy(entries, from * WIDTH, entries, to * WIDTH, WIDTH);
    }

    private void put(int at, long dueMs, long offset, long id) {
        entries[at * WIDTH] = dueMs;
        entries[at * WIDTH + 1] = offset;
        entries[at * WIDTH + 2] = id;
    }
}
