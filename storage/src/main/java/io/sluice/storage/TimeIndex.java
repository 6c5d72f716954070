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
    private long lastTimestamp;

    /**
     * @param lastTimestamp the last entry's, or -1 without one
     */
    TimeIndex(IndexFile file, long baseOffset, long lastTimestamp) {
        this.file = file;
        this.baseOffset = baseOffset;
        this.lastTimestamp = lastTimestamp;
    }

    IndexFile file() {
        return file;
    }

    /** Adds an entry if the timestamp is greater than the last one's. */
    void append(long timestamp, long offset) throws IOException {
        if (timestamp > lastTimestamp) {
            file.next().putLong(timestamp).putInt((int) (offset - baseOffset));
            lastTimestamp = timestamp;
        }
    }

    /** An offset below which no record is so late; the base if unknown. */
    long offsetBefore(long timestamp) throws IOException {
        int low = 0;
        int high = file.entries() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (timestamp(middle) < timestamp) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? baseOffset : offset(high);
    }

    long timestamp(int entry) throws IOException {
        return file.entry(entry).getLong(0);
    }

    long offset(int entry) throws IOException {
        return baseOffset + file.entry(entry).getInt(8);
    }

    /** Drops entries at or above the offset; true if the file must be cut. */
    boolean drop(long offset) throws IOException {
        int entries = file.entries();
        while (entries > 0 && offset(entries - 1) >= offset) {
            entries--;
        }
        boolean mustCut = file.drop(entries);
        lastTimestamp = entries == 0 ? -1L : timestamp(entries - 1);
        return mustCut;
    }

    /** How many entries from the front are growing in both fields. For recovery. */
    int soundEntries() throws IOException {
        int entries = file.written();
        if (entries == 0) {
            return 0;
        }
        ByteBuffer all = file.read(0, entries);
        long lastTime = -1L;
        int lastOffset = -1;
        for (int i = 0; i < entries; i++) {
            long time = all.getLong();
            int offset = all.getInt();
            if (time <= lastTime || offset < lastOffset) {
                return i;
            }
            lastTime = time;
            lastOffset = offset;
        }
        return entries;
    }
}
