package io.sluice.engine.fake;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.DamagedLogException;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Logs in memory, in directories that are but names. What was opened once is found again, so that a
 * broker can be restarted on it. For one thread, but for slices.
 */
public final class MemoryLogStore implements LogStore {

    private final IoThreads io;
    private final Map<Uuid, Path> directories = new LinkedHashMap<>();
    private final Map<Uuid, String> faulty = new LinkedHashMap<>();
    private final Map<TopicPartition, MemoryLog> logs = new TreeMap<>();
    private final List<FailureListener> listeners = new ArrayList<>();
    private final AtomicInteger openSlices = new AtomicInteger();
    private LogFaults faults = LogFaults.NONE;
    private int opening;
    private int mostOpening;
    private @Nullable Set<Replica> kept;

    public MemoryLogStore(IoThreads io, Path... directories) {
        this.io = io;
        for (int i = 0; i < directories.length; i++) {
            this.directories.put(new Uuid(0xD1L, i + 1L), directories[i]);
        }
    }

    /** From now on the disk fails so. */
    public void faults(LogFaults when) {
        faults = when;
    }

    /** The log of a partition, open or not; null if there is none. */
    public @Nullable MemoryLog log(TopicPartition partition) {
        return logs.get(partition);
    }

    /** The power goes: every log loses what was not flushed. */
    public void crash() {
        logs.values().forEach(MemoryLog::crash);
        listeners.clear();
        faulty.clear();
    }

    /** A directory dies. */
    public void fail(Uuid directory, IOException cause) {
        if (faulty.put(directory, String.valueOf(cause.getMessage())) == null) {
            Path path = directories.get(directory);
            if (path != null) {
                List.copyOf(listeners).forEach(one -> one.directoryFailed(directory, path, cause));
            }
        }
    }

    /** Slices given out and not released. */
    public int openSlices() {
        return openSlices.get();
    }

    /** The most logs that were being opened at once. */
    public int mostOpening() {
        return mostOpening;
    }

    /** What {@link #deleteStrays} was told last, null before. */
    public @Nullable Set<Replica> kept() {
        return kept;
    }

    /** The identity of a directory. */
    public Uuid directoryId(Path path) {
        for (Map.Entry<Uuid, Path> entry : directories.entrySet()) {
            if (entry.getValue().equals(path)) {
                return entry.getKey();
            }
        }
        throw new IllegalArgumentException("no directory " + path);
    }

    IoThreads io() {
        return io;
    }

    LogFaults faults() {
        return faults;
    }

    void checkServing(Uuid directory) throws IOException {
        String fault = faulty.get(directory);
        if (fault != null) {
            throw new IOException("the directory failed: " + fault);
        }
    }

    FileSlice slice(byte[] bytes) {
        openSlices.incrementAndGet();
        return new MemorySlice(bytes, openSlices::decrementAndGet);
    }

    @Override
    public void open(
            TopicPartition partition,
            Uuid topicId,
            Uuid directory,
            TopicConfig config,
            EventLoop owner,
            Completion<ReplicaLog> done) {
        opening++;
        mostOpening = Math.max(mostOpening, opening);
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    opening--;
                    return opened(partition, topicId, directory, config, owner);
                },
                owner,
                done);
    }

    private MemoryLog opened(
            TopicPartition partition,
            Uuid topicId,
            Uuid directory,
            TopicConfig config,
            EventLoop owner)
            throws IOException {
        if (faults.failOpen(partition)) {
            throw new IOException("open failed");
        }
        if (faults.damaged(partition) && logs.containsKey(partition)) {
            throw new DamagedLogException(partition + " is damaged");
        }
        MemoryLog log = logs.get(partition);
        if (log != null && !log.topicId().equals(topicId)) {
            throw new IOException(partition + " lies there for another topic");
        }
        if (log == null) {
            log = new MemoryLog(this, partition, topicId, place(directory), owner, config);
            logs.put(partition, log);
        } else {
            log.reopen(owner, config);
        }
        checkServing(log.directoryId());
        return log;
    }

    private Uuid place(Uuid wanted) throws IOException {
        if (directories.containsKey(wanted)) {
            return wanted;
        }
        for (Uuid id : directories.keySet()) {
            if (!faulty.containsKey(id)) {
                return id;
            }
        }
        throw new IOException("no directory serves");
    }

    @Override
    public void delete(ReplicaLog log, Completion<Uuid> done) {
        MemoryLog mine = (MemoryLog) log;
        mine.delete();
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    logs.remove(mine.partition(), mine);
                    return mine.topicId();
                },
                mine.loop(),
                done);
    }

    @Override
    public void discard(
            TopicPartition partition, Uuid topicId, EventLoop owner, Completion<Uuid> done) {
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    logs.remove(partition);
                    return topicId;
                },
                owner,
                done);
    }

    @Override
    public Optional<Path> unfinishedMove(ReplicaLog log) {
        return Optional.empty();
    }

    @Override
    public void deleteStrays(Set<Replica> wanted) {
        kept = wanted;
        logs.values()
                .removeIf(log ->
                        !wanted.contains(new Replica(log.topicId(), log.partition().partition())));
    }

    @Override
    public long stoppedEpoch() {
        return -1L;
    }

    @Override
    public void move(ReplicaLog log, Path directory, Completion<Uuid> done) {
        MemoryLog mine = (MemoryLog) log;
        Uuid target = directoryId(directory);
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    checkServing(target);
                    mine.moveTo(target);
                    return target;
                },
                mine.loop(),
                done);
    }

    @Override
    public List<DirectoryInfo> describe() {
        List<DirectoryInfo> all = new ArrayList<>();
        directories.forEach((id, path) ->
                all.add(
                        new DirectoryInfo(
                                id,
                                path,
                                1L << 40,
                                1L << 39,
                                Optional.ofNullable(faulty.get(id)),
                                replicas(id))));
        return all;
    }

    private List<ReplicaInfo> replicas(Uuid directory) {
        List<ReplicaInfo> all = new ArrayList<>();
        for (MemoryLog log : logs.values()) {
            if (log.directoryId().equals(directory)) {
                all.add(new ReplicaInfo(log.partition(), log.sizeInBytes(), 0L, false));
            }
        }
        return all;
    }

    @Override
    public void onFailure(FailureListener listener) {
        listeners.add(listener);
    }

    @Override
    public void close(long brokerEpoch) {
        listeners.clear();
    }
}
