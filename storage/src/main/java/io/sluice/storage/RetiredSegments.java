package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Files of segments that left their logs, on the way out: first the log start is checkpointed, so
 * that a crash does not miss them, then they are renamed, and after a delay, for readers of other
 * processes, deleted. Many at a time share one checkpoint. Any thread may call.
 */
final class RetiredSegments {

    private final LogDirectories store;

    /** Bounded by the segments there are. */
    private final SortedMap<Path, ArrayDeque<Retired>> waiting = new TreeMap<>();

    private record Retired(PartitionLog log, long baseOffset, long deleteDelayMs) {}

    RetiredSegments(LogDirectories store) {
        this.store = store;
    }

    void add(PartitionLog log, long baseOffset) {
        LogDirectory directory = log.directory();
        Retired retired = new Retired(log, baseOffset, log.config().fileDeleteDelayMs());
        synchronized (this) {
            ArrayDeque<Retired> queue = waiting.get(directory.path());
            if (queue != null) {
                queue.add(retired);
                return;
            }
            waiting.put(directory.path(), new ArrayDeque<>(List.of(retired)));
        }
        store.background(() -> drain(directory), directory);
    }

    private synchronized @Nullable ArrayDeque<Retired> take(LogDirectory directory) {
        return waiting.remove(directory.path());
    }

    private void drain(LogDirectory directory) throws IOException {
        ArrayDeque<Retired> batch = take(directory);
        if (batch == null) {
            return;
        }
        directory.checkServing();
        store.checkpointStarts(directory);
        Set<PartitionLog> changed = new LinkedHashSet<>();
        Map<Path, Long> files = new TreeMap<>();
        for (Retired retired : batch) {
            // Under the lock a folder that is here is not given to another log meanwhile.
            synchronized (directory.folders()) {
                if (unlessGone(retired.log, directory, () -> setAside(retired, files))) {
                    changed.add(retired.log);
                }
            }
        }
        for (PartitionLog log : changed) {
            unlessGone(log, directory, () -> store.disk().syncDirectory(log.path()));
        }
        files.forEach((file, delayMs) -> deleteLater(file, delayMs, directory));
    }

    private void setAside(Retired retired, Map<Path, Long> files) throws IOException {
        Disk disk = store.disk();
        Path folder = retired.log.path();
        for (String kind : Segment.KINDS) {
            Path file = folder.resolve(SegmentFile.name(retired.baseOffset) + kind);
            if (disk.exists(file)) {
                Path aside = file.resolveSibling(file.getFileName() + LogFolder.DELETED_FILE);
                disk.rename(file, aside);
                files.put(aside, retired.deleteDelayMs);
            }
        }
    }

    /** A log's folder may be deleted or moved under our hands, and then goes as a whole. */
    private static boolean unlessGone(
            PartitionLog log, LogDirectory directory, LogDirectories.Work work) throws IOException {
        try {
            if (isHere(log, directory)) {
                work.run();
                return true;
            }
            return false;
        } catch (IOException e) {
            if (isHere(log, directory)) {
                throw e;
            }
            return false;
        }
    }

    private static boolean isHere(PartitionLog log, LogDirectory directory) {
        return !log.isClosed() && log.directory() == directory;
    }

    private void deleteLater(Path file, long delayMs, LogDirectory directory) {
        store.home()
                .execute(() ->
                        store.home()
                                .schedule(
                                        delayMs,
                                        () ->
                                                store.background(
                                                        () -> store.disk().delete(file),
                                                        directory)));
    }
}
