package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Recovers one segment at a time; see {@link LogRecovery}. */
final class SegmentRecovery {

    private static final int COPY_BYTES = 256 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);

    private final OpenFiles files;
    private final Disk disk;
    private final SegmentFile.Home home;
    private final LogSettings settings;
    private final long nowMs;

    SegmentRecovery(OpenFiles files, SegmentFile.Home home, LogSettings settings, long nowMs) {
        this.files = files;
        this.disk = files.disk();
        this.home = home;
        this.settings = settings;
        this.nowMs = nowMs;
    }

    /**
     * A segment that has no end yet.
     *
     * @param cut whether bytes of it were dropped
     */
    record Tail(Segment segment, boolean cut) {}

    /** A segment that begins, and has no file until something is written. */
    Segment empty(long base) {
        return new Segment(files, home, base, Segment.Found.NEW, Segment.Latest.NONE, nowMs);
    }

    /**
     * A segment all of which was flushed, indexes too: it is taken as it is, with three looks at
     * files. Indexes that do not fit are rebuilt.
     */
    Segment sealed(long base, long next) throws IOException {
        Path log = file(base, Segment.LOG);
        long size = disk.size(log);
        if (size == 0 || size > Integer.MAX_VALUE) {
            throw new CorruptLogException(
                    log, 0, "%d bytes for offsets %d to %d".formatted(size, base, next - 1));
        }
        int offsetEntries = entries(file(base, Segment.INDEX), OffsetIndex.ENTRY_BYTES);
        int timeEntries = entries(file(base, Segment.TIME_INDEX), TimeIndex.ENTRY_BYTES);
        if (offsetEntries < 0 || timeEntries < 0) {
            LOG.warn("{}: an index is missing or cut; both are rebuilt", log);
            return rebuilt(base, (int) size, next);
        }
        Segment segment = segment(base, offsetEntries, timeEntries);
        segment.restore((int) size, next);
        return segment;
    }

    private Segment rebuilt(long base, int size, long next) throws IOException {
        deleteIndexes(base);
        Segment segment = segment(base, 0, 0);
        OpenFiles.Held held = files.acquire(segment.log());
        try {
            HeaderWalk walk = new HeaderWalk(held.file(), segment.log(), 0, size, base, next);
            accountUntil(segment, walk, Long.MAX_VALUE);
        } finally {
            held.release();
        }
        if (segment.endOffset() > next) {
            throw new CorruptLogException(
                    segment.log().path(),
                    segment.size(),
                    "offset %d ends it and the next segment is %d"
                            .formatted(segment.endOffset(), next));
        }
        segment.seal();
        segment.forceIndexes();
        segment.restore(size, next);
        return segment;
    }

    /** How many entries the file holds, or -1 if it is not there or no whole number. */
    private int entries(Path index, int entryBytes) throws IOException {
        if (!disk.exists(index)) {
            return -1;
        }
        long bytes = disk.size(index);
        return bytes % entryBytes == 0 && bytes <= Integer.MAX_VALUE
                ? (int) (bytes / entryBytes)
                : -1;
    }

    private Segment segment(long base, int offsetEntries, int timeEntries) throws IOException {
        Segment.Latest latest = Segment.Latest.NONE;
        if (timeEntries > 0) {
            SegmentFile name = new SegmentFile(home, base, Segment.TIME_INDEX, true);
            IndexFile times = new IndexFile(files, name, TimeIndex.ENTRY_BYTES, timeEntries);
            ByteBuffer last = times.read(timeEntries - 1, 1);
            latest = new Segment.Latest(last.getLong(), base + last.getInt());
            files.forget(name);
        }
        return new Segment(
                files,
                home,
                base,
                new Segment.Found(offsetEntries, timeEntries, true),
                latest,
                nowMs);
    }

    /**
     * A segment that was not flushed to its end, as far as is known. What lies below the durable
     * end is walked by its headers from the last sound index entry on; what lies above is checked
     * to the last byte and cut at the first that does not fit.
     */
    Tail tail(long base, long next) throws IOException {
        Path log = file(base, Segment.LOG);
        long size = disk.size(log);
        if (size > Integer.MAX_VALUE) {
            throw new CorruptLogException(log, 0, "%d bytes".formatted(size));
        }
        Segment segment = front(base, (int) size);
        OpenFiles.Held held = files.acquire(segment.log());
        try {
            HeaderWalk walk =
                    new HeaderWalk(
                            held.file(), segment.log(), segment.size(), (int) size, base, next);
            long before = accountUntil(segment, walk, settings.durableEnd());
            checkLastFlushed(segment, before, walk, held.file(), size);
            if (segment.endOffset() < settings.durableEnd() && next == Long.MAX_VALUE) {
                return new Tail(segment, false); // the caller names what is missing
            }
            return new Tail(segment, checkRest(segment, held.file(), size, next));
        } finally {
            held.release();
        }
    }

    /**
     * The last batch that was flushed decides where the rest begins, so it is checked to the last
     * byte: a wrong length of it would make flushed bytes look like a torn tail.
     *
     * @param before where the batch before it ends
     */
    private void checkLastFlushed(
            Segment segment, long before, HeaderWalk walk, DiskFile file, long size)
            throws IOException {
        if (segment.baseOffset() >= settings.durableEnd() || walk.end() == 0) {
            return;
        }
        Path path = segment.log().path();
        if (segment.endOffset() > settings.durableEnd()) {
            throw new CorruptLogException(
                    path,
                    walk.position(),
                    "a batch ends at offset %d, but one that was flushed ended at %d"
                            .formatted(segment.endOffset(), settings.durableEnd()));
        }
        BatchScanner scanner = new BatchScanner(file, walk.position(), size, 0L);
        if (walk.position() == walk.end()) {
            return;
        }
        BatchHeader batch = scanner.next();
        if (batch == null) {
            throw new CorruptLogException(path, walk.position(), scanner.fault());
        }
        checkItIsTheLast(batch, before, walk, file, size);
    }

    /**
     * No CRC covers a batch's offset. Where one that lies is too high, the batch seems to be the
     * last flushed, and others behind it a torn tail. What tells is a whole batch that would follow
     * it if it began where the one before it ends.
     */
    private static void checkItIsTheLast(
            BatchHeader batch, long before, HeaderWalk walk, DiskFile file, long size)
            throws IOException {
        BatchHeader behind =
                batch.baseOffset() == before
                        ? null
                        : new BatchScanner(file, walk.end(), size, 0L).next();
        if (behind != null && behind.baseOffset() == before + batch.lastOffsetDelta() + 1) {
            throw walk.damaged("offset %d, where %d belongs".formatted(batch.baseOffset(), before));
        }
    }

    /** Returns where the batch before the last one ends. */
    private long accountUntil(Segment segment, HeaderWalk walk, long offset) throws IOException {
        long before = segment.endOffset();
        while (segment.endOffset() < offset) {
            BatchHeader batch = walk.next();
            if (batch == null) {
                break;
            }
            before = segment.endOffset();
            segment.account(batch, settings.config().indexIntervalBytes());
        }
        return before;
    }

    /** The part that the indexes tell of and that was flushed; else the empty beginning. */
    private Segment front(long base, int size) throws IOException {
        int offsetEntries = entries(file(base, Segment.INDEX), OffsetIndex.ENTRY_BYTES);
        int timeEntries = entries(file(base, Segment.TIME_INDEX), TimeIndex.ENTRY_BYTES);
        if (offsetEntries > 0 && timeEntries >= 0) {
            Segment segment = segment(base, offsetEntries, timeEntries);
            if (isSound(segment, size) && keepsIndexed(segment, size)) {
                return segment;
            }
            segment.reopen();
        }
        deleteIndexes(base);
        return segment(base, 0, 0);
    }

    private static boolean isSound(Segment segment, int size) throws IOException {
        OffsetIndex offsets = segment.offsets();
        TimeIndex times = segment.times();
        return offsets.soundEntries(size) == offsets.file().entries()
                && times.soundEntries() == times.file().entries();
    }

    /** Goes back to the last indexed batch that was flushed; false if there is none to be found. */
    private boolean keepsIndexed(Segment segment, int size) throws IOException {
        int entry = segment.offsets().lastBelow(settings.durableEnd());
        if (entry < 0) {
            return false;
        }
        int position = segment.offsets().position(entry);
        segment.restoreFront(size, Long.MAX_VALUE);
        try {
            BatchHeader batch = segment.headerAt(position);
            if (batch == null || batch.lastOffset() != segment.offsets().lastOffset(entry)) {
                return false;
            }
            segment.truncate(batch.baseOffset(), position, batch.baseOffset()).cutIndexes();
            return true;
        } catch (CorruptLogException e) {
            return false; // the index may be wrong: the walk from the beginning tells
        }
    }

    /** Checks everything from the segment's end on; returns whether bytes were cut. */
    private boolean checkRest(Segment segment, DiskFile file, long size, long next)
            throws IOException {
        long from = segment.size();
        if (from == size) {
            return false;
        }
        BatchScanner scanner = new BatchScanner(file, from, size, segment.endOffset());
        String fault = "";
        for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
            if (batch.nextOffset() > next) {
                fault = "offset %d belongs to the next segment".formatted(batch.lastOffset());
                break;
            }
            segment.account(batch, settings.config().indexIntervalBytes());
        }
        rewrite(file, from, segment.size());
        boolean torn = segment.size() < size && !isRoom(segment, file, size, next);
        if (torn) {
            LOG.warn(
                    "{}: cut {} bytes at position {}, offset {}, that were never flushed: {}",
                    segment.log().path(),
                    size - segment.size(),
                    segment.size(),
                    segment.endOffset(),
                    fault.isEmpty() ? scanner.fault() : fault);
        }
        if (segment.size() < size) {
            file.truncate(segment.size());
        }
        if (torn || segment.size() > from) {
            file.force();
        }
        return torn;
    }

    /**
     * Whether all that lies behind the last batch is room that was made for others. Where a cut was
     * under way, the device may hold something else there than the system's memory.
     */
    private boolean isRoom(Segment segment, DiskFile file, long size, long next)
            throws IOException {
        long bytes = size - segment.size();
        if (settings.cutUnfinished() || next != Long.MAX_VALUE || bytes > Segment.MOST_ROOM) {
            return false;
        }
        ByteBuffer rest = ByteBuffer.allocate((int) bytes);
        file.read(rest, segment.size());
        return rest.clear().mismatch(ByteBuffer.allocate((int) bytes)) < 0;
    }

    /**
     * Makes the device forget what lies behind the files' ends: a cut that was not flushed, or
     * whose flush failed, shows its end in the system's memory alone, and one that ends there
     * already would write nothing.
     */
    void cutAgain(long base) throws IOException {
        for (String kind : Segment.KINDS) {
            Path path = file(base, kind);
            if (!disk.exists(path)) {
                continue;
            }
            try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
                long size = file.size();
                file.write(ByteBuffer.allocate(1), size);
                file.truncate(size);
                file.force();
            }
        }
    }

    /**
     * Writes what was found once more, so that the flush that follows writes it to the device:
     * after a failed flush the system may hold pages for clean that the device never took.
     */
    private static void rewrite(DiskFile file, long from, long to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, to - from));
        for (long at = from; at < to; at += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
            file.read(buffer, at);
            file.write(buffer.flip(), at);
        }
    }

    private void deleteIndexes(long base) throws IOException {
        disk.delete(file(base, Segment.INDEX));
        disk.delete(file(base, Segment.TIME_INDEX));
    }

    private Path file(long base, String kind) {
        return home.path().resolve(SegmentFile.name(base) + kind);
    }
}
