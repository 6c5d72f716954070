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

    private long[] ends = new long[0];
    private int[] positions = new int[0];
    private int[] sizes = new int[0];
    private int first;
    private int count;

    void add(BatchHeader batch, int position) {
        if (count == ends.length && count < MAX_CAPACITY) {
            grow();
        }
        if (count == ends.length) {
            first = (first + 1) % ends.length;
            count--;
        }
        int at = (first + count) % ends.length;
        ends[at] = batch.nextOffset();
        positions[at] = position;
        sizes[at] = batch.sizeInBytes();
        count++;
    }

    private void grow() {
        int capacity = Math.max(FIRST_CAPACITY, ends.length * 4);
        long[] newEnds = new long[capacity];
        int[] newPositions = new int[capacity];
        int[] newSizes = new int[capacity];
        for (int i = 0; i < count; i++) {
            int at = (first + i) % ends.length;
            newEnds[i] = ends[at];
            newPositions[i] = positions[at];
            newSizes[i] = sizes[at];
        }
        ends = newEnds;
        positions = newPositions;
        sizes = newSizes;
        first = 0;
    }

    void clear() {
        count = 0;
    }

    /** The index of the batch that holds the offset, or {@link #NOT_KNOWN}. */
    int indexOf(long offset, long segmentEnd) {
        if (count == 0 || offset >= segmentEnd) {
            return NOT_KNOWN;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[(first + middle) % ends.length] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        // The oldest known batch may begin above the offset: what lies before it is not known here.
        return low == 0 ? NOT_KNOWN : low;
    }

    int position(int index) {
        return positions[(first + index) % ends.length];
    }

    int size(int index) {
        return sizes[(first + index) % ends.length];
    }
}
