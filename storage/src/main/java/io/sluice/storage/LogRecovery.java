package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log's folder to a valid state: finishes or undoes half-done swaps, scans what was not
 * durable for certain, cuts a torn tail and says so, and rebuilds indexes, epochs and producers
 * from the batches. Runs on an I/O thread; idempotent, so a crash in the middle of it costs
 * nothing.
 */
final class LogRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final Disk disk;
    private final OpenFiles files;
    private final Path directory;
    private final LogSettings settings;
    private final long nowMs;
    private final List<Segment> segments = new ArrayList<>();
    private final ProducerStates producers = new ProducerStates();
    private LeaderEpochs epochs = new LeaderEpochs();
    private long scannedFrom = Long.MAX_VALUE;
    private long snapshotOffset = -1L;

    LogRecovery(Disk disk, OpenFiles files, Path directory, LogSettings settings, long nowMs) {
        this.disk = disk;
        this.files = files;
        this.directory = directory;
        this.settings = settings;
        this.nowMs = nowMs;
    }

    /** What a log begins with. */
    record Recovered(
            List<Segment> segments, LeaderEpochs epochs, ProducerStates producers, long logStart) {}

    Recovered run() throws IOException {
        NavigableSet<Long> bases = tidy();
        epochs = LeaderEpochs.load(disk, directory);
        List<Long> sorted = List.copyOf(bases);
        boolean cut = false;
        for (int i = 0; i < sorted.size(); i++) {
            if (cut) {
                putAside(sorted.get(i));
                continue;
            }
            long next = i + 1 < sorted.size() ? sorted.get(i + 1) : Long.MAX_VALUE;
            cut = recoverSegment(sorted.get(i), next);
        }
        if (segments.isEmpty()) {
            long base = Math.max(0, settings.logStart());
            segments.add(new Segment(files, directory, base, 0, 0, nowMs));
        }
        replayHeaders();
        if (scannedFrom != Long.MAX_VALUE) {
            makeDurable();
        }
        long logStart = Math.max(settings.logStart(), segments.getFirst().baseOffset());
        return new Recovered(segments, epochs, producers, Math.min(logStart, end()));
    }

    private long end() {
        return segments.getLast().endOffset();
    }

    /** Removes what a crash left behind and finishes swaps; returns the segments' base offsets. */
    private NavigableSet<Long> tidy() throws IOException {
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if (name.endsWith(".tmp") || name.endsWith(".cleaned") || name.endsWith(".deleted")) {
                disk.delete(path);
            }
        }
        new SegmentSwap(disk, directory).finish();
        NavigableSet<Long> bases = new TreeSet<>();
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if (name.endsWith(Segment.LOG)) {
                bases.add(baseOffset(name));
            }
        }
        return bases;
    }

    static long baseOffset(String fileName) {
        return Long.parseLong(fileName.substring(0, fileName.indexOf('.')));
    }

    /** Returns whether the segment was cut, so that nothing behind it can follow. */
    private boolean recoverSegment(long base, long next) throws IOException {
        Path log = directory.resolve(Segment.name(base) + Segment.LOG);
        boolean belowRecoveryPoint = next <= settings.recoveryPoint();
        if ((settings.clean() || belowRecoveryPoint) && restore(log, base, next)) {
            return false;
        }
        return scan(log, base);
    }

    /** Takes a segment by its indexes; false if they do not fit and it must be scanned. */
    private boolean restore(Path log, long base, long next) throws IOException {
        Path index = directory.resolve(Segment.name(base) + Segment.INDEX);
        Path times = directory.resolve(Segment.name(base) + Segment.TIME_INDEX);
        long size = disk.size(log);
        if (size == 0) {
            segments.add(new Segment(files, directory, base, 0, 0, nowMs));
            return true;
        }
        if (!disk.exists(index) || !disk.exists(times) || size > Integer.MAX_VALUE) {
            return false;
        }
        long indexBytes = disk.size(index);
        long timeBytes = disk.size(times);
        if (indexBytes % OffsetIndex.ENTRY_BYTES != 0 || timeBytes % TimeIndex.ENTRY_BYTES != 0) {
            return false;
        }
        Segment segment =
                new Segment(
                        files,
                        directory,
                        base,
                        (int) (indexBytes / OffsetIndex.ENTRY_BYTES),
                        (int) (timeBytes / TimeIndex.ENTRY_BYTES),
                        nowMs);
        int from = segment.offsets().positionBefore(Long.MAX_VALUE);
        if (from >= size) {
            return false;
        }
        Segment.Latest latest =
                new Segment.Latest(segment.times().lastTimestamp(), segment.times().lastOffset());
        segment.restore((int) size, next == Long.MAX_VALUE ? base : next, latest);
        try {
            readTail(segment, from);
        } catch (CorruptLogException e) {
            if (next <= settings.recoveryPoint()) {
                throw e;
            }
            return false;
        }
        segments.add(segment);
        return true;
    }

    /** From the last indexed batch on: the end offset and the latest timestamp. */
    private static void readTail(Segment segment, int from) throws IOException {
        long end = segment.baseOffset();
        Segment.Latest latest = segment.latest();
        int position = from;
        for (BatchHeader batch = segment.headerAt(position);
                batch != null;
                batch = segment.headerAt(position)) {
            position += batch.sizeInBytes();
            end = batch.nextOffset();
            if (batch.maxTimestamp() > latest.timestamp()) {
                latest = new Segment.Latest(batch.maxTimestamp(), batch.lastOffset());
            }
        }
        if (position != segment.size()) {
            throw new CorruptLogException(segment.path(), position, "a batch is cut");
        }
        segment.restore(segment.size(), end, latest);
    }

    private boolean scan(Path log, long base) throws IOException {
        disk.delete(directory.resolve(Segment.name(base) + Segment.INDEX));
        disk.delete(directory.resolve(Segment.name(base) + Segment.TIME_INDEX));
        Segment segment = new Segment(files, directory, base, 0, 0, nowMs);
        try (DiskFile file = disk.open(log, Disk.Mode.WRITE)) {
            BatchScanner scanner = new BatchScanner(file, 0, base);
            for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
                segment.account(batch, settings.config().indexIntervalBytes());
                epochs.append(batch);
            }
            segment.writeIndexes();
            segments.add(segment);
            scannedFrom = Math.min(scannedFrom, base);
            if (scanner.fault().isEmpty()) {
                return false;
            }
            cutTail(log, file, scanner);
            return true;
        }
    }

    /**
     * Bytes behind the last whole batch were never acknowledged if they lie above the recovery
     * point; below it they are damage, and the replica stays offline (I-4).
     */
    private void cutTail(Path log, DiskFile file, BatchScanner scanner) throws IOException {
        if (scanner.nextOffset() < settings.recoveryPoint()) {
            throw new CorruptLogException(
                    log,
                    scanner.position(),
                    "%s, below the recovery point %d"
                            .formatted(scanner.fault(), settings.recoveryPoint()));
        }
        long cutBytes = file.size() - scanner.position();
        LOG.warn(
                "{}: cut {} bytes at position {}, offset {}: {}",
                log,
                cutBytes,
                scanner.position(),
                scanner.nextOffset(),
                scanner.fault());
        file.truncate(scanner.position());
    }

    /** Segments behind a torn one are kept under another name, for whoever wants to look. */
    private void putAside(long base) throws IOException {
        Path log = directory.resolve(Segment.name(base) + Segment.LOG);
        if (disk.size(log) > 0) {
            LOG.warn("{}: behind a torn segment, kept as {}.cut", log, log.getFileName());
            disk.rename(log, log.resolveSibling(log.getFileName() + ".cut"));
        }
        Segment.delete(disk, directory, base, "");
    }

    /** Producers and epochs, from the newest snapshot and the batches behind it. */
    private void replayHeaders() throws IOException {
        long end = end();
        epochs.truncate(end);
        long from = loadSnapshot(end);
        if (epochs.latest() == BatchHeader.NO_LEADER_EPOCH) {
            from = Math.min(from, segments.getFirst().baseOffset());
        }
        long producersFrom = producersFrom(end);
        for (Segment segment : segments) {
            if (segment.endOffset() <= from) {
                continue;
            }
            int position = segment.positionOf(Math.max(from, segment.baseOffset()));
            for (BatchHeader batch = segment.headerAt(position);
                    batch != null;
                    batch = segment.headerAt(position)) {
                epochs.append(batch);
                if (batch.baseOffset() >= producersFrom) {
                    producers.append(batch);
                }
                position += batch.sizeInBytes();
            }
        }
    }

    private long producersFrom(long end) {
        return snapshotOffset >= 0 ? snapshotOffset : segments.getFirst().baseOffset();
    }

    /** Loads the newest whole snapshot not above the end; returns where replay must begin. */
    private long loadSnapshot(long end) throws IOException {
        List<Path> snapshots = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            if (path.getFileName().toString().endsWith(ProducerSnapshot.SUFFIX)) {
                snapshots.add(path);
            }
        }
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            Path path = snapshots.get(i);
            long offset = baseOffset(path.getFileName().toString());
            if (offset > end || !ProducerSnapshot.read(disk, path, producers)) {
                disk.delete(path);
                continue;
            }
            snapshotOffset = offset;
            return offset;
        }
        return segments.getFirst().baseOffset();
    }

    /** What a killed process left in the page cache counts as stored only after a flush. */
    private void makeDurable() throws IOException {
        for (Segment segment : segments) {
            if (segment.baseOffset() >= scannedFrom && !segment.isEmpty()) {
                Segment.force(files, segment.path());
                segment.durableSize(segment.size());
            }
        }
        disk.syncDirectory(directory);
    }
}
