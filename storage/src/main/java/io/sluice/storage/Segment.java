package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file of a log with its indexes. Owned by its log's loop; the bytes below {@link #size()} do
 * not change unless the log is truncated, so I/O threads may read them.
 */
final class Segment {

    static final String LOG = ".log";
    static final String INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TXN_INDEX = ".txnindex";
    static final String SCHEDULE = ".schedule";

    /** The kinds of file a segment has; the log's own last, it decides. */
    static final List<String> KINDS = List.of(INDEX, TIME_INDEX, TXN_INDEX, SCHEDULE, LOG);

    /** The kinds that a segment may lack. */
    static final Set<String> OPTIONAL_KINDS = Set.of(TXN_INDEX, SCHEDULE);

    /** Timestamp and batch of a segment's latest record; -1 and -1 without one. */
    record Latest(long timestamp, long offset) {
        static final Latest NONE = new Latest(BatchHeader.NO_TIMESTAMP, -1L);
    }

    private static final long NOT_READ = Long.MIN_VALUE;

    /** A larger write takes new blocks in any case, which the file system must note. */
    private static final int SMALL_WRITE = 4 << 10;

    /** What is made of room at once, behind a small write. */
    private static final int ROOM = 16 << 10;

    /** No more zeros than these lie behind the last batch, unless a crash took batches. */
    static final int MOST_ROOM = SMALL_WRITE + ROOM;

    private static final ByteBuffer ZERO = ByteBuffer.allocate(1).asReadOnlyBuffer();

    private final OpenFiles files;
    private final long baseOffset;
    private final SegmentFile log;
    private final OffsetIndex offsets;
    private final TimeIndex times;
    private final SegmentFile.Home home;
    private final long createdMs;
    private TransactionIndex aborted;
    private @Nullable ScheduleIndex scheduled;
    private int size;

    /** How long the file was made, with zeros behind the last batch; less than its size if not. */
    private int roomEnd;

    private volatile long endOffset;
    private long maxTimestamp = BatchHeader.NO_TIMESTAMP;
    private long maxTimestampOffset = -1L;
    private long firstTimestamp = NOT_READ;
    private int bytesSinceIndexed;
    private boolean sealed;
    private volatile boolean indexesDurable = true;

    /** What is known of a segment's files when it is opened. */
    record Found(int offsetEntries, int timeEntries, boolean exists) {
        /** A segment that begins. */
        static final Found NEW = new Found(0, 0, false);
    }

    Segment(
            OpenFiles files,
            SegmentFile.Home home,
            long baseOffset,
            Found found,
            Latest indexed,
            long createdMs) {
        this.files = files;
        this.home = home;
        this.baseOffset = baseOffset;
        this.endOffset = baseOffset;
        this.createdMs = createdMs;
        this.log = new SegmentFile(home, baseOffset, LOG, found.exists);
        this.offsets =
                new OffsetIndex(
                        index(home, INDEX, OffsetIndex.ENTRY_BYTES, found.offsetEntries),
                        baseOffset);
        this.times =
                new TimeIndex(
                        index(home, TIME_INDEX, TimeIndex.ENTRY_BYTES, found.timeEntries),
                        baseOffset,
                        indexed.timestamp());
        this.aborted = aborted(0);
        this.maxTimestamp = indexed.timestamp();
        this.maxTimestampOffset = indexed.offset();
    }

    private IndexFile index(SegmentFile.Home home, String kind, int entryBytes, int entries) {
        SegmentFile name = new SegmentFile(home, baseOffset, kind, entries > 0);
        return new IndexFile(files, name, entryBytes, entries);
    }

    private TransactionIndex aborted(int entries) {
        return new TransactionIndex(index(home, TXN_INDEX, TransactionIndex.ENTRY_BYTES, entries));
    }

    /** Takes that many entries as they are on disk; before anything is added. */
    void restoreAborted(int entries) {
        files.forget(aborted.file().name());
        aborted = aborted(entries);
    }

    /**
     * Takes that many entries as they are on disk; before anything is added.
     *
     * @param bytes of the file
     */
    void restoreScheduled(ByteBuffer bytes, int entries) {
        ScheduleIndex before = scheduled;
        if (before != null) {
            files.forget(before.file().name());
        }
        scheduled = null;
        if (entries > 0) {
            scheduled =
                    new ScheduleIndex(index(home, SCHEDULE, ScheduleIndex.ENTRY_BYTES, entries));
            scheduled.restore(bytes, entries);
        }
    }

    /**
     * Takes a batch into account that a schedule must read.
     *
     * @param floor that it tells
     * @param position where it begins
     */
    void schedule(BatchHeader batch, long floor, int position, int indexIntervalBytes)
            throws IOException {
        ScheduleIndex index = scheduled;
        if (index == null) {
            index = new ScheduleIndex(index(home, SCHEDULE, ScheduleIndex.ENTRY_BYTES, 0));
            scheduled = index;
        }
        index.append(batch, floor, position, ScheduleIndex.spanBytes(indexIntervalBytes));
    }

