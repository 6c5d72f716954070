package io.sluice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * How time grows in a segment: the greatest timestamp so far and the last offset of the batch that
 * has it, relative to the segment's base, in twelve bytes. Kafka's format; timestamps only grow.
 */
final class TimeIndex {

    static final int ENTRY_BYTES = 12;

    private final IndexFile file;
    private final long baseOffset;

    TimeIndex(IndexFile file, long baseOffset) {
        this.file = file;
        this.baseOffset = baseOffset;
    }

    IndexFile file() {
        return file;
    }

    /** Adds an entry if the timestamp is greater than the last one's. */
    void append(long timestamp, long offset) throws IOException {
        int entries = file.entries();
        if (timestamp < 0 || (entries > 0 && file.entry(entries - 1).getLong(0) >= timestamp)) {
            return;
        }
        file.next().putLong(timestamp).putInt((int) (offset - baseOffset));
    }

    /** An offset at or before the first record that is at least so late; the base if unknown. */
    long offsetBefore(long timestamp) throws IOException {
        int low = 0;
        int high = file.entries() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (file.entry(middle).getLong(0) < timestamp) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? baseOffset : baseOffset + file.entry(high).getInt(8);
    }

    /** The last entry's timestamp, or -1. */
    long lastTimestamp() throws IOException {
        int entries = file.entries();
        return entries == 0 ? -1L : file.entry(entries - 1).getLong(0);
    }

    /** The last entry's offset, or -1. */
    long lastOffset() throws IOException {
        int entries = file.entries();
        return entries == 0 ? -1L : baseOffset + file.entry(entries - 1).getInt(8);
    }

    /** Drops entries of batches at or above the offset. */
    void truncate(long offset) throws IOException {
        int entries = file.entries();
        while (entries > 0) {
            ByteBuffer last = file.entry(entries - 1);
            if (baseOffset + last.getInt(8) < offset) {
                break;
            }
            entries--;
        }
        file.truncate(entries);
    }
}
