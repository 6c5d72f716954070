package io.sluice.storage;

import io.sluice.core.model.BatchHeader;

/**
 * Where the newest batches of the active segment lie, so that readers at the tail, which are most,
 * find them without a look at the disk. A ring; owned by the log's loop.
 */
final class RecentBatches {

    static final int NOT_KNOWN = -1;

    private static final int FIRST_CAPACITY = 4;
    private static final int MAX_CAPACITY = 64;
    private static final long[] NO_OFFSETS = {};
    private static final int[] NO_POSITIONS = {};

    private long[] bases = NO_OFFSETS;
    private int[] positions = NO_POSITIONS;
    private int first;
    private int count;

    void add(BatchHeader batch, int position) {
        if (count == bases.length && count < MAX_CAPACITY) {
            grow();
        }
        if (count == bases.length) {
            first = (first + 1) & (bases.length - 1);
            count--;
        }
        int at = (first + count) & (bases.length - 1);
        bases[at] = batch.baseOffset();
        positions[at] = position;
        count++;
    }

    /** Capacities are powers of two. */
    private void grow() {
        int capacity = Math.max(FIRST_CAPACITY, bases.length * 4);
        long[] newBases = new long[capacity];
        int[] newPositions = new int[capacity];
        for (int i = 0; i < count; i++) {
            int at = (first + i) & (bases.length - 1);
            newBases[i] = bases[at];
            newPositions[i] = positions[at];
        }
        bases = newBases;
        positions = newPositions;
        first = 0;
    }

    void clear() {
        count = 0;
    }

    /** The place of the batch that holds the offset, or {@link #NOT_KNOWN}. */
    int indexOf(long offset, long endOffset) {
        if (count == 0 || offset >= endOffset || offset < base(0)) {
            return NOT_KNOWN;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (base(middle) <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    long base(int index) {
        return bases[(first + index) & (bases.length - 1)];
    }

    int position(int index) {
        return positions[(first + index) & (bases.length - 1)];
    }

    /**
     * Where the batch ends.
     *
     * @param segmentSize where the newest one does
     */
    int end(int index, int segmentSize) {
        return index + 1 == count ? segmentSize : position(index + 1);
    }
}