    /** Takes a segment as it is on disk, without a look at its batches. */
    void restore(int sizeInBytes, long end) {
        size = sizeInBytes;
        endOffset = end;
        sealed = true;
    }

    /** Takes the front of a segment as its indexes tell it; {@link #account} goes on from there. */
    void restoreFront(int sizeInBytes, long end) {
        size = sizeInBytes;
        endOffset = end;
    }

    /** Makes the files: tools expect an index beside every segment, if empty. */
    void create() throws IOException {
        files.acquire(log).release();
        files.acquire(offsets.file().name()).release();
        files.acquire(times.file().name()).release();
    }

    /**
     * Writes batches behind the last one, to the page cache. Their offsets are assigned; the
     * indexes and the end follow by {@link #account}.
     *
     * @param flushedOften the log is, so small writes get room first: a flush that need not tell of
     *     a new length of the file waits for no commit of the file system's journal
     */
    void write(ByteBuffer records, boolean flushedOften) throws IOException {
        OpenFiles.Held held = files.acquire(log);
        try {
            if (flushedOften) {
                makeRoom(held.file(), records.remaining());
            }
            held.file().write(records, size);
            sealed = false; // by a recovery that found segments behind it, which were dropped
        } finally {
            held.release();
        }
    }

    private void makeRoom(DiskFile file, int bytes) throws IOException {
        long end = (long) size + bytes;
        if (bytes <= SMALL_WRITE && end > roomEnd && end + ROOM <= Integer.MAX_VALUE) {
            file.write(ZERO.duplicate(), end + ROOM - 1);
            roomEnd = (int) end + ROOM;
        }
    }

    /** Gives back room that was not used. */
    void trim() throws IOException {
        if (roomEnd > size) {
            cutBehind();
        }
    }

    /**
     * The next flush makes the file end here on the device too, whatever a flush that failed left
     * there: a sealed segment is as long as its file.
     */
    private void cutBehind() throws IOException {
        OpenFiles.Held held = files.acquire(log);
        try {
            held.file().write(ZERO.duplicate(), size);
            held.file().truncate(size);
        } finally {
            held.release();
        }
        roomEnd = 0;
    }

    /** Takes a batch at the end into account: indexes, size, times. */
    void account(BatchHeader batch, int indexIntervalBytes) throws IOException {
        if (size == 0) {
            firstTimestamp = batch.maxTimestamp();
        }
        if (batch.maxTimestamp() > maxTimestamp) {
            maxTimestamp = batch.maxTimestamp();
            maxTimestampOffset = batch.lastOffset();
        }
        if (bytesSinceIndexed > indexIntervalBytes) {
            offsets.append(batch.lastOffset(), size);
            times.append(maxTimestamp, maxTimestampOffset);
            bytesSinceIndexed = 0;
        }
        bytesSinceIndexed += batch.sizeInBytes();
        size += batch.sizeInBytes();
        endOffset = batch.nextOffset();
    }

    /** Makes the content durable. I/O threads. */
    void force() throws IOException {
        OpenFiles.Held held = files.acquire(log);
        try {
            held.file().force();
        } finally {
            held.release();
        }
    }

    /** Makes the indexes of a sealed segment durable. I/O threads. */
    void forceIndexes() throws IOException {
        offsets.file().force();
        times.file().force();
        aborted.force();
        ScheduleIndex index = scheduled;
        if (index != null) {
            index.force();
        }
        indexesDurable = true;
    }

    /** Sealed, and a crash might still take its indexes. Any thread. */
    boolean needsIndexForce() {
        return !indexesDurable;
    }

    /** No more batches come: the last times are indexed, the indexes written. */
    void seal() throws IOException {
        if (!sealed) {
            sealed = true;
            cutBehind();
            times.append(maxTimestamp, maxTimestampOffset);
            offsets.file().seal();
            times.file().seal();
            aborted.seal();
            if (scheduled != null) {
                scheduled.seal();
            }
            indexesDurable = false;
        }
    }

    /** Writes indexes that a crash might take entries of, and which cannot be left out. */
    void writeUnforced(List<KeptIndex> into) throws IOException {
        if (aborted.needsForce()) {
            aborted.write();
            into.add(aborted);
        }
        ScheduleIndex index = scheduled;
        if (index != null && index.needsForce()) {
            index.write();
            into.add(index);
        }
    }

    /** What only memory knows of the indexes goes to the files. */
    void writeIndexes() throws IOException {
        offsets.file().write();
        times.file().write();
        aborted.write();
    }

