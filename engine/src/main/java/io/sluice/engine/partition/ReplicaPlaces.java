package io.sluice.engine.partition;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which log directory the replicas of this broker lie: they are moved between them, and the
 * image is told, so that each is found where it is after a restart (KIP-113, KIP-858). Owned by the
 * home loop of {@link PartitionLifecycle}.
 */
final class ReplicaPlaces {

    /** After which a report that was refused or lost is made again; longer from time to time. */
    private static final long REPORT_AGAIN_MS = 1_000;

    private static final long MAX_REPORT_AGAIN_MS = 30_000;

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaPlaces.class);

    private final int brokerId;
    private final EventLoop home;
    private final List<EventLoop> loops;
    private final LogStore store;
    private final Metadata metadata;
    private final SortedMap<TopicPartition, HostedPartition> unreported = new TreeMap<>();
    private long againMs = REPORT_AGAIN_MS;
    private boolean closed;

    ReplicaPlaces(
            int brokerId,
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            Metadata metadata) {
        this.brokerId = brokerId;
        this.home = home;
        this.loops = loops;
        this.store = store;
        this.metadata = metadata;
    }

    /** Tells nothing any more. */
    void close() {
        closed = true;
    }

    /** It is not here any more. */
    void forget(TopicPartition name) {
        unreported.remove(name);
    }

    /** It was opened: a move that a restart cut short goes on. On the partition's loop. */
    void opened(HostedPartition one, PartitionHost host) {
        Uuid lies = host.log().directoryId();
        store.unfinishedMove(host.log())
                .ifPresent(target -> store.move(host.log(), target, moved(one)));
        home.execute(() -> report(one, lies));
    }

    private void report(HostedPartition one, Uuid lies) {
        one.lies = lies;
        if (closed || one.deleted || lies.equals(one.directory)) {
            return;
        }
        unreported.put(one.name, one);
        if (unreported.size() == 1) {
            home.post(this::sendReports);
        }
    }

    private void sendReports() {
        SortedMap<TopicPartition, HostedPartition> told = new TreeMap<>(unreported);
        unreported.clear();
        SortedMap<TopicPartition, Uuid> directories = new TreeMap<>();
        told.forEach((name, one) -> directories.put(name, one.lies));
        metadata.submit(
                new ControllerCommand.AssignDirectories(brokerId, directories),
                home,
                reply -> {
                    if (reply.outcomes().stream().anyMatch(o -> o.error() != ErrorCode.NONE)) {
                        home.schedule(againMs, () -> reportAgain(told));
                        againMs = Math.min(2 * againMs, MAX_REPORT_AGAIN_MS);
                    } else {
                        againMs = REPORT_AGAIN_MS;
                    }
                });
    }

    /** What became of the report is not known; a replica that the image misplaces never leads. */
    private void reportAgain(SortedMap<TopicPartition, HostedPartition> told) {
        if (closed) {
            return;
        }
        told.forEach((name, one) -> {
            if (!one.deleted && !one.lies.equals(one.directory)) {
                unreported.putIfAbsent(name, one);
            }
        });
        if (!unreported.isEmpty()) {
            sendReports();
        }
    }

    /** The directory of that path. */
    LogStore.@Nullable DirectoryInfo directoryAt(Path path) {
        for (LogStore.DirectoryInfo info : store.describe()) {
            if (info.path().equals(path)) {
                return info;
            }
        }
        return null;
    }

    /** Moves it while it serves. */
    void move(
            HostedPartition one,
            PartitionHost host,
            LogStore.DirectoryInfo into,
            Consumer<ErrorCode> reply) {
        loops.get(one.loop)
                .execute(() -> {
                    ErrorCode refusal = host.refusal();
                    if (refusal == ErrorCode.NONE && !host.log().directoryId().equals(into.id())) {
                        store.move(host.log(), into.path(), moved(one));
                    }
                    reply.accept(refusal);
                });
    }

    private Completion<Uuid> moved(HostedPartition one) {
        return Completion.of(
                now -> home.execute(() -> report(one, now)),
                fault -> LOG.warn("{} was not moved: {}", one.name, fault.getMessage()));
    }
}
