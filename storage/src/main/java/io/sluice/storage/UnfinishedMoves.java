package io.sluice.storage;

import io.sluice.engine.log.LogStore.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies that a stop or a crash cut short, found at the start. A copy is worth nothing by itself;
 * it tells where its log was to go, and the move begins anew when the log is open (KIP-113).
 */
final class UnfinishedMoves {

    /** A copy, and the directory it lies in. */
    record Copy(Path folder, LogDirectory directory) {}

    private final Map<Replica, Copy> copies = new ConcurrentHashMap<>();

    /** Whether the folder is such a copy, and the only one of its log. */
    boolean note(Path folder, LogDirectory directory) {
        return LogFolder.futureOf(folder.getFileName().toString())
                .map(log -> new Replica(log.topicId(), log.partition()))
                .map(key -> copies.putIfAbsent(key, new Copy(folder, directory)) == null)
                .orElse(false);
    }

    /** The copy of that log, which is the caller's from now on. */
    Optional<Copy> take(PartitionLog log) {
        return Optional.ofNullable(
                copies.remove(new Replica(log.topicId(), log.partition().partition())));
    }

    /** Deletes those of other replicas. */
    void keepOnly(Set<Replica> wanted, LogDirectories store) {
        copies.forEach((key, copy) -> {
            if (!wanted.contains(key) && copies.remove(key, copy)) {
                delete(copy, store);
            }
        });
    }

    static void delete(Copy copy, LogDirectories store) {
        store.background(() -> deleteIfThere(copy, store), copy.directory());
    }

    private static void deleteIfThere(Copy copy, LogDirectories store) throws IOException {
        if (store.disk().isDirectory(copy.folder())) {
            LogFolder.delete(store.disk(), copy.folder());
        }
    }
}