    /**
     * Forgets everything at and above the offset, in memory; the files are cut later.
     *
     * @param position where the first batch begins that goes
     * @param end the offset behind the last batch that stays
     */
    Cut truncate(long offset, int position, long end) throws IOException {
        boolean cutOffsets = offsets.file().drop(offsets.lastBelow(offset) + 1);
        boolean cutTimes = times.drop(offset);
        boolean cutAborted = aborted.drop(end);
        int entries = times.file().entries();
        Latest latest =
                entries == 0
                        ? Latest.NONE
                        : new Latest(times.timestamp(entries - 1), times.offset(entries - 1));
        size = position;
        roomEnd = 0;
        endOffset = end;
        sealed = false;
        // The indexes tell the latest up to their last entry; what follows it is looked at. If the
        // entry is not what the log holds there, nothing that they tell is taken.
        int from = lastIndexed();
        latest = laterFrom(from, from == 0 ? Latest.NONE : latest);
        maxTimestamp = latest.timestamp();
        maxTimestampOffset = latest.offset();
        bytesSinceIndexed = position - from;
        return new Cut(
                this, position, cutOffsets, cutTimes, cutAborted, cutSchedule(position, end));
    }

    /** Its last stretch is made anew, for it told of what is gone; what is to be done on disk. */
    private @Nullable ByteBuffer cutSchedule(int position, long end) throws IOException {
        ScheduleIndex index = scheduled;
        if (index == null) {
            return null;
        }
        int written = index.file().written();
        long again = index.drop(end);
        if (again != ScheduleIndex.NOTHING) {
            OpenFiles.Held held = files.acquire(log);
            try {
                ScheduleRecovery.replay(walk(held, positionOf(again)), this, position);
            } finally {
                held.release();
            }
        }
        boolean longer = index.file().written() < written || index.file().isAhead();
        return longer ? index.unwritten() : null;
    }

    private int lastIndexed() throws IOException {
        if (offsets.file().entries() == 0) {
            return 0;
        }
        OpenFiles.Held held = files.acquire(log);
        try {
            return indexed(Long.MAX_VALUE, held);
        } finally {
            held.release();
        }
    }

