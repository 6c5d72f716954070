package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.schedule.ScheduleRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Where a segment holds batches that a schedule must read, in stretches of about {@link #spanBytes}
 * bytes, 32 bytes each: offset of the first such batch, last offset of the last one, the highest
 * floor that the segment told up to there (int64 each), bytes of hidden batches (int32), CRC32C of
 * the rest. A segment without any has no file.
 *
 * <p>Like that of aborted transactions ({@link TransactionIndex}) it cannot be left out: what it
 * does not tell of would never be delivered. It is kept by the same order, and a stretch ends where
 * a snapshot of the producers is taken. What is damaged is made anew from the segment's batches.
 */
final class ScheduleIndex implements KeptIndex {

    static final int ENTRY_BYTES = 8 + 8 + 8 + 4 + 4;

    /** Intervals of the offset index in a stretch. */
    private static final int SPAN_INTERVALS = 4;

    /** No offset is that large. */
    static final long NOTHING = Long.MAX_VALUE;

    private final IndexFile file;
    private final Stretch open = new Stretch();
    private long first = NOTHING;
    private long last = -1L;
    private long lastHidden = -1L;
    private long floor;
    private long hiddenBytes;

    private final ForceMark mark = new ForceMark();

    /** Some batches, with little between them; a mutable one. */
    static final class Stretch {
        private long first = NOTHING;
        private long last = -1L;
        private int hiddenBytes;
        private int position;

        boolean isEmpty() {
            return last < 0;
        }

        /** Whether it takes a batch at a position in the segment. */
        boolean takes(int at, int spanBytes) {
            return isEmpty() || at - position <= spanBytes;
        }

        void add(BatchHeader batch, int at) {
            if (isEmpty()) {
                first = batch.baseOffset();
                position = at;
            }
            last = batch.lastOffset();
            hiddenBytes += batch.isHidden() ? batch.sizeInBytes() : 0;
        }

        /** Becomes an entry, and is empty then. */
        void end(long floor, ByteBuffer into) {
            int at = into.position();
            into.putLong(first).putLong(last).putLong(floor).putInt(hiddenBytes);
            into.putInt(crc(into, at));
            clear();
        }

        void clear() {
            first = NOTHING;
            last = -1L;
            hiddenBytes = 0;
        }
    }

    ScheduleIndex(IndexFile file) {
        this.file = file;
    }

    /** A stretch takes no batch that begins farther behind its own beginning. */
    static int spanBytes(int indexIntervalBytes) {
        return (int) Math.min(Integer.MAX_VALUE, (long) SPAN_INTERVALS * indexIntervalBytes);
    }

    private static int crc(ByteBuffer entries, int at) {
        CRC32C crc = new CRC32C();
        crc.update(entries.slice(at, ENTRY_BYTES - 4));
        return (int) crc.getValue();
    }

    IndexFile file() {
        return file;
    }

    /**
     * Takes a batch into account that {@link BatchHeader#isScheduled}.
     *
     * @param told the floor that it tells
     * @param at where it begins in the segment
     * @param spanBytes see {@link #spanBytes}
     */
    void append(BatchHeader batch, long told, int at, int spanBytes) throws IOException {
        if (batch.lastOffset() <= last) {
            return; // a stretch reaches over a snapshot where compaction made it
        }
        if (!open.takes(at, spanBytes)) {
            endStretch();
        }
        open.add(batch, at);
        first = Math.min(first, batch.baseOffset());
        last = batch.lastOffset();
        floor = Math.max(floor, told);
        if (batch.isHidden()) {
            lastHidden = last;
            hiddenBytes += batch.sizeInBytes();
        }
        mark.added();
    }

    private void endStretch() throws IOException {
        if (!open.isEmpty()) {
            open.end(floor, file.next());
        }
    }

    /** Where a schedule has to read from an offset on, or {@link #NOTHING}. */
    long next(long from) throws IOException {
        if (last < from) {
            return NOTHING;
        }
        if (from <= first) {
            return first;
        }
        int entry = firstEndingFrom(from);
        long begins = entry < file.entries() ? file.entry(entry).getLong() : open.first;
        return Math.max(from, begins);
    }

    /** The first entry that does not end below the offset. */
    private int firstEndingFrom(long offset) throws IOException {
        int low = 0;
        int high = file.entries();
        while (low < high) {
            int middle = (low + high) >>> 1;
            ByteBuffer entry = file.entry(middle);
            if (entry.getLong(entry.position() + 8) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The highest floor told by what ends below an offset, as far as entries tell. */
    long floorBelow(long offset) throws IOException {
        if (last < offset) {
            return floor;
        }
        int entries = first >= offset ? 0 : firstEndingFrom(offset);
        if (entries == 0) {
            return ScheduleRecord.NO_FLOOR;
        }
        ByteBuffer entry = file.entry(entries - 1);
        return entry.getLong(entry.position() + 16);
    }

    /** Whether a message may wait that was written at or above the offset. */
    boolean waitsFrom(long offset) {
        return lastHidden >= offset;
    }

    long hiddenBytes() {
        return hiddenBytes;
    }

    /**
     * Forgets what does not end below an offset, in memory.
     *
     * @return the offset from which on batches below it are to be looked at again, or {@link
     *     #NOTHING}
     */
    long drop(long offset) throws IOException {
        int kept = firstEndingFrom(offset);
        long again = kept < file.entries() ? file.entry(kept).getLong() : open.first;
        open.clear();
        file.drop(kept);
        count(kept == 0 ? ByteBuffer.allocate(0) : entries(kept), kept);
        return again < offset ? again : NOTHING;
    }

    private ByteBuffer entries(int count) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(count * ENTRY_BYTES);
        for (int i = 0; i < count; i++) {
            all.put(file.entry(i));
        }
        return all.flip();
    }

    private void count(ByteBuffer entries, int count) {
        first = count == 0 ? NOTHING : entries.getLong(0);
        last = -1L;
        lastHidden = -1L;
        floor = ScheduleRecord.NO_FLOOR;
        hiddenBytes = 0;
        for (int i = 0; i < count; i++) {
            int at = i * ENTRY_BYTES;
            last = entries.getLong(at + 8);
            floor = entries.getLong(at + 16);
            hiddenBytes += entries.getInt(at + 24);
            lastHidden = entries.getInt(at + 24) > 0 ? last : lastHidden;
        }
    }

    /**
     * Takes entries that its file has; before anything is added.
     *
     * @param bytes of the file
     */
    void restore(ByteBuffer bytes, int entries) {
        count(bytes, entries);
    }

    /** The last offset that it tells of; -1 if of none. */
    long last() {
        return last;
    }

    /** What is not in the file, ended, as it is going to be there. */
    ByteBuffer unwritten() throws IOException {
        endStretch();
        return file.unwritten();
    }

    /** Ends the stretch. */
    @Override
    public void write() throws IOException {
        endStretch();
        file.write();
        mark.written();
    }

    /** No more comes. */
    void seal() throws IOException {
        endStretch();
        file.seal();
        mark.written();
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
     * Which entries of a file may be kept: those that begin below an offset, up to the first that
     * is not whole.
     *
     * @param entries how many are whole
     * @param whole whether that is all of them below the offset; else some may be missing
     */
    record Found(int entries, boolean whole) {}

    /**
     * @param bytes of the whole file
     * @param base of the segment
     */
    static Found entriesBelow(ByteBuffer bytes, long base, long offset) {
        int entries = bytes.remaining() / ENTRY_BYTES;
        long last = base - 1;
        for (int i = 0; i < entries; i++) {
            int at = i * ENTRY_BYTES;
            long first = bytes.getLong(at);
            boolean sound =
                    bytes.getInt(at + ENTRY_BYTES - 4) == crc(bytes, at)
                            && first > last
                            && bytes.getLong(at + 8) >= first;
            if (!sound) {
                return new Found(i, false);
            }
            if (first >= offset) {
                return new Found(i, true);
            }
            last = bytes.getLong(at + 8);
        }
        return new Found(entries, bytes.remaining() % ENTRY_BYTES == 0);
    }
}
