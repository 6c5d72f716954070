package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log directories of this broker, and everything that keeps their logs in order. */
public final class LogDirectories implements LogStore {

    private static final long CLOSE_SECONDS = 60;
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);

    private final Disk disk;
    private final IoThreads io;
    private final EventLoop home;
    private final LogStoreSettings settings;
    private final OpenFiles files;
    private final TimestampLookup lookup;
    private final LogCleaner cleaner;
    private final List<LogDirectory> directories = new ArrayList<>();
    private final List<FailureListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<TopicPartition, PartitionLog> open = new ConcurrentHashMap<>();
    private final Map<TopicPartition, LogDirectory> found = new ConcurrentHashMap<>();
    private final Map<LogDirectory, AtomicInteger> load = new ConcurrentHashMap<>();
    private final Supplier<Uuid> identities;
    private volatile boolean closing;

    private LogDirectories(
            Disk disk,
            IoThreads io,
            EventLoop home,
            Codecs codecs,
            LogStoreSettings settings,
            Supplier<Uuid> identities) {
        this.disk = disk;
        this.io = io;
        this.home = home;
        this.settings = settings;
        this.identities = identities;
        this.files = new OpenFiles(disk, settings.maxOpenFiles());
        this.lookup = new TimestampLookup(files, codecs);
        this.cleaner = new LogCleaner(this, codecs, settings.cleanerBufferBytes());
    }

    /**
     * Opens the directories; logs are opened one by one later. Blocks.
     *
     * @param home the loop of the store's own timers
     * @param identities new directory ids, where one has none
     * @throws IOException if no directory can be used
     */
    public static LogDirectories open(
            Disk disk,
            List<Path> paths,
            IoThreads io,
            EventLoop home,
            Codecs codecs,
            LogStoreSettings settings,
            Supplier<Uuid> identities)
            throws IOException {
        LogDirectories store = new LogDirectories(disk, io, home, codecs, settings, identities);
        for (Path path : paths) {
            store.openDirectory(path);
        }
        if (store.directories.stream().noneMatch(LogDirectory::isServing)) {
            throw new IOException(
                    "no log directory can be used: "
                            + store.directories.getFirst().fault().orElse(""));
        }
        home.execute(store::scheduleHousekeeping);
        return store;
    }

    private void openDirectory(Path path) {
        try {
            disk.createDirectories(path);
            Path marker = path.resolve(LogDirectory.CLEAN_MARKER);
            boolean clean = disk.exists(marker);
            LogDirectory directory =
                    new LogDirectory(
                            disk,
                            path,
                            DirectoryId.of(disk, path, identities),
                            clean,
                            this::failed);
            directory.load();
            if (clean) {
                disk.delete(marker);
                disk.syncDirectory(path);
            }
            directories.add(directory);
            load.put(directory, new AtomicInteger());
            findLogs(directory);
        } catch (IOException e) {
            LogDirectory directory = new LogDirectory(disk, path, Uuid.ZERO, false, this::failed);
            directories.add(directory);
            load.put(directory, new AtomicInteger());
            directory.fail(e);
        }
    }

    private void findLogs(LogDirectory directory) throws IOException {
        for (Path path : disk.list(directory.path())) {
            String name = path.getFileName().toString();
            if (!disk.isDirectory(path)) {
                continue;
            }
            if (LogFolder.isLeftover(name)) {
                background(() -> LogFolder.delete(disk, path), directory);
                continue;
            }
            LogFolder.partitionOf(name)
                    .ifPresent(partition -> {
                        LogDirectory other = found.putIfAbsent(partition, directory);
                        if (other == null) {
                            count(directory).incrementAndGet();
                        }
                    });
        }
    }

    private AtomicInteger count(LogDirectory directory) {
        return load.computeIfAbsent(directory, key -> new AtomicInteger());
    }

    private void failed(LogDirectory directory, Throwable cause) {
        for (FailureListener listener : listeners) {
            listener.directoryFailed(directory.id(), directory.path(), cause);
        }
    }

    @Override
    public void onFailure(FailureListener listener) {
        listeners.add(listener);
    }

    @Override
    public void open(
            TopicPartition partition,
            Uuid topicId,
            Uuid directoryId,
            TopicConfig config,
            EventLoop owner,
            Completion<ReplicaLog> done) {
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> recover(partition, topicId, directoryId, config),
                owner,
                new Completion<Opened>() {
                    @Override
                    public void succeeded(Opened opened) {
                        PartitionLog log =
                                new PartitionLog(
                                        LogDirectories.this,
                                        opened.directory,
                                        owner,
                                        opened.path,
                                        opened.settings,
                                        opened.recovered);
                        open.put(partition, log);
                        done.succeeded(log);
                    }

                    @Override
                    public void failed(IOException fault) {
                        done.failed(fault);
                    }
                });
    }

    private record Opened(
            LogDirectory directory,
            Path path,
            LogSettings settings,
            LogRecovery.Recovered recovered) {}

    private Opened recover(
            TopicPartition partition, Uuid topicId, Uuid directoryId, TopicConfig config)
            throws IOException {
        LogDirectory directory = place(partition, directoryId);
        directory.checkServing();
        Path path = directory.path().resolve(partition.toString());
        boolean exists = disk.isDirectory(path);
        if (exists && !LogFolder.belongsTo(disk, path, topicId)) {
            // A topic of that name was deleted and made anew while this directory was away.
            LogFolder.delete(disk, LogFolder.setAside(disk, path, identities.get()));
            directory.forget(partition);
            exists = false;
        }
        if (!exists) {
            LogFolder.create(disk, path, topicId);
        }
        LogSettings logSettings =
                new LogSettings(
                        partition,
                        topicId,
                        config,
                        directory.checkpoint(CheckpointFile.RECOVERY_POINT, partition, 0L),
                        directory.checkpoint(CheckpointFile.LOG_START, partition, 0L),
                        directory.checkpoint(CheckpointFile.HIGH_WATERMARK, partition, 0L),
                        directory.wasClean());
        LogRecovery.Recovered recovered =
                new LogRecovery(disk, files, path, logSettings, home.clock().wallMs()).run();
        return new Opened(directory, path, logSettings, recovered);
    }

    private LogDirectory place(TopicPartition partition, Uuid wanted) throws IOException {
        LogDirectory lies = found.get(partition);
        if (lies != null) {
            return lies;
        }
        LogDirectory best = null;
        for (LogDirectory directory : directories) {
            if (directory.id().equals(wanted) && !wanted.equals(Uuid.ZERO)) {
                best = directory;
                break;
            }
            boolean fewer = best == null || count(directory).get() < count(best).get();
            if (directory.isServing() && fewer) {
                best = directory;
            }
        }
        if (best == null) {
            throw new IOException("no log directory serves");
        }
        found.put(partition, best);
        count(best).incrementAndGet();
        return best;
    }

    @Override
    public void delete(ReplicaLog log, Completion<Uuid> done) {
        PartitionLog deleted = (PartitionLog) log;
        deleted.markClosed();
        deleted.segmentMap().values().forEach(Segment::forgetFiles);
        forget(deleted);
        Path path = deleted.path();
        Uuid unique = identities.get();
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    LogFolder.delete(disk, LogFolder.setAside(disk, path, unique));
                    return deleted.topicId();
                },
                deleted.loop(),
                done);
    }

    private void forget(PartitionLog log) {
        open.remove(log.partition(), log);
        LogDirectory lies = found.remove(log.partition());
        if (lies != null) {
            lies.forget(log.partition());
            count(lies).decrementAndGet();
        }
    }

    @Override
    public void deleteStrays(List<Uuid> knownTopics) {
        Set<Uuid> known = new HashSet<>(knownTopics);
        for (Map.Entry<TopicPartition, LogDirectory> entry : Map.copyOf(found).entrySet()) {
            Path path = entry.getValue().path().resolve(entry.getKey().toString());
            background(() -> deleteStray(path, entry.getKey(), known), entry.getValue());
        }
    }

    private void deleteStray(Path path, TopicPartition partition, Set<Uuid> known)
            throws IOException {
        Uuid topicId = LogFolder.topicId(disk, path);
        if (topicId.equals(Uuid.ZERO) || known.contains(topicId) || open.containsKey(partition)) {
            return;
        }
        LOG.info("{}: its topic {} is gone, so it goes too", path, topicId);
        LogDirectory lies = found.remove(partition);
        if (lies != null) {
            lies.forget(partition);
            count(lies).decrementAndGet();
        }
        LogFolder.delete(disk, LogFolder.setAside(disk, path, identities.get()));
    }

    @Override
    public void move(ReplicaLog log, Path target, Completion<Uuid> done) {
        PartitionLog moving = (PartitionLog) log;
        for (LogDirectory directory : directories) {
            if (directory.path().equals(target) && directory.isServing()) {
                new LogMove(this, moving, directory, done).start();
                return;
            }
        }
        done.failed(new IOException(target + " is not a log directory that serves"));
    }

    /** The log lies in another directory now. */
    void moved(PartitionLog log, LogDirectory from, LogDirectory to) {
        found.put(log.partition(), to);
        from.forget(log.partition());
        count(from).decrementAndGet();
        count(to).incrementAndGet();
    }

    @Override
    public List<DirectoryInfo> describe() {
        List<DirectoryInfo> infos = new ArrayList<>();
        for (LogDirectory directory : directories) {
            List<ReplicaInfo> replicas = new ArrayList<>();
            for (PartitionLog log : open.values()) {
                if (log.directory() == directory) {
                    replicas.add(new ReplicaInfo(log.partition(), log.publishedSize(), 0L, false));
                }
            }
            long total = -1L;
            long usable = -1L;
            try {
                total = disk.totalBytes(directory.path());
                usable = disk.usableBytes(directory.path());
            } catch (IOException e) {
                LOG.debug("{} tells no size", directory.path(), e);
            }
            infos.add(
                    new DirectoryInfo(
                            directory.id(),
                            directory.path(),
                            total,
                            usable,
                            directory.fault(),
                            replicas));
        }
        return infos;
    }

    private void scheduleHousekeeping() {
        every(settings.retentionIntervalMs(), this::retain);
        every(settings.checkpointIntervalMs(), () -> inBackground(this::checkpointPoints));
        every(
                settings.highWatermarkIntervalMs(),
                () -> inBackground(this::checkpointHighWatermarks));
        if (settings.cleanerEnabled()) {
            every(settings.cleanerIntervalMs(), cleaner::look);
        }
    }

    private void every(long intervalMs, Runnable task) {
        home.schedule(
                intervalMs,
                () -> {
                    if (!closing) {
                        task.run();
                        every(intervalMs, task);
                    }
                });
    }

    private void retain() {
        for (PartitionLog log : open.values()) {
            log.loop()
                    .execute(() -> {
                        try {
                            long now = home.clock().wallMs();
                            log.retain(now);
                            log.producerStates()
                                    .expireBefore(now - settings.producerExpirationMs());
                        } catch (IOException e) {
                            log.directory().fail(e);
                        }
                    });
        }
    }

    private void inBackground(IoTask task) {
        for (LogDirectory directory : directories) {
            if (directory.isServing()) {
                background(() -> task.run(directory), directory);
            }
        }
    }

    /** Work on one directory. */
    private interface IoTask {
        void run(LogDirectory directory) throws IOException;
    }

    private void checkpointPoints(LogDirectory directory) throws IOException {
        Map<TopicPartition, Long> points = new HashMap<>();
        Map<TopicPartition, Long> starts = new HashMap<>();
        for (PartitionLog log : open.values()) {
            if (log.directory() == directory) {
                points.put(log.partition(), log.durableEndOffset());
                starts.put(log.partition(), log.publishedStart());
            }
        }
        directory.checkpoint(CheckpointFile.RECOVERY_POINT, points);
        directory.checkpoint(CheckpointFile.LOG_START, starts);
    }

    private void checkpointHighWatermarks(LogDirectory directory) throws IOException {
        Map<TopicPartition, Long> marks = new HashMap<>();
        for (PartitionLog log : open.values()) {
            if (log.directory() == directory) {
                marks.put(log.partition(), log.publishedHighWatermark());
            }
        }
        directory.checkpoint(CheckpointFile.HIGH_WATERMARK, marks);
    }

    @Override
    public void close() {
        closing = true;
        CountDownLatch closed = new CountDownLatch(open.size());
        for (PartitionLog log : open.values()) {
            log.loop().execute(() -> log.close(Ignored.then(closed::countDown)));
        }
        try {
            if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn(
                        "{} logs did not close in time: recovered at the next start",
                        closed.getCount());
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        for (LogDirectory directory : directories) {
            if (directory.isServing()) {
                markClean(directory);
            }
        }
    }

    private void markClean(LogDirectory directory) {
        try {
            checkpointPoints(directory);
            checkpointHighWatermarks(directory);
            TextFile.replace(
                    disk, directory.path().resolve(LogDirectory.CLEAN_MARKER), "version=0\n");
        } catch (IOException e) {
            LOG.warn("{} is not marked clean: {}", directory.path(), e.getMessage());
        }
    }

    // What the logs of this store share.

    /** Work whose failure fails the directory. */
    interface Work {
        void run() throws IOException;
    }

    void background(Work work, LogDirectory directory) {
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    try {
                        work.run();
                        return 0L;
                    } catch (IOException e) {
                        directory.fail(e);
                        throw e;
                    }
                },
                home,
                Ignored.INSTANCE);
    }

    Iterable<PartitionLog> logs() {
        return open.values();
    }

    Disk disk() {
        return disk;
    }

    IoThreads io() {
        return io;
    }

    EventLoop home() {
        return home;
    }

    OpenFiles files() {
        return files;
    }

    TimestampLookup lookup() {
        return lookup;
    }
}
