package io.sluice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Some of a segment's batches by offset: the batch's last offset, relative to the segment's base,
 * and its position, in eight bytes. Kafka's format.
 */
final class OffsetIndex {

    static final int ENTRY_BYTES = 8;

    /** A page of the file system holds so many. */
    private static final int PAGE_ENTRIES = 4096 / ENTRY_BYTES;

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
        return found < 0 ? 0 : position(found);
    }

    /**
     * The last entry whose batch ends below the offset, or -1. Halves the file by single entries
     * until what is left fits a page, which is read at once.
     */
    int lastBelow(long offset) throws IOException {
        int low = 0;
        int high = file.entries() - 1;
        while (low <= high) {
            if (high - low < PAGE_ENTRIES && high < file.written()) {
                return lastBelow(offset, low, file.read(low, high - low + 1));
            }
            int middle = (low + high) >>> 1;
            if (lastOffset(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private int lastBelow(long offset, int first, ByteBuffer page) {
        int low = 0;
        int high = page.limit() / ENTRY_BYTES - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (baseOffset + page.getInt(middle * ENTRY_BYTES) < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return first + high;
    }

    /** The last offset of the first batch that begins at or behind a position and has an entry. */
    long firstFrom(int position, long otherwise) throws IOException {
        int low = 0;
        int high = file.entries();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (position(middle) < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == file.entries() ? otherwise : lastOffset(low);
    }

    long lastOffset(int entry) throws IOException {
        return baseOffset + file.entry(entry).getInt(0);
    }

    int position(int entry) throws IOException {
        return file.entry(entry).getInt(4);
    }

    /**
     * How many entries from the front are as they can only be: offsets and positions growing,
     * within the file. For recovery; pages of an index may be lost in a crash.
     */
    int soundEntries(int sizeInBytes) throws IOException {
        int entries = file.written();
        if (entries == 0) {
            return 0;
        }
        ByteBuffer all = file.read(0, entries);
        int lastOffset = -1;
        int lastPosition = 0;
        for (int i = 0; i < entries; i++) {
            int offset = all.getInt();
            int position = all.getInt();
            // The first batch, at position 0, never has an entry.
            if (offset <= lastOffset || position <= lastPosition || position >= sizeInBytes) {
                return i;
            }
            lastOffset = offset;
            lastPosition = position;
        }
        return entries;
    }
}
