package io.sluice.storage;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.LogStore.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which directory each log lies in, and the life of its folder: found at the start or made, and in
 * the end set aside under a name that is no log's, so that the name is free at once and the files
 * go later. Folders of one directory come and go under its lock ({@link LogDirectory#folders}).
 * Blocks, but for {@link #moved}; for maintenance threads.
 */
final class LogPlacement {

    private static final Logger LOG = LoggerFactory.getLogger(LogPlacement.class);

    private final LogDirectories store;
    private final Disk disk;
    private final Supplier<Uuid> identities;
    private final Map<TopicPartition, LogDirectory> found = new ConcurrentSkipListMap<>();

    /** Opened, or about to be: no strays. */
    private final Set<TopicPartition> claimed = ConcurrentHashMap.newKeySet();

    /** The slots of logs that could not be opened, because of what is in them. */
    private final Map<TopicPartition, DurableEnds.Slot> damaged = new ConcurrentSkipListMap<>();

    private final UnfinishedMoves unfinished = new UnfinishedMoves();

    /**
     * @param identities names that no folder has had
     */
    LogPlacement(LogDirectories store, Supplier<Uuid> identities) {
        this.store = store;
        this.disk = store.disk();
        this.identities = identities;
    }

    /** Takes down which logs lie in the directory. */
    void find(LogDirectory directory) throws IOException {
        for (Path path : disk.list(directory.path())) {
            String name = path.getFileName().toString();
            if (!disk.isDirectory(path) || unfinished.note(path, directory)) {
                continue;
            }
            if (LogFolder.isLeftover(name)) {
                deleteLater(path, directory);
                continue;
            }
            Optional<TopicPartition> partition = LogFolder.partitionOf(name);
            if (partition.isPresent()) {
                found(partition.get(), directory);
            }
        }
    }

    private void found(TopicPartition partition, LogDirectory directory) throws IOException {
        LogDirectory other = found.putIfAbsent(partition, directory);
        if (other == null) {
            directory.logs().incrementAndGet();
        } else {
            keepOne(partition, other, directory);
        }
    }

    /**
     * A move was cut short between the name in one directory and the end of it in the other. The
     * one that knows more to be on stable storage has gone on since.
     */
    private void keepOne(TopicPartition partition, LogDirectory first, LogDirectory second)
            throws IOException {
        boolean keepsFirst = durableEnd(partition, first) >= durableEnd(partition, second);
        LogDirectory kept = keepsFirst ? first : second;
        LogDirectory other = keepsFirst ? second : first;
        if (!keepsFirst) {
            found.put(partition, second);
            first.logs().decrementAndGet();
            second.logs().incrementAndGet();
        }
        Path path = folder(partition, other);
        LOG.warn("{}: a move was cut short; the copy in {} is kept", path, kept.path());
        disk.syncDirectory(kept.path()); // its name may be in the system's memory alone
        LogFolder.setAside(disk, path, identities.get());
    }

    private long durableEnd(TopicPartition partition, LogDirectory directory) throws IOException {
        Uuid topicId = LogFolder.topicId(disk, folder(partition, directory));
        return directory.durableEnds().told(topicId, partition.partition());
    }

    /**
     * Where a log lies, or is to lie if there is none.
     *
     * @param wanted the directory for a new one; {@link Uuid#ZERO} for the one with the fewest logs
     */
    synchronized LogDirectory place(TopicPartition partition, Uuid wanted) throws IOException {
        LogDirectory lies = found.get(partition);
        if (lies != null) {
            return lies;
        }
        LogDirectory best = wanted.equals(Uuid.ZERO) ? null : byId(wanted);
        if (best == null) {
            best = emptiest();
        }
        found.put(partition, best);
        best.logs().incrementAndGet();
        return best;
    }

    /** Null if no directory has the id, and none can have it. */
    private @Nullable LogDirectory byId(Uuid wanted) throws IOException {
        for (LogDirectory directory : store.directories()) {
            if (directory.id().equals(wanted)) {
                return directory;
            }
        }
        for (LogDirectory directory : store.directories()) {
            if (directory.id().equals(Uuid.ZERO)) {
                throw new IOException(
                        "its log may lie in %s, which has failed".formatted(directory.path()));
            }
        }
        LOG.warn("no log directory has the id {} any more: another one is used", wanted);
        return null;
    }

    private LogDirectory emptiest() throws IOException {
        LogDirectory best = null;
        for (LogDirectory directory : store.directories()) {
            boolean fewer = best == null || directory.logs().get() < best.logs().get();
            if (directory.isServing() && fewer) {
                best = directory;
            }
        }
        if (best == null) {
            throw new IOException("no log directory serves");
        }
        return best;
    }

    static Path folder(TopicPartition partition, LogDirectory directory) {
        return directory.path().resolve(partition.toString());
    }

    /** The log is about to be opened. It may have been given back as a stray since it was found. */
    DurableEnds.Slot claim(TopicPartition partition, Uuid topicId, LogDirectory directory)
            throws IOException {
        synchronized (directory.folders()) {
            claimed.add(partition);
            if (found.putIfAbsent(partition, directory) == null) {
                directory.logs().incrementAndGet();
            }
            return directory.durableEnds().claim(topicId, partition.partition());
        }
    }

    /** From now on there is a folder of that topic. */
    void prepare(
            TopicPartition partition, Uuid topicId, LogDirectory directory, DurableEnds.Slot slot)
            throws IOException {
        Path path = folder(partition, directory);
        synchronized (directory.folders()) {
            if (LogFolder.belongsTo(disk, path, topicId, slot.end())) {
                return;
            }
            if (disk.isDirectory(path)) {
                // Of a topic of that name that was deleted while this directory was away.
                setAside(path, directory);
            }
            directory.forgetDurably(partition);
            LogFolder.create(disk, path, topicId);
        }
    }

    /** The log cannot be opened, because of what is in it. */
    void damaged(TopicPartition partition, DurableEnds.Slot slot) {
        damaged.put(partition, slot);
    }

    /** A log that was deleted leaves. */
    void leave(PartitionLog deleted) throws IOException {
        LogDirectory directory = deleted.directory();
        deleted.flusher().slot().release();
        Path aside;
        synchronized (directory.folders()) {
            aside = LogFolder.setAside(disk, deleted.path(), identities.get());
            forget(deleted.partition(), directory);
        }
        deleteLater(aside, directory);
    }

    /** What is damaged goes, wherever it lies; what is told of it, too. */
    void discard(TopicPartition partition, Uuid topicId) throws IOException {
        for (LogDirectory directory : store.directories()) {
            if (directory.isServing()) {
                discard(partition, topicId, directory);
            }
        }
    }

    private void discard(TopicPartition partition, Uuid topicId, LogDirectory directory)
            throws IOException {
        Path path = folder(partition, directory);
        synchronized (directory.folders()) {
            if (disk.isDirectory(path)) {
                LOG.warn("{} goes: it is damaged, and other replicas have all of it", path);
                setAside(path, directory);
            }
        }
        if (found.get(partition) == directory) {
            forget(partition, directory);
            DurableEnds.Slot slot = damaged.remove(partition);
            if (slot != null) {
                slot.release();
            }
        }
        if (directory.durableEnds().told(topicId, partition.partition()) >= 0) {
            directory.durableEnds().claim(topicId, partition.partition()).release();
        }
    }

    /** Deletes what no replica of this broker is, later. Does not block. */
    void deleteStrays(Set<Replica> wanted) {
        found.forEach((partition, directory) ->
                store.background(() -> deleteStray(directory, partition, wanted), directory));
        unfinished.keepOnly(wanted, store);
        for (LogDirectory directory : store.directories()) {
            if (directory.isServing()) {
                store.background(() -> directory.durableEnds().keepOnly(wanted), directory);
            }
        }
    }

    private void deleteStray(LogDirectory directory, TopicPartition partition, Set<Replica> wanted)
            throws IOException {
        Path path = folder(partition, directory);
        Path aside;
        synchronized (directory.folders()) {
            Uuid topicId = LogFolder.topicId(disk, path);
            if (topicId.equals(Uuid.ZERO)
                    || wanted.contains(new Replica(topicId, partition.partition()))
                    || claimed.contains(partition)) {
                return;
            }
            LOG.info("{}: this broker has no such replica of topic {}: it goes", path, topicId);
            directory.durableEnds().giveBack(new Replica(topicId, partition.partition()));
            aside = LogFolder.setAside(disk, path, identities.get());
            forget(partition, directory);
        }
        LogFolder.delete(disk, aside);
    }

    private void setAside(Path path, LogDirectory directory) throws IOException {
        deleteLater(LogFolder.setAside(disk, path, identities.get()), directory);
    }

    private void deleteLater(Path path, LogDirectory directory) {
        store.background(() -> LogFolder.delete(disk, path), directory);
    }

    private void forget(TopicPartition partition, LogDirectory directory) {
        claimed.remove(partition);
        if (found.remove(partition, directory)) {
            directory.forget(partition);
            directory.logs().decrementAndGet();
        }
    }

    /** Where a move of the log was to go that a stop or a crash cut short. Does not block. */
    Optional<Path> unfinishedMove(PartitionLog log) {
        Optional<UnfinishedMoves.Copy> copy = unfinished.take(log);
        // The move that begins anew deletes its copy itself.
        copy.filter(one -> one.directory() == log.directory())
                .ifPresent(one -> UnfinishedMoves.delete(one, store));
        return copy.filter(one -> one.directory() != log.directory())
                .map(one -> one.directory().path());
    }

    /** The log lies in another directory now. */
    void moved(PartitionLog log, LogDirectory from, LogDirectory to) {
        found.put(log.partition(), to);
        from.forget(log.partition());
        from.logs().decrementAndGet();
        to.logs().incrementAndGet();
    }
}
