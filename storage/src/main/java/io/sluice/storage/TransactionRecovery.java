package io.sluice.storage;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the indexes of aborted transactions in line with the log: below the offset of the
 * producers' snapshot they are on disk, above it they are made from the batches. Where an index
 * does not look as it can only look, all of them are made anew from the whole log.
 */
final class TransactionRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionRecovery.class);

    private final Disk disk;
    private final Path folder;
    private final List<Segment> segments;

    /** Segments that have a file, by their base offset. */
    private final TreeSet<Long> found = new TreeSet<>();

    private boolean changed;

    TransactionRecovery(Disk disk, Path folder, List<Segment> segments) {
        this.disk = disk;
        this.folder = folder;
        this.segments = segments;
    }

    /**
     * Keeps what the indexes tell below the offset.
     *
     * @return false if that cannot be believed: nothing is kept
     */
    boolean keepBelow(long offset) throws IOException {
        find();
        for (Segment segment : segments) {
            if (found.remove(segment.baseOffset()) && !keep(segment, offset)) {
                LOG.warn(
                        "{}: an index of aborted transactions is damaged; all are made anew",
                        segment.log().path());
                keepNothing();
                return false;
            }
        }
        for (long base : found) {
            disk.delete(file(base)); // its segment is gone
            changed = true;
        }
        return true;
    }

    private void find() throws IOException {
        found.clear();
        for (Path path : disk.list(folder)) {
            String name = path.getFileName().toString();
            if (name.endsWith(Segment.TXN_INDEX) && SegmentFile.baseOffset(name) >= 0) {
                found.add(SegmentFile.baseOffset(name));
            }
        }
    }

    private Path file(long base) {
        return folder.resolve(SegmentFile.name(base) + Segment.TXN_INDEX);
    }

    private boolean keep(Segment segment, long offset) throws IOException {
        Path path = file(segment.baseOffset());
        ByteBuffer bytes = TextFile.bytes(disk, path);
        int entries = TransactionIndex.entriesBelow(bytes, segment.baseOffset(), offset);
        if (entries < 0) {
            return false;
        }
        if (entries == 0) {
            disk.delete(path);
            changed = true;
            return true;
        }
        segment.restoreAborted(entries);
        if (bytes.remaining() > entries * TransactionIndex.ENTRY_BYTES) {
            segment.aborted().file().cut();
            segment.aborted().file().force();
        }
        return true;
    }

    private void keepNothing() throws IOException {
        // First: none may rely on what is to be made anew.
        Snapshots.dropUpTo(disk, folder, Long.MAX_VALUE);
        disk.syncDirectory(folder);
        find();
        for (long base : found) {
            disk.delete(file(base));
        }
        segments.forEach(segment -> segment.restoreAborted(0));
        changed = true;
    }

    /** Takes a batch into account that lies behind the snapshot. */
    static void replay(
            ProducerStates producers, BatchHeader batch, HeaderWalk walk, Segment segment)
            throws IOException {
        AbortedTransaction aborted = replay(producers, batch, walk);
        if (aborted != null) {
            segment.aborted().append(aborted);
        }
    }

    /** The same for the producers alone; returns what the batch aborted. */
    static @Nullable AbortedTransaction replay(
            ProducerStates producers, BatchHeader batch, HeaderWalk walk) throws IOException {
        if (batch.isMarker()) {
            return producers.end(batch, walk.control(batch));
        }
        boolean isWhole = batch.recordCount() == batch.lastOffsetDelta() + 1;
        if (batch.hasProducer() && !(isWhole && producers.isNext(batch))) {
            // A wrong producer would begin a transaction that never ends; of a wrong sequence, the
            // batch would not be known when it comes again.
            walk.check(batch);
        }
        producers.append(batch);
        return null;
    }

    /** Makes durable what was added; returns whether names changed. */
    boolean finish() throws IOException {
        for (Segment segment : segments) {
            if (segment.aborted().needsForce()) {
                segment.aborted().write();
                segment.aborted().force();
                changed = true;
            }
        }
        return changed;
    }
}
