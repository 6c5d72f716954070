package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the indexes of what a schedule must read in line with the log: below the offset of the
 * producers' snapshot they are on disk, above it they are made from the batches. One that does not
 * look as it can only look is made anew from its segment, from its first bad entry on.
 */
final class ScheduleRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduleRecovery.class);

    private final Disk disk;
    private final Path folder;
    private final List<Segment> segments;
    private final int indexIntervalBytes;
    private boolean changed;

    ScheduleRecovery(Disk disk, Path folder, List<Segment> segments, int indexIntervalBytes) {
        this.disk = disk;
        this.folder = folder;
        this.segments = segments;
        this.indexIntervalBytes = indexIntervalBytes;
    }

    /** Keeps what the indexes tell below the offset. */
    void keepBelow(long offset) throws IOException {
        TreeSet<Long> found = find();
        for (Segment segment : segments) {
            if (found.remove(segment.baseOffset())) {
                keep(segment, offset);
            }
        }
        for (long base : found) {
            disk.delete(file(base)); // its segment is gone
            changed = true;
        }
    }

    private TreeSet<Long> find() throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        for (Path path : disk.list(folder)) {
            String name = path.getFileName().toString();
            if (name.endsWith(Segment.SCHEDULE) && SegmentFile.baseOffset(name) >= 0) {
                found.add(SegmentFile.baseOffset(name));
            }
        }
        return found;
    }

    private Path file(long base) {
        return folder.resolve(SegmentFile.name(base) + Segment.SCHEDULE);
    }

    private void keep(Segment segment, long offset) throws IOException {
        Path path = file(segment.baseOffset());
        ByteBuffer bytes = TextFile.bytes(disk, path);
        ScheduleIndex.Found found = ScheduleIndex.entriesBelow(bytes, segment.baseOffset(), offset);
        segment.restoreScheduled(bytes, found.entries());
        if (!found.whole()) {
            complete(segment, offset);
        }
        ScheduleIndex index = segment.scheduled();
        if (index == null) {
            disk.delete(path);
            changed = true;
        } else if (bytes.remaining() > index.file().written() * ScheduleIndex.ENTRY_BYTES) {
            index.write();
            index.file().cut();
            index.file().force();
        }
    }

    /** What was written last may be torn, and was not relied on; or what was relied on is lost. */
    private void complete(Segment segment, long offset) throws IOException {
        ScheduleIndex index = segment.scheduled();
        long from = index == null ? segment.baseOffset() : index.last() + 1;
        if (from >= Math.min(offset, segment.endOffset())) {
            return;
        }
        boolean lost = false;
        OpenFiles.Held held = segment.files().acquire(segment.log());
        try {
            HeaderWalk walk = segment.walk(held, segment.positionOf(from));
            for (BatchHeader batch = walk.next();
                    batch != null && batch.baseOffset() < offset;
                    batch = walk.next()) {
                if (!lost && batch.isScheduled() && batch.recordCount() > 0) {
                    lost = true;
                    // First: none may rely on what is to be made anew.
                    Snapshots.dropUpTo(disk, folder, Long.MAX_VALUE);
                    disk.syncDirectory(folder);
                    LOG.warn(
                            "{}: the index of delayed messages is damaged; it is made anew",
                            segment.log().path());
                }
                replay(batch, walk, segment);
            }
        } finally {
            held.release();
        }
    }

    /** Takes a batch into account that lies behind the snapshot. */
    void replay(BatchHeader batch, HeaderWalk walk, Segment segment) throws IOException {
        replay(batch, walk, segment, indexIntervalBytes);
    }

    private static void replay(
            BatchHeader batch, HeaderWalk walk, Segment segment, int indexIntervalBytes)
            throws IOException {
        if (batch.isScheduled() && batch.recordCount() > 0) {
            long floor = batch.isHidden() ? walk.floor(batch) : ScheduleRecord.NO_FLOOR;
            segment.schedule(batch, floor, walk.position(), indexIntervalBytes);
        }
    }

    /** Takes all batches of a walk into account, which is not long. */
    static void replay(HeaderWalk walk, Segment segment, int indexIntervalBytes)
            throws IOException {
        for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
            replay(batch, walk, segment, indexIntervalBytes);
        }
    }

    /** Makes durable what was added; returns whether names changed. */
    boolean finish() throws IOException {
        for (Segment segment : segments) {
            ScheduleIndex index = segment.scheduled();
            if (index != null && index.needsForce()) {
                index.write();
                index.force();
                changed = true;
            }
        }
        return changed;
    }
}
