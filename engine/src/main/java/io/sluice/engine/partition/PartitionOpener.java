package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.DamagedLogException;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.HostedPartition.Stage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the logs of hosted partitions, a bounded number at once, and removes those that are not
 * wanted any more. Owned by the home loop of {@link PartitionLifecycle}.
 *
 * <p>A topic that is deleted and made again under its name is opened only when the old log is out
 * of the way.
 */
final class PartitionOpener {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionOpener.class);

    /** Who hears of logs that are open. */
    interface Listener {

        /** On the home loop: it is to be given its role. */
        void opened(HostedPartition one, PartitionHost host);

        /** On the partition's loop: it has its role, and clients can find it. */
        void serving(HostedPartition one, PartitionHost host);

        /** On the home loop: its log is damaged, and it is offline. */
        void damaged(HostedPartition one);
    }

    private final EventLoop home;
    private final List<EventLoop> loops;
    private final LogStore store;
    private final PartitionDirectory directory;
    private final List<PartitionSurroundings> surroundings;
    private final int maxOpening;
    private final Listener listener;

    /** Deleted, and not yet out of the way on disk. */
    private final Map<TopicPartition, HostedPartition> leaving = new HashMap<>();

    /** Made again under a name that is leaving. */
    private final Map<TopicPartition, HostedPartition> blocked = new HashMap<>();

    private final Deque<HostedPartition> toOpen = new ArrayDeque<>();
    private final List<Runnable> whenAllOpen = new ArrayList<>();
    private final List<Runnable> whenStill = new ArrayList<>();
    private int opening;
    private boolean closing;

    /**
     * @param surroundings of a partition, for each of the loops
     * @param maxOpening logs opened at once
     */
    PartitionOpener(
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            PartitionDirectory directory,
            List<PartitionSurroundings> surroundings,
            int maxOpening,
            Listener listener) {
        this.home = home;
        this.loops = loops;
        this.store = store;
        this.directory = directory;
        this.surroundings = surroundings;
        this.maxOpening = maxOpening;
        this.listener = listener;
    }

    /** Is to be opened, at the next {@link #openMore}. */
    void add(HostedPartition one) {
        toOpen.addLast(one);
    }

    /** Is run once nothing waits to be opened; from inside {@link #openMore}. */
    void whenAllOpen(Runnable task) {
        whenAllOpen.add(task);
    }

    /**
     * Begins to open nothing more.
     *
     * @param still run once nothing is being opened
     */
    void close(Runnable still) {
        closing = true;
        toOpen.clear();
        whenStill.add(still);
        tellStill();
    }

    private void tellStill() {
        if (opening == 0) {
            runAll(whenStill);
        }
    }

    private static void runAll(List<Runnable> tasks) {
        List<Runnable> waiting = List.copyOf(tasks);
        tasks.clear();
        waiting.forEach(Runnable::run);
    }

    void openMore() {
        while (opening < maxOpening && !toOpen.isEmpty()) {
            HostedPartition one = toOpen.removeFirst();
            HostedPartition old = leaving.get(one.name);
            if (one.deleted && old != one) {
                continue; // made again and deleted again while the first was leaving
            }
            if (old != null && old != one) {
                blocked.put(one.name, one);
            } else {
                open(one);
            }
        }
        if (opening == 0 && toOpen.isEmpty()) {
            runAll(whenAllOpen);
        }
    }

    private void open(HostedPartition one) {
        opening++;
        one.stage = Stage.OPENING;
        if (one.discards) {
            one.discards = false;
            store.discard(one.name, one.topicId, home, discarded(one));
        } else {
            openLog(one);
        }
    }

    private Completion<Uuid> discarded(HostedPartition one) {
        return Completion.of(topicId -> openLog(one), fault -> openFailed(one, fault));
    }

    private void openLog(HostedPartition one) {
        TopicConfig config = one.config;
        EventLoop loop = loops.get(one.loop);
        store.open(
                one.name,
                one.topicId,
                one.directory.equals(PartitionImage.LOST_DIRECTORY) ? Uuid.ZERO : one.directory,
                config,
                loop,
                Completion.of(
                        log -> {
                            PartitionHost host =
                                    new PartitionHost(
                                            loop, log, config, surroundings.get(one.loop));
                            log.onStartMoved(host::startMoved);
                            home.execute(() -> opened(one, host, config));
                        },
                        fault -> home.execute(() -> openFailed(one, fault))));
    }

    private void opened(HostedPartition one, PartitionHost host, TopicConfig openedWith) {
        one.stage = Stage.OPEN;
        one.host = host;
        if (one.deleted) {
            drop(one, host);
            doneOpening();
            return;
        }
        TopicConfig config = one.config;
        EventLoop loop = loops.get(one.loop);
        if (!config.equals(openedWith)) {
            loop.execute(() -> host.reconfigure(config));
        }
        listener.opened(one, host);
        // Known to clients only once it has its role: its loop runs tasks in order.
        loop.execute(() -> {
            directory.add(host);
            listener.serving(one, host);
            home.execute(this::doneOpening);
        });
    }

    private void openFailed(HostedPartition one, IOException fault) {
        LOG.error("partition {} is offline: {}", one.name, fault.getMessage(), fault);
        one.stage = Stage.OFFLINE;
        if (one.deleted) {
            left(one);
        } else {
            OfflinePartition offline =
                    new OfflinePartition(loops.get(one.loop), one.name, one.topicId, one.config);
            one.offline = offline;
            directory.add(offline);
            one.damaged = fault instanceof DamagedLogException;
            if (one.damaged) {
                listener.damaged(one);
            }
        }
        doneOpening();
    }

    private void doneOpening() {
        opening--;
        if (closing) {
            tellStill();
        }
        openMore();
    }

    /** The replica is not wanted here any more: it goes, and what it holds. */
    void leave(HostedPartition one) {
        TopicPartition name = one.name;
        one.deleted = true;
        if (leaving.containsKey(name)) {
            blocked.remove(name); // never opened: nothing of it is on disk
            return;
        }
        leaving.put(name, one);
        switch (one.stage) {
            case QUEUED, OPENING -> {} // dropped once it is open
            case OPEN -> {
                PartitionHost host = one.host;
                if (host != null) {
                    drop(one, host);
                }
            }
            case OFFLINE -> {
                OfflinePartition offline = one.offline;
                if (offline != null) {
                    directory.remove(offline);
                }
                left(one);
            }
        }
    }

    private void drop(HostedPartition one, PartitionHost host) {
        loops.get(one.loop)
                .execute(() -> {
                    directory.remove(host);
                    host.close(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                    store.delete(host.log(), deletion(one));
                });
    }

    private Completion<Uuid> deletion(HostedPartition one) {
        return Completion.of(
                topicId -> home.execute(() -> left(one)),
                fault -> {
                    LOG.warn("the log of {} is not deleted yet: {}", one.name, fault.getMessage());
                    home.execute(() -> left(one));
                });
    }

    private void left(HostedPartition one) {
        leaving.remove(one.name, one);
        HostedPartition next = blocked.remove(one.name);
        if (next != null && !closing) {
            toOpen.addLast(next);
            openMore();
        }
    }
}