    private Latest laterFrom(int from, Latest known) throws IOException {
        Latest latest = known;
        OpenFiles.Held held = files.acquire(log);
        try {
            HeaderWalk walk = walk(held, from);
            for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
                if (batch.maxTimestamp() > latest.timestamp()) {
                    latest = new Latest(batch.maxTimestamp(), batch.lastOffset());
                }
            }
        } finally {
            held.release();
        }
        return latest;
    }

    /**
     * What is left to do on disk after a truncation.
     *
     * @param schedule what takes the place of entries in that index; null if it is not to be cut
     */
    record Cut(
            Segment segment,
            int size,
            boolean offsetIndex,
            boolean timeIndex,
            boolean txnIndex,
            @Nullable ByteBuffer schedule) {

        /** Cuts and makes it durable, before anything is written in its place. I/O threads. */
        void apply() throws IOException {
            OpenFiles.Held held = segment.files.acquire(segment.log);
            try {
                held.file().truncate(size);
                held.file().force();
            } finally {
                held.release();
            }
            cutIndexes();
            if (offsetIndex) {
                segment.offsets.file().force(); // entries of old look like any others
            }
            if (timeIndex) {
                segment.times.file().force();
            }
            if (txnIndex) {
                segment.aborted.file().force(); // the next snapshot relies on it
            }
            if (schedule != null && segment.scheduled != null) {
                segment.scheduled.file().writeAhead(schedule); // as those before it may
            }
        }

        /** Cuts the index files alone. */
        void cutIndexes() throws IOException {
            if (offsetIndex) {
                segment.offsets.file().cut();
            }
            if (timeIndex) {
                segment.times.file().cut();
            }
            if (txnIndex) {
                segment.aborted.file().cut();
            }
            if (schedule != null && segment.scheduled != null) {
                segment.scheduled.file().cut();
            }
        }
    }

    /** A region as a slice; the file stays open until it is released. */
    SegmentSlice slice(int position, int length, boolean endsWhole) throws IOException {
        return new SegmentSlice(files.acquire(log), this, position, length, endsWhole);
    }

    /** An offset above those of the records before a position; perhaps too high. */
    long offsetAbove(int position) throws IOException {
        return offsets.firstFrom(position, endOffset);
    }

    /** Reads the batch header at a position where one begins; null at the end of the segment. */
    @Nullable BatchHeader headerAt(int position) throws IOException {
        if (position >= size) {
            return null;
        }
        OpenFiles.Held held = files.acquire(log);
        try {
            return walk(held, position).next();
        } finally {
            held.release();
        }
    }

    /** From the position of a batch to the last one. */
    HeaderWalk walk(OpenFiles.Held held, int from) {
        return new HeaderWalk(held.file(), log, from, size, baseOffset, endOffset);
    }

    /** The position of the first batch that ends at or above the offset, or of the end. */
    int positionOf(long offset) throws IOException {
        if (offset >= endOffset) {
            return size;
        }
        OpenFiles.Held held = files.acquire(log);
        try {
            HeaderWalk walk = walk(held, indexed(offset, held));
            BatchHeader batch = walk.next();
            while (batch != null && batch.lastOffset() < offset) {
                batch = walk.next();
            }
            return walk.position();
        } finally {
            held.release();
        }
    }

    /**
     * Where a cut at an offset falls.
     *
     * @param position where the first batch begins that goes
     * @param end the log's end after it: the offset, or that batch's own if it began below
     * @param previousEnd the offset behind the last batch that stays
     */
    record Place(int position, long end, long previousEnd) {}

    Place placeOf(long offset) throws IOException {
        OpenFiles.Held held = files.acquire(log);
        try {
            HeaderWalk walk = walk(held, indexed(offset, held));
            long previousEnd = baseOffset;
            BatchHeader batch = walk.next();
            while (batch != null && batch.lastOffset() < offset) {
                previousEnd = batch.nextOffset();
                batch = walk.next();
            }
            long end = batch == null ? offset : Math.min(offset, batch.baseOffset());
            return new Place(walk.position(), end, previousEnd);
        } finally {
            held.release();
        }
    }

    /** What the index says, if the batch there is the one it means; else the beginning. */
    private int indexed(long offset, OpenFiles.Held held) throws IOException {
        int entry = offsets.lastBelow(offset);
        if (entry < 0) {
            return 0;
        }
        int position = offsets.position(entry);
        if (position <= 0 || position > size - BatchHeader.SIZE) {
            return 0;
        }
        try {
            BatchHeader batch = walk(held, position).next();
            return batch != null && batch.lastOffset() == offsets.lastOffset(entry) ? position : 0;
        } catch (CorruptLogException e) {
            return 0; // the index or the batch is wrong: the walk from the beginning tells
        }
    }

    /** The files leave the log: they are opened no more. */
    void retire() {
        files.retire(log);
        files.retire(offsets.file().name());
        files.retire(times.file().name());
        files.retire(aborted.file().name());
        if (scheduled != null) {
            files.retire(scheduled.file().name());
        }
    }

    /** The files are found under the log's new folder from now on. */
    void reopen() {
        files.forget(log);
        files.forget(offsets.file().name());
        files.forget(times.file().name());
        files.forget(aborted.file().name());
        if (scheduled != null) {
            files.forget(scheduled.file().name());
        }
    }

    SegmentFile log() {
        return log;
    }

    OffsetIndex offsets() {
        return offsets;
    }

    TimeIndex times() {
        return times;
    }

    TransactionIndex aborted() {
        return aborted;
    }

    /** Null where no batch is to be read by a schedule. */
    @Nullable ScheduleIndex scheduled() {
        return scheduled;
    }

    OpenFiles files() {
        return files;
    }

    long baseOffset() {
        return baseOffset;
    }

    /** The offset behind the last record. Any thread: what it says was written before. */
    long endOffset() {
        return endOffset;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    Latest latest() {
        return new Latest(maxTimestamp, maxTimestampOffset);
    }

    long latestTimestamp() {
        return maxTimestamp;
    }

    /** Whether an index has no room, or the offset none in four bytes. */
    boolean cannotTake(long lastOffset, int maxIndexBytes) {
        return lastOffset - baseOffset > Integer.MAX_VALUE
                || (offsets.file().entries() + 1L) * OffsetIndex.ENTRY_BYTES > maxIndexBytes
                || (times.file().entries() + 2L) * TimeIndex.ENTRY_BYTES > maxIndexBytes
                || (aborted.file().entries() + 1L) * TransactionIndex.ENTRY_BYTES > maxIndexBytes
                || scheduled != null
                        && (scheduled.file().entries() + 2L) * ScheduleIndex.ENTRY_BYTES
                                > maxIndexBytes;
    }

    /** Milliseconds since 1970 of the first batch, or of the segment's making if it has none. */
    long beganMs() throws IOException {
        if (firstTimestamp == NOT_READ) {
            BatchHeader first = headerAt(0);
            firstTimestamp = first == null ? BatchHeader.NO_TIMESTAMP : first.maxTimestamp();
        }
        return firstTimestamp == BatchHeader.NO_TIMESTAMP ? createdMs : firstTimestamp;
    }

    /** Milliseconds since 1970 of the latest record, or of the segment's opening if it has none. */
    long endedMs() {
        return maxTimestamp < 0 ? createdMs : maxTimestamp;
    }
}
