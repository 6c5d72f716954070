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
import io.sluice.engine.metrics.MetricSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log directories of this broker, and everything that keeps their logs in order. */
public final class LogDirectories implements LogStore {

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);

    private final Disk disk;
    private final IoThreads io;
    private final EventLoop home;
    private final OpenFiles files;
    private final TimestampLookup lookup;
    private final Housekeeping housekeeping;
    private final RetiredSegments retired = new RetiredSegments(this);
    private final List<LogDirectory> directories = new ArrayList<>();
    private final List<FailureListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<TopicPartition, PartitionLog> open = new ConcurrentSkipListMap<>();
    private final LogPlacement placement;
    private final List<LogMove> moves = new CopyOnWriteArrayList<>();
    private final MoveThrottle moveThrottle = new MoveThrottle();

    /** What the directories tell that were closed cleanly. */
    private final List<Long> stoppedEpochs = new ArrayList<>();

    private volatile boolean closing;
    private final Supplier<Uuid> identities;
    private final int flushesForRoom;

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
        this.identities = identities;
        this.flushesForRoom = settings.flushesForRoom();
        this.placement = new LogPlacement(this, identities);
        this.files = new OpenFiles(disk, settings.maxOpenFiles());
        this.lookup = new TimestampLookup(files, codecs);
        LogCleaner cleaner = new LogCleaner(this, codecs, settings.cleanerBufferBytes());
        this.housekeeping = new Housekeeping(this, settings, cleaner);
    }

    /**
     * Opens the directories; logs are opened one by one later. Blocks.
     *
     * @param home the loop of the store's own timers
     * @param identities new directory ids and names
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
        LogDirectories store = look(disk, paths, io, home, codecs, settings, identities);
        store.eachServing(store::take);
        store.checkUsable();
        home.execute(store.housekeeping::start);
        return store;
    }

    /**
     * Looks at the directories and gives new ones their identity; what lies in the others is not
     * touched before {@link #take}. Blocks.
     */
    public static LogDirectories look(
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
            store.look(path, settings.flushGatherNanos());
        }
        store.checkUsable();
        return store;
    }

    /**
     * The directories are this broker's, and say so from now on. Blocks; before any log is opened.
     */
    public void take(int nodeId, Uuid cluster) throws IOException {
        eachServing(directory -> {
            MetaProperties before = MetaProperties.read(disk, directory.path());
            MetaProperties after = before.ownedBy(nodeId, cluster);
            if (!after.equals(before)) {
                after.write(disk, directory.path());
            }
            take(directory);
        });
        checkUsable();
        home.execute(housekeeping::start);
    }

    private void checkUsable() throws IOException {
        if (directories.stream().noneMatch(LogDirectory::isServing)) {
            throw new IOException(
                    "no log directory can be used: " + directories.getFirst().fault().orElse(""));
        }
    }

    private interface Step {
        void with(LogDirectory directory) throws IOException;
    }

    /** A step whose failure fails the directory. */
    private void eachServing(Step step) {
        for (LogDirectory directory : directories) {
            if (directory.isServing()) {
                try {
                    step.with(directory);
                } catch (IOException e) {
                    directory.fail(e);
                }
            }
        }
    }

    private void look(Path path, long flushGatherNanos) {
        LogDirectory directory = new LogDirectory(disk, io, path, flushGatherNanos, this::failed);
        directories.add(directory);
        try {
            if (!MetaProperties.isThere(disk, path)) {
                LogFolder.createDurably(disk, path);
            }
            MetaProperties told = MetaProperties.read(disk, path);
            if (told.directory().isEmpty()) {
                told = told.named(identities.get());
                told.write(disk, path);
                LOG.info("log directory {} is new", path);
            }
            directory.identify(told.directory().orElseThrow());
        } catch (IOException e) {
            directory.fail(e);
        }
    }

    private void take(LogDirectory directory) throws IOException {
        Path path = directory.path();
        boolean clean = CleanMarker.isThere(disk, path);
        long epoch = clean ? CleanMarker.epoch(disk, path) : CleanMarker.NO_EPOCH;
        directory.load();
        if (clean) {
            CleanMarker.remove(disk, path);
            stoppedEpochs.add(epoch);
        }
        LOG.info("log directory {}, {}", path, clean ? "closed cleanly" : "not closed cleanly");
        placement.find(directory);
    }

    @Override
    public long stoppedEpoch() {
        return CleanMarker.common(stoppedEpochs, directories.size());
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

    private record Opened(
            LogDirectory directory,
            LogSettings settings,
            LogRecovery.Recovered recovered,
            DurableEnds.Slot slot) {}

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
                Completion.of(
                        opened -> {
                            PartitionLog log =
                                    new PartitionLog(
                                            LogDirectories.this,
                                            opened.directory,
                                            owner,
                                            opened.settings,
                                            opened.recovered,
                                            opened.slot);
                            open.put(partition, log);
                            done.succeeded(log);
                        },
                        fault -> done.failed(fault)));
    }

    private Opened recover(
            TopicPartition partition, Uuid topicId, Uuid directoryId, TopicConfig config)
            throws IOException {
        LogDirectory directory = placement.place(partition, directoryId);
        directory.checkServing();
        DurableEnds.Slot slot = placement.claim(partition, topicId, directory);
        try {
            placement.prepare(partition, topicId, directory, slot);
            Path path = LogPlacement.folder(partition, directory);
            long durableEnd = Math.max(slot.end(), directory.durableEnd(partition));
            LogSettings settings =
                    new LogSettings(
                            partition,
                            topicId,
                            config,
                            slot.isCutUnfinished(),
                            durableEnd,
                            directory.checkpoint(CheckpointFile.LOG_START, partition),
                            directory.checkpoint(CheckpointFile.HIGH_WATERMARK, partition));
            LogRecovery.Recovered recovered =
                    new LogRecovery(files, path, settings, home.clock().wallMs()).run();
            if (recovered.end() > durableEnd) {
                // What a process left that died before its first flush has no durable name yet.
                LogFolder.makeDurable(disk, path);
            }
            slot.raise(recovered.end());
            return new Opened(directory, settings, recovered, slot);
        } catch (CorruptLogException e) {
            LOG.error("{} stays offline: {}", partition, e.getMessage());
            placement.damaged(partition, slot);
            throw e;
        } catch (IOException e) {
            directory.fail(e);
            throw e;
        }
    }

    @Override
    public void delete(ReplicaLog log, Completion<Uuid> done) {
        PartitionLog deleted = (PartitionLog) log;
        open.remove(deleted.partition(), deleted);
        deleted.retire(() -> deleteFolder(deleted, done));
    }

    private void deleteFolder(PartitionLog deleted, Completion<Uuid> done) {
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    placement.leave(deleted);
                    return deleted.topicId();
                },
                deleted.loop(),
                done);
    }

    @Override
    public void discard(
            TopicPartition partition, Uuid topicId, EventLoop owner, Completion<Uuid> done) {
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    placement.discard(partition, topicId);
                    return topicId;
                },
                owner,
                done);
    }

    @Override
    public void deleteStrays(Set<Replica> wanted) {
        placement.deleteStrays(wanted);
    }

    @Override
    public Optional<Path> unfinishedMove(ReplicaLog log) {
        return placement.unfinishedMove((PartitionLog) log);
    }

    @Override
    public void move(ReplicaLog log, Path target, Completion<Uuid> done) {
        PartitionLog moving = (PartitionLog) log;
        for (LogDirectory directory : directories) {
            if (directory.path().equals(target) && directory.isServing()) {
                moving.loop().execute(() -> move(moving, directory, done));
                return;
            }
        }
        moving.loop()
                .post(() ->
                        done.failed(
                                new IOException(target + " is not a log directory that serves")));
    }

    private void move(PartitionLog log, LogDirectory target, Completion<Uuid> done) {
        if (log.directory() == target) {
            done.succeeded(target.id());
        } else if (log.isBusy()) {
            done.failed(new IOException(log.partition() + " is moved, cut or closed already"));
        } else {
            LogMove move = new LogMove(this, log, target, done);
            moves.add(move);
            move.start();
        }
    }

    boolean isClosing() {
        return closing;
    }

    /** Holds moves back. */
    public MoveThrottle moveThrottle() {
        return moveThrottle;
    }

    void moveEnded(LogMove move) {
        moves.remove(move);
    }

    LogPlacement placement() {
        return placement;
    }

    @Override
    public List<DirectoryInfo> describe() {
        return DirectoryReport.of(disk, directories, open.values(), moves);
    }

    void checkpointRecoveryPoints(LogDirectory directory) throws IOException {
        directory.checkpoint(
                CheckpointFile.RECOVERY_POINT,
                into ->
                        eachOpen(
                                directory,
                                log -> into.put(log.partition(), log.durableEndOffset())));
    }

    void checkpointStarts(LogDirectory directory) throws IOException {
        directory.checkpoint(
                CheckpointFile.LOG_START,
                into ->
                        eachOpen(
                                directory,
                                log -> into.put(log.partition(), log.rememberedStart())));
    }

    void checkpointHighWatermarks(LogDirectory directory) throws IOException {
        directory.checkpoint(
                CheckpointFile.HIGH_WATERMARK,
                into ->
                        eachOpen(
                                directory,
                                log -> into.put(log.partition(), log.rememberedHighWatermark())));
    }

    private void eachOpen(LogDirectory directory, Consumer<PartitionLog> action) {
        for (PartitionLog log : open.values()) {
            if (log.directory() == directory) {
                action.accept(log);
            }
        }
    }

    @Override
    public void close(long brokerEpoch) {
        CleanStop.await(done -> close(brokerEpoch, done));
    }

    /** As {@link #close(long)}, and runs the task in the end. */
    public void close(long brokerEpoch, Runnable done) {
        closing = true;
        home.execute(housekeeping::stop);
        new CleanStop(this, brokerEpoch).run(done);
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

    Collection<PartitionLog> logs() {
        return open.values();
    }

    /** Tells of the directories and their flushes. */
    public MetricSource metrics() {
        return new StorageMetrics(directories, disk);
    }

    List<LogDirectory> directories() {
        return directories;
    }

    Housekeeping housekeeping() {
        return housekeeping;
    }

    RetiredSegments retired() {
        return retired;
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

    int flushesForRoom() {
        return flushesForRoom;
    }

    TimestampLookup lookup() {
        return lookup;
    }
}
