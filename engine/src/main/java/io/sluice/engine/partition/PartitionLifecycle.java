package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the partitions of this broker follow the cluster image: opens, leads, reconfigures and
 * deletes. Owned by the metadata's loop; a partition's own loop is told by a task.
 */
public final class PartitionLifecycle {

    /** Logs opened at once: enough to keep the I/O threads busy, and no more. */
    private static final int MAX_OPENING = 64;

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLifecycle.class);

    private final int brokerId;
    private final EventLoop home;
    private final List<EventLoop> loops;
    private final LogStore store;
    private final Metadata metadata;
    private final BiFunction<TopicImage, ClusterImage, TopicConfig> configs;
    private final PartitionDirectory directory = new PartitionDirectory();
    private final Map<TopicPartition, Hosted> hosted = new HashMap<>();
    private final Deque<Hosted> toOpen = new ArrayDeque<>();
    private final Map<EventLoop, Integer> load = new HashMap<>();
    private final List<Runnable> whenAllOpen = new ArrayList<>();
    private final Map<TopicPartition, Uuid> pendingDirectories = new TreeMap<>();
    private int opening;

    /** What this broker means to host, from the image to the open log. Owned by the home loop. */
    private static final class Hosted {
        private final TopicPartition name;
        private final Uuid topicId;
        private final EventLoop loop;
        private Uuid directory;
        private int leaderEpoch;
        private boolean leads;
        private TopicConfig config;
        private boolean deleted;
        private Optional<PartitionHost> host = Optional.empty();

        Hosted(TopicPartition name, Uuid topicId, EventLoop loop, TopicConfig config) {
            this.name = name;
            this.topicId = topicId;
            this.loop = loop;
            this.config = config;
            this.directory = Uuid.ZERO;
        }
    }

    /**
     * @param home the metadata's loop
     * @param loops those that own partitions
     * @param configs the settings of a topic as they are in force
     */
    public PartitionLifecycle(
            int brokerId,
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            Metadata metadata,
            BiFunction<TopicImage, ClusterImage, TopicConfig> configs) {
        this.brokerId = brokerId;
        this.home = home;
        this.loops = List.copyOf(loops);
        this.store = store;
        this.metadata = metadata;
        this.configs = configs;
        loops.forEach(loop -> load.put(loop, 0));
        store.onFailure(
                (id, path, cause) -> home.execute(() -> directoryFailed(id)));
    }

    /** The partitions, for the doors. */
    public Partitions partitions() {
        return directory;
    }

    /**
     * Begins to follow the image.
     *
     * @param ready run on the home loop once every partition of the first image is open, or has
     *     failed to open
     */
    public void start(Runnable ready) {
        home.execute(
                () -> {
                    store.deleteStrays(List.copyOf(metadata.image().topicsById().keySet()));
                    metadata.subscribe(this::imageChanged);
                    whenAllOpen.add(ready);
                    openMore();
                });
    }

    private void imageChanged(ClusterImage before, ClusterImage after) {
        boolean settingsChanged = before.brokerConfigs() != after.brokerConfigs();
        for (TopicImage topic : after.topics().values()) {
            TopicImage old = before.topicsById().get(topic.id());
            if (old != topic || settingsChanged) {
                topicChanged(topic, after);
            }
        }
        for (TopicImage topic : before.topics().values()) {
            if (!after.topicsById().containsKey(topic.id())) {
                topicDeleted(topic);
            }
        }
        openMore();
    }

    private void topicChanged(TopicImage topic, ClusterImage image) {
        TopicConfig config = configs.apply(topic, image);
        for (PartitionImage partition : topic.partitions()) {
            int index = partition.replicas().indexOf(brokerId);
            if (index < 0) {
                continue;
            }
            TopicPartition name = new TopicPartition(topic.name(), partition.partition());
            Hosted one = hosted.get(name);
            if (one == null || !one.topicId.equals(topic.id())) {
                one = new Hosted(name, topic.id(), leastLoaded(), config);
                hosted.put(name, one);
                toOpen.addLast(one);
            }
            one.directory = partition.directories().get(index);
            follow(one, partition, config);
        }
    }

    /** Brings one partition to what the image says; what is not open yet is brought there later. */
    private void follow(Hosted one, PartitionImage image, TopicConfig config) {
        boolean leads = image.leader() == brokerId;
        boolean epochChanged = one.leaderEpoch != image.leaderEpoch() || one.leads != leads;
        boolean configChanged = !one.config.equals(config);
        one.leaderEpoch = image.leaderEpoch();
        one.leads = leads;
        one.config = config;
        one.host.ifPresent(
                host -> {
                    if (configChanged) {
                        one.loop.execute(() -> host.reconfigure(config));
                    }
                    if (epochChanged) {
                        lead(one, host);
                    }
                });
    }

    private static void lead(Hosted one, PartitionHost host) {
        int epoch = one.leaderEpoch;
        boolean leads = one.leads;
        one.loop.execute(
                () -> {
                    if (leads) {
                        host.becomeLeader(epoch);
                    } else {
                        host.resign(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                    }
                });
    }

    private EventLoop leastLoaded() {
        EventLoop least = loops.getFirst();
        for (EventLoop loop : loops) {
            if (load.getOrDefault(loop, 0) < load.getOrDefault(least, 0)) {
                least = loop;
            }
        }
        load.merge(least, 1, Integer::sum);
        return least;
    }

    private void openMore() {
        while (opening < MAX_OPENING && !toOpen.isEmpty()) {
            Hosted one = toOpen.removeFirst();
            if (!one.deleted) {
                open(one);
            }
        }
        if (opening == 0 && toOpen.isEmpty()) {
            List<Runnable> waiting = List.copyOf(whenAllOpen);
            whenAllOpen.clear();
            waiting.forEach(Runnable::run);
        }
    }

    private void open(Hosted one) {
        opening++;
        store.open(
                one.name,
                one.topicId,
                one.directory,
                one.config,
                one.loop,
                new Completion<>() {
                    @Override
                    public void succeeded(ReplicaLog log) {
                        PartitionHost host = new PartitionHost(one.loop, log, one.config);
                        log.onStartMoved(host::startMoved);
                        home.execute(() -> opened(one, host));
                    }

                    @Override
                    public void failed(IOException fault) {
                        LOG.error("partition {} is offline: {}", one.name, fault.getMessage());
                        home.execute(
                                () -> {
                                    opening--;
                                    openMore();
                                });
                    }
                });
    }

    private void opened(Hosted one, PartitionHost host) {
        opening--;
        one.host = Optional.of(host);
        if (one.deleted) {
            drop(one, host);
        } else {
            TopicConfig config = one.config;
            one.loop.execute(() -> host.reconfigure(config));
            lead(one, host);
            // Known to clients only once it leads: its loop runs tasks in order.
            one.loop.execute(
                    () -> {
                        directory.add(host);
                        home.execute(() -> reportDirectory(one, host));
                    });
        }
        openMore();
    }

    /** The image must know where a replica lies, so that it is found there after a restart. */
    private void reportDirectory(Hosted one, PartitionHost host) {
        Uuid lies = host.log().directoryId();
        if (one.deleted || lies.equals(one.directory)) {
            return;
        }
        one.directory = lies;
        pendingDirectories.put(one.name, lies);
        if (pendingDirectories.size() == 1) {
            home.post(this::sendDirectories);
        }
    }

    private void sendDirectories() {
        metadata.submit(
                new ControllerCommand.AssignDirectories(
                        brokerId, new TreeMap<>(pendingDirectories)),
                home,
                reply -> {});
        pendingDirectories.clear();
    }

    private void topicDeleted(TopicImage topic) {
        for (PartitionImage partition : topic.partitions()) {
            TopicPartition name = new TopicPartition(topic.name(), partition.partition());
            Hosted one = hosted.get(name);
            if (one != null && one.topicId.equals(topic.id())) {
                hosted.remove(name);
                one.deleted = true;
                load.merge(one.loop, -1, Integer::sum);
                one.host.ifPresent(host -> drop(one, host));
            }
        }
    }

    private void drop(Hosted one, PartitionHost host) {
        directory.remove(host);
        one.loop.execute(
                () -> {
                    host.resign(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                    store.delete(
                            host.log(),
                            new Completion<>() {
                                @Override
                                public void succeeded(Uuid topicId) {
                                    LOG.debug("{} deleted", one.name);
                                }

                                @Override
                                public void failed(IOException fault) {
                                    LOG.warn("{} is not deleted yet: {}", one.name, fault.getMessage());
                                }
                            });
                });
    }

    private void directoryFailed(Uuid id) {
        for (Hosted one : hosted.values()) {
            one.host.ifPresent(
                    host ->
                            one.loop.execute(
                                    () -> {
                                        if (host.log().directoryId().equals(id)) {
                                            host.diskFailed();
                                        }
                                    }));
        }
    }

    /**
     * Moves a replica into another log directory while it serves (KIP-113).
     *
     * @param reply NONE once the move has begun; called on any loop
     */
    public void move(TopicPartition name, Path target, Consumer<ErrorCode> reply) {
        home.execute(
                () -> {
                    Hosted one = hosted.get(name);
                    if (one == null || one.host.isEmpty()) {
                        reply.accept(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                        return;
                    }
                    PartitionHost host = one.host.get();
                    boolean known =
                            store.describe().stream()
                                    .anyMatch(
                                            info ->
                                                    info.path().equals(target)
                                                            && info.fault().isEmpty());
                    if (!known) {
                        reply.accept(ErrorCode.LOG_DIR_NOT_FOUND);
                        return;
                    }
                    reply.accept(ErrorCode.NONE);
                    one.loop.execute(() -> store.move(host.log(), target, moved(one, host)));
                });
    }

    private Completion<Uuid> moved(Hosted one, PartitionHost host) {
        return new Completion<>() {
            @Override
            public void succeeded(Uuid now) {
                home.execute(() -> reportDirectory(one, host));
            }

            @Override
            public void failed(IOException fault) {
                LOG.warn("{} was not moved: {}", one.name, fault.getMessage());
            }
        };
    }
}
