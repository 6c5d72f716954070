package io.sluice.storage;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One folder that holds logs, usually one disk. It serves and fails as a whole: after a failed
 * write or fsync nothing more is written to it, for nobody knows what the device kept (I-6). Any
 * thread may call.
 */
final class LogDirectory {

    private static final List<String> CHECKPOINTS =
            List.of(
                    CheckpointFile.RECOVERY_POINT,
                    CheckpointFile.LOG_START,
                    CheckpointFile.HIGH_WATERMARK,
                    CheckpointFile.CLEANER);

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    private final Disk disk;
    private final Path path;
    private final BiConsumer<LogDirectory, Throwable> onFailure;
    private final GroupCommit commits;
    private final AtomicReference<@Nullable IOException> fault = new AtomicReference<>();
    private final AtomicInteger logs = new AtomicInteger();
    private final Object folders = new Object();

    /** What each checkpoint file says. */
    private final Map<String, SortedMap<TopicPartition, Long>> checkpoints = new TreeMap<>();

    /** Files that still tell of a partition that is gone. */
    private final Set<String> stale = new TreeSet<>();

    private volatile Uuid id = Uuid.ZERO;
    private volatile @Nullable DurableEnds ends;

    LogDirectory(
            Disk disk,
            IoThreads io,
            Path path,
            long flushGatherNanos,
            BiConsumer<LogDirectory, Throwable> onFailure) {
        this.disk = disk;
        this.path = path;
        this.onFailure = onFailure;
        this.commits = new GroupCommit(this, io, flushGatherNanos);
    }

    Path path() {
        return path;
    }

    /** Zero if the directory failed before it told. */
    Uuid id() {
        return id;
    }

    GroupCommit commits() {
        return commits;
    }

    /** Held while folders are made, renamed and told apart. */
    Object folders() {
        return folders;
    }

    /** How many logs lie here: the one with the fewest gets the next. */
    AtomicInteger logs() {
        return logs;
    }

    boolean isServing() {
        return fault.get() == null;
    }

    Optional<String> fault() {
        return Optional.ofNullable(fault.get()).map(IOException::toString);
    }

    /**
     * Throws if the directory has failed.
     *
     * @throws IOException naming the first fault
     */
    void checkServing() throws IOException {
        IOException first = fault.get();
        if (first != null) {
            throw new IOException(path + " has failed: " + first.getMessage(), first);
        }
    }

    /** The first failure counts; it is told once. */
    void fail(IOException cause) {
        if (fault.compareAndSet(null, cause)) {
            LOG.error(
                    "log directory {} fails and serves no more; repair it and restart: {}",
                    path,
                    cause.toString());
            onFailure.accept(this, cause);
        }
    }

    void identify(Uuid identity) {
        id = identity;
    }

    /** Reads the checkpoints; before any log is opened. */
    synchronized void load() throws IOException {
        for (String name : CHECKPOINTS) {
            checkpoints.put(name, CheckpointFile.read(disk, path.resolve(name)));
        }
        ends = DurableEnds.open(disk, path);
    }

    DurableEnds durableEnds() throws IOException {
        DurableEnds open = ends;
        if (open == null) {
            throw new IOException(path + " is not open");
        }
        return open;
    }

    synchronized long checkpoint(String name, TopicPartition partition) {
        return offsets(name).getOrDefault(partition, 0L);
    }

    private SortedMap<TopicPartition, Long> offsets(String name) {
        return checkpoints.computeIfAbsent(name, key -> new TreeMap<>());
    }

    /** Where a checkpoint's offsets are from; asked while nothing else changes the file. */
    interface Source {
        void putAll(Map<TopicPartition, Long> into);
    }

    /** Writes one checkpoint file if an offset changed. Blocks. */
    synchronized void checkpoint(String name, Source source) throws IOException {
        SortedMap<TopicPartition, Long> now = new TreeMap<>();
        source.putAll(now);
        SortedMap<TopicPartition, Long> offsets = new TreeMap<>(offsets(name));
        boolean changed = stale.contains(name);
        for (Map.Entry<TopicPartition, Long> entry : now.entrySet()) {
            changed |= !entry.getValue().equals(offsets.put(entry.getKey(), entry.getValue()));
        }
        if (changed) {
            write(name, offsets);
        }
    }

    /** What could not be written is not believed. */
    private void write(String name, SortedMap<TopicPartition, Long> offsets) throws IOException {
        CheckpointFile.write(disk, path.resolve(name), offsets);
        checkpoints.put(name, offsets);
        stale.remove(name);
    }

    /** Where the log starts, as it is on stable storage. */
    long start(TopicPartition partition) {
        return checkpoint(CheckpointFile.LOG_START, partition);
    }

    /**
     * The recovery point goes down before what it covers is cut; durable when this returns. The
     * log's own durable end went down before.
     */
    synchronized void lowerRecoveryPoint(TopicPartition partition, long offset) throws IOException {
        lower(CheckpointFile.RECOVERY_POINT, partition, offset);
        lower(CheckpointFile.CLEANER, partition, offset);
    }

    private void lower(String name, TopicPartition partition, long offset) throws IOException {
        Long told = offsets(name).get(partition);
        if (told != null && told > offset) {
            SortedMap<TopicPartition, Long> offsets = new TreeMap<>(offsets(name));
            offsets.put(partition, offset);
            write(name, offsets);
        }
    }

    /**
     * Everything below was on stable storage, by the checkpoints: what was compacted was flushed
     * before.
     */
    synchronized long durableEnd(TopicPartition partition) {
        return Math.max(
                checkpoint(CheckpointFile.RECOVERY_POINT, partition),
                checkpoint(CheckpointFile.CLEANER, partition));
    }

    /** The partition is gone from here. The files follow when they are written next. */
    synchronized void forget(TopicPartition partition) {
        checkpoints.forEach((name, offsets) -> {
            if (offsets.remove(partition) != null) {
                stale.add(name);
            }
        });
    }

    /** A new log begins here: no file may tell of an older one of that name. Blocks. */
    synchronized void forgetDurably(TopicPartition partition) throws IOException {
        forget(partition);
        for (String name : List.copyOf(stale)) {
            write(name, offsets(name));
        }
    }

    /** Makes the hints durable and closes what is open. */
    void close() throws IOException {
        DurableEnds open = ends;
        if (open != null) {
            open.force();
            open.close();
        }
    }
}
