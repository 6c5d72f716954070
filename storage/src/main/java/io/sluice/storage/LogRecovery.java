package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log's folder to a valid state: finishes or undoes half-done swaps, takes what was
 * durable by its indexes, checks the rest to the last byte, cuts a torn tail and says so, and
 * rebuilds epochs and producers. Runs on an I/O thread; idempotent, so a crash in the middle of it
 * costs nothing.
 *
 * <p>The durable end divides the log (docs/adr/durable-ends.md). What does not fit below it is
 * damage: it is named, and the replica stays offline (I-4). Above it, whatever a crash left, a
 * valid prefix is kept and the rest is cut (I-3).
 */
final class LogRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final OpenFiles files;
    private final Disk disk;
    private final SegmentFile.Home home;
    private final Path folder;
    private final LogSettings settings;
    private final SegmentRecovery recovery;
    private final List<Segment> segments = new ArrayList<>();
    private final ProducerStates producers = new ProducerStates();
    private boolean namesChanged;

    LogRecovery(OpenFiles files, Path folder, LogSettings settings, long nowMs) {
        this.files = files;
        this.disk = files.disk();
        this.folder = folder;
        this.home = new SegmentFile.Home(folder);
        this.settings = settings;
        this.recovery = new SegmentRecovery(files, home, settings, nowMs);
    }

    /** What a log begins with. */
    record Recovered(
            SegmentFile.Home home,
            List<Segment> segments,
            LeaderEpochs epochs,
            ProducerStates producers,
            long snapshotOffset,
            long logStart) {

        long end() {
            return segments.getLast().endOffset();
        }
    }

    Recovered run() throws IOException {
        List<Long> bases = tidy();
        if (settings.cutUnfinished()) {
            namesChanged = true;
            if (!bases.isEmpty()) {
                recovery.cutAgain(bases.getLast());
            }
        }
        LeaderEpochs epochs = LeaderEpochs.load(disk, folder);
        recoverSegments(bases);
        if (!segments.isEmpty() && end() < settings.logStart()) {
            // Everything that is left was deleted before the crash.
            segments.forEach(Segment::retire);
            dropFrom(bases, 0);
            segments.clear();
        }
        if (segments.isEmpty()) {
            segments.add(recovery.empty(settings.logStart()));
        }
        namesChanged |= Snapshots.dropAbove(disk, folder, end());
        long snapshotOffset = rebuild(epochs);
        if (epochs.takeDirty()) {
            // From now on what was found is durable, and then the file tells its epochs.
            TextFile.replace(disk, folder.resolve(LeaderEpochs.FILE), epochs.text());
        }
        // A process that died may have left the newest name in the system's memory alone.
        boolean nameUnsure =
                settings.durableEnd() > 0
                        && segments.getLast().baseOffset() >= settings.durableEnd();
        if (namesChanged || nameUnsure) {
            disk.syncDirectory(folder);
        }
        long logStart = Math.max(settings.logStart(), segments.getFirst().baseOffset());
        return new Recovered(home, segments, epochs, producers, snapshotOffset, logStart);
    }

    private long end() {
        return segments.getLast().endOffset();
    }

    /** Removes what a crash left behind and finishes swaps; returns the segments' base offsets. */
    private List<Long> tidy() throws IOException {
        boolean swaps = false;
        for (Path path : disk.list(folder)) {
            String name = path.getFileName().toString();
            if (name.endsWith(".tmp")
                    || name.endsWith(SegmentSwap.CLEANED)
                    || name.endsWith(LogFolder.DELETED_FILE)) {
                disk.delete(path);
            }
            swaps |= name.endsWith(SegmentSwap.SWAP);
        }
        if (swaps) {
            new SegmentSwap(disk, folder).finish();
        }
        TreeSet<Long> bases = new TreeSet<>();
        for (Path path : disk.list(folder)) {
            String name = path.getFileName().toString();
            if (name.endsWith(Segment.LOG) && SegmentFile.baseOffset(name) >= 0) {
                bases.add(SegmentFile.baseOffset(name));
            }
        }
        return List.copyOf(bases);
    }

    private void recoverSegments(List<Long> bases) throws IOException {
        for (int i = 0; i < bases.size(); i++) {
            long base = bases.get(i);
            boolean last = i == bases.size() - 1;
            long next = last ? Long.MAX_VALUE : bases.get(i + 1);
            if (next <= settings.logStart()) {
                drop(base); // it was on its way out
                continue;
            }
            if (!fits(base)) {
                dropFrom(bases, i);
                return;
            }
            if (next < settings.durableEnd()) {
                segments.add(recovery.sealed(base, next));
                continue;
            }
            SegmentRecovery.Tail tail = recovery.tail(base, next);
            segments.add(tail.segment());
            namesChanged |= tail.cut();
            if (!last) {
                tail.segment().seal();
                tail.segment().force();
                tail.segment().forceIndexes();
            }
            if (next <= settings.durableEnd()) {
                // Flushed, but its indexes only with the first flush behind it.
                tail.segment().restore(tail.segment().size(), next);
            }
        }
        if (segments.isEmpty() ? settings.durableEnd() > settings.logStart() : isShort()) {
            throw new CorruptLogException(
                    segments.isEmpty() ? folder : segments.getLast().log().path(),
                    segments.isEmpty() ? 0 : segments.getLast().size(),
                    "the log ends at offset %d, but was on stable storage up to %d"
                            .formatted(
                                    segments.isEmpty() ? settings.logStart() : end(),
                                    settings.durableEnd()));
        }
    }

    private boolean isShort() {
        return end() < settings.durableEnd() && settings.durableEnd() > settings.logStart();
    }

    /**
     * Whether a segment follows the one before it, or the log's start, without a hole. A hole above
     * the durable end is what a crash left of writes that were not flushed.
     */
    private boolean fits(long base) throws IOException {
        if (segments.isEmpty()) {
            return beginsWith(base);
        }
        if (end() == base) {
            return true;
        }
        if (base < settings.durableEnd() || end() < settings.durableEnd()) {
            throw new CorruptLogException(
                    segments.getLast().log().path(),
                    segments.getLast().size(),
                    "offset %d ends it and the next segment is %d".formatted(end(), base));
        }
        LOG.warn(
                "{}: the log ends at offset {}; segment {} and later ones, never flushed, are dropped",
                folder,
                end(),
                base);
        return false;
    }

    /**
     * The start is checkpointed before any segment goes, so one that is missing was lost, with all
     * that would tell that it was written: a log that began behind it would claim to hold it.
     */
    private boolean beginsWith(long base) throws IOException {
        long start = settings.logStart();
        if (base <= start) {
            return true;
        }
        if (settings.durableEnd() <= start) {
            LOG.warn(
                    "{}: nothing is left at the log's start {}; segment {} and later ones, never"
                            + " flushed, are dropped",
                    folder,
                    start,
                    base);
            return false;
        }
        if (start > 0) {
            throw new CorruptLogException(
                    folder,
                    0,
                    "the first segment is %d, but the log starts at %d".formatted(base, start));
        }
        return true; // the checkpoint is lost
    }

    private void dropFrom(List<Long> bases, int index) throws IOException {
        for (long base : bases.subList(index, bases.size())) {
            drop(base);
        }
    }

    private void drop(long base) throws IOException {
        for (String kind : Segment.KINDS) {
            disk.delete(folder.resolve(SegmentFile.name(base) + kind));
        }
        namesChanged = true;
    }

    /**
     * Epochs, producers, aborted transactions and what a schedule must read, from the newest
     * snapshot and the batches behind it.
     */
    private long rebuild(LeaderEpochs epochs) throws IOException {
        epochs.truncate(end());
        long snapshotOffset =
                Snapshots.restore(disk, folder, segments.getFirst().baseOffset(), end(), producers);
        TransactionRecovery transactions = new TransactionRecovery(disk, folder, segments);
        if (!transactions.keepBelow(Math.max(snapshotOffset, 0L))) {
            producers.clear();
            snapshotOffset = -1L;
        }
        long producersFrom = Math.max(snapshotOffset, 0L);
        ScheduleRecovery schedule =
                new ScheduleRecovery(
                        disk, folder, segments, settings.config().indexIntervalBytes());
        schedule.keepBelow(producersFrom);
        boolean allEpochs = epochs.isEmpty();
        // The file tells the epochs of what was flushed; the rest tells its own.
        long epochsFrom = allEpochs ? 0L : settings.durableEnd();
        replay(epochs, epochsFrom, producersFrom, schedule);
        namesChanged |= transactions.finish();
        namesChanged |= schedule.finish();
        return snapshotOffset;
    }

    private void replay(
            LeaderEpochs epochs, long epochsFrom, long producersFrom, ScheduleRecovery schedule)
            throws IOException {
        long from = Math.min(epochsFrom, producersFrom);
        for (Segment segment : segments) {
            if (segment.endOffset() <= from || segment.isEmpty()) {
                continue;
            }
            int position = segment.positionOf(Math.max(from, segment.baseOffset()));
            OpenFiles.Held held = files.acquire(segment.log());
            try {
                HeaderWalk walk = segment.walk(held, position);
                for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
                    if (batch.baseOffset() >= epochsFrom) {
                        epochs.append(batch);
                    } else {
                        ColdRead.checkEpoch(epochs, batch, segment.log(), walk.position());
                    }
                    if (batch.baseOffset() >= producersFrom) {
                        TransactionRecovery.replay(producers, batch, walk, segment);
                        schedule.replay(batch, walk, segment);
                    }
                }
            } finally {
                held.release();
            }
        }
    }
}
