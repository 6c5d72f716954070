package io.sluice.storage;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
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

    static final String CLEAN_MARKER = ".kafka_cleanshutdown";

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    private final Disk disk;
    private final Path path;
    private final Uuid id;
    private final boolean wasClean;
    private final BiConsumer<LogDirectory, Throwable> onFailure;
    private final AtomicReference<@Nullable IOException> fault = new AtomicReference<>();
    private final Map<String, SortedMap<TopicPartition, Long>> checkpoints = new TreeMap<>();

    LogDirectory(
            Disk disk,
            Path path,
            Uuid id,
            boolean wasClean,
            BiConsumer<LogDirectory, Throwable> onFailure) {
        this.disk = disk;
        this.path = path;
        this.id = id;
        this.wasClean = wasClean;
        this.onFailure = onFailure;
    }

    Path path() {
        return path;
    }

    Uuid id() {
        return id;
    }

    boolean wasClean() {
        return wasClean;
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

    /** Reads the checkpoints; before any log is opened. */
    synchronized void load() throws IOException {
        for (String name :
                new String[] {
                    CheckpointFile.RECOVERY_POINT,
                    CheckpointFile.LOG_START,
                    CheckpointFile.HIGH_WATERMARK,
                    CheckpointFile.CLEANER
                }) {
            checkpoints.put(name, CheckpointFile.read(disk, path.resolve(name)));
        }
    }

    synchronized long checkpoint(String name, TopicPartition partition, long unknown) {
        return offsets(name).getOrDefault(partition, unknown);
    }

    private SortedMap<TopicPartition, Long> offsets(String name) {
        return checkpoints.computeIfAbsent(name, key -> new TreeMap<>());
    }

    /** Writes one checkpoint file if an offset changed. */
    synchronized void checkpoint(String name, Map<TopicPartition, Long> changed)
            throws IOException {
        SortedMap<TopicPartition, Long> offsets = offsets(name);
        boolean same = true;
        for (Map.Entry<TopicPartition, Long> entry : changed.entrySet()) {
            same &= entry.getValue().equals(offsets.put(entry.getKey(), entry.getValue()));
        }
        if (!same) {
            CheckpointFile.write(disk, path.resolve(name), offsets);
        }
    }

    /** A partition's new log start, at once. */
    void checkpointStart(TopicPartition partition, long offset) throws IOException {
        try {
            checkpoint(CheckpointFile.LOG_START, Map.of(partition, offset));
        } catch (IOException e) {
            fail(e);
            throw e;
        }
    }

    /** The partition is gone from here. */
    synchronized void forget(TopicPartition partition) {
        checkpoints.values().forEach(offsets -> offsets.remove(partition));
    }
}
