package io.sluice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Some of a segment's batches by offset: the batch's last offset, relative to the segment's base,
 * and its position, in eight bytes. Kafka's format.
 */
final class OffsetIndex {

    static final int ENTRY_BYTES = 8;

    private final IndexFile file;
    private final long baseOffset;

    OffsetIndex(IndexFile file, long baseOffset) {
        this.file = file;
        this.baseOffset = baseOffset;
    }

    IndexFile file() {
        return file;
    }

    void append(long lastOffset, int position) throws IOException {
        file.next().putInt((int) (lastOffset - baseOffset)).putInt(position);
    }

    /** A position at or before the batch that holds the offset; 0 if no entry is so low. */
    int positionBefore(long offset) throws IOException {
        int found = lastBelow(offset);
        return found < 0 ? 0 : file.entry(found).getInt(4);
    }

    /** Drops entries of batches that end at or above the offset. */
    void truncate(long offset) throws IOException {
        file.truncate(lastBelow(offset) + 1);
    }

    /** The last entry whose batch ends below the offset, or -1. */
    private int lastBelow(long offset) throws IOException {
        int low = 0;
        int high = file.entries() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            ByteBuffer entry = file.entry(middle);
            if (baseOffset + entry.getInt(0) < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
