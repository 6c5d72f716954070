package io.sluice.storage;

import io.sluice.core.model.AbortedTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The transactions whose abort lies in a segment, in the order of their markers, 34 bytes each:
 * version (int16, 0), producer id, first offset, last offset, last stable offset. Kafka's format;
 * as there, a segment without any has no file.
 *
 * <p>What it says cannot be left out: a reader that is not told of an abort takes the records for
 * committed. So a snapshot of the producers is written only once every entry below it is on stable
 * storage, and recovery makes the others anew from the batches behind the snapshot.
 */
final class TransactionIndex implements KeptIndex {

    static final int ENTRY_BYTES = 2 + 8 + 8 + 8 + 8;

    /** Entries read from the file at once. */
    private static final int PAGE_ENTRIES = 4096 / ENTRY_BYTES;

    private static final short VERSION = 0;

    private final IndexFile file;

    private final ForceMark mark = new ForceMark();

    TransactionIndex(IndexFile file) {
        this.file = file;
    }

    IndexFile file() {
        return file;
    }

    boolean isEmpty() {
        return file.entries() == 0;
    }

    void append(AbortedTransaction aborted) throws IOException {
        put(file.next(), aborted);
        mark.added();
    }

    static void put(ByteBuffer into, AbortedTransaction aborted) {
        into.putShort(VERSION);
        into.putLong(aborted.producerId()).putLong(aborted.firstOffset());
        into.putLong(aborted.lastOffset()).putLong(aborted.lastStableOffset());
    }

    private static AbortedTransaction get(ByteBuffer from, int index) {
        int at = index * ENTRY_BYTES + 2;
        return new AbortedTransaction(
                from.getLong(at),
                from.getLong(at + 8),
                from.getLong(at + 16),
                from.getLong(at + 24));
    }

    /**
     * Adds those whose records may lie between two offsets.
     *
     * @return whether it is certain that no later entry, of this index or another, is one of them
     */
    boolean collect(long from, long upTo, List<AbortedTransaction> into) throws IOException {
        int entries = file.entries();
        for (int at = firstEndingFrom(from); at < entries; ) {
            boolean written = at < file.written();
            int count = written ? Math.min(PAGE_ENTRIES, file.written() - at) : 1;
            ByteBuffer page = written ? file.read(at, count) : file.entry(at);
            for (int i = 0; i < count; i++) {
                AbortedTransaction aborted = get(page, i);
                if (aborted.firstOffset() < upTo) {
                    into.add(aborted);
                }
                if (aborted.lastStableOffset() >= upTo) {
                    return true;
                }
            }
            at += count;
        }
        return false;
    }

    /** The first entry whose marker is not below the offset. */
    private int firstEndingFrom(long offset) throws IOException {
        int low = 0;
        int high = file.entries();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (get(file.entry(middle), 0).lastOffset() < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Drops entries whose marker is not below the offset; true if the file must be cut. */
    boolean drop(long offset) throws IOException {
        return file.drop(firstEndingFrom(offset));
    }

    /** Makes no file for nothing. */
    @Override
    public void write() throws IOException {
        if (!isEmpty()) {
            file.write();
            mark.written();
        }
    }

    /** No more comes. */
    void seal() throws IOException {
        if (!isEmpty()) {
            file.seal();
            mark.written();
        }
    }

    @Override
    public boolean needsForce() {
        return mark.isBehind();
    }

    @Override
    public void force() throws IOException {
        mark.force(file);
    }

    /**
     * How many entries of a file may be kept: those whose marker is below an offset. For recovery.
     *
     * @param bytes of the whole file
     * @param base of the segment
     * @return -1 if entries below the offset are not as they can only be
     */
    static int entriesBelow(ByteBuffer bytes, long base, long offset) {
        int entries = bytes.remaining() / ENTRY_BYTES;
        long last = base - 1;
        for (int i = 0; i < entries; i++) {
            AbortedTransaction aborted = get(bytes, i);
            boolean sound =
                    bytes.getShort(i * ENTRY_BYTES) == VERSION
                            && aborted.lastOffset() > last
                            && aborted.firstOffset() >= 0
                            && aborted.firstOffset() < aborted.lastOffset()
                            && aborted.lastStableOffset() <= aborted.lastOffset() + 1;
            if (!sound) {
                return -1;
            }
            if (aborted.lastOffset() >= offset) {
                return i;
            }
            last = aborted.lastOffset();
        }
        return entries;
    }
}
