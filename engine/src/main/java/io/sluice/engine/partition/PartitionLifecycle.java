package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.engine.log.DamagedLogException;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.HostedPartition.Stage;
import io.sluice.engine.replication.ReplicaFetchers;
import io.sluice.engine.replication.Replication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the partitions of this broker follow the cluster image: opens, leads, reconfigures and
 * deletes. Its state is owned by the metadata's loop ("home"); a partition's own loop is told by a
 * task, and the tasks for one partition run in the order they were sent.
 *
 * <p>A topic that is deleted and made again under its name is opened only when the old log is out
 * of the way.
 */
public final class PartitionLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLifecycle.class);

    /** After which a report of directories that was refused or lost is made again. */
    private static final long REPORT_AGAIN_MS = 1_000;

    /**
     * @param maxOpening logs opened at once: enough to keep the I/O threads busy, and no more
     * @param producerExpirationMs a producer silent for longer is forgotten
     *     (producer.id.expiration.ms)
     * @param producerCheckIntervalMs how often that is looked at
     */
    public record Settings(
            int maxOpening, long producerExpirationMs, long producerCheckIntervalMs) {

        public static final Settings DEFAULT = new Settings(64, 86_400_000L, 600_000L);
    }

    private final int brokerId;
    private final EventLoop home;
    private final List<EventLoop> loops;
    private final LogStore store;
    private final Metadata metadata;
    private final BiFunction<TopicImage, ClusterImage, TopicConfig> configs;
    private final Settings settings;
    private final List<PartitionHost.Surroundings> surroundings = new ArrayList<>();
    private final PartitionDirectory directory = new PartitionDirectory();
    private final SortedMap<TopicPartition, HostedPartition> hosted = new TreeMap<>();

    /** Deleted, and not yet out of the way on disk. */
    private final Map<TopicPartition, HostedPartition> leaving = new HashMap<>();

    /** Made again under a name that is leaving. */
    private final Map<TopicPartition, HostedPartition> blocked = new HashMap<>();

    private final Deque<HostedPartition> toOpen = new ArrayDeque<>();
    private final List<Runnable> whenAllOpen = new ArrayList<>();
    private final List<Consumer<Partition>> onServing = new CopyOnWriteArrayList<>();
    private final List<Runnable> whenClosed = new ArrayList<>();
    private final SortedMap<TopicPartition, Uuid> unreported = new TreeMap<>();
    private final int[] load;
    private ClusterImage seen = ClusterImage.EMPTY;
    private final DamageReports damage;
    private int opening;
    private boolean closing;
    private EventLoop.@Nullable Timer producerCheck;

    /**
     * @param home the metadata's loop
     * @param loops those that own partitions; each new partition goes to the one with the fewest
     * @param configs the settings of a topic as they are in force
     * @param replication how replicas here follow leaders elsewhere
     */
    public PartitionLifecycle(
            int brokerId,
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            Metadata metadata,
            BiFunction<TopicImage, ClusterImage, TopicConfig> configs,
            Settings settings,
            Replication replication) {
        this.brokerId = brokerId;
        this.home = home;
        this.loops = List.copyOf(loops);
        this.store = store;
        this.metadata = metadata;
        this.configs = configs;
        this.settings = settings;
        this.load = new int[loops.size()];
        this.damage = new DamageReports(brokerId, home, metadata, this::isDamaged);
        IsrProposals proposals = new IsrProposals(home, metadata, replication.identity());
        for (EventLoop loop : loops) {
            surroundings.add(
                    new PartitionHost.Surroundings(
                            brokerId,
                            new ReplicaFetchers(replication, loop),
                            proposals,
                            damage::report,
                            replication.lagMaxMs(),
                            replication.throttle(),
                            new Traffic()));
        }
        store.onFailure((id, path, cause) -> home.execute(() -> directoryFailed(id)));
    }

    /** Of a broker that is alone. */
    public PartitionLifecycle(
            int brokerId,
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            Metadata metadata,
            BiFunction<TopicImage, ClusterImage, TopicConfig> configs,
            Settings settings) {
        this(
                brokerId,
                home,
                loops,
                store,
                metadata,
                configs,
                settings,
                Replication.alone(brokerId));
    }

    /** With {@link Settings#DEFAULT}. */
    public PartitionLifecycle(
            int brokerId,
            EventLoop home,
            List<EventLoop> loops,
            LogStore store,
            Metadata metadata,
            BiFunction<TopicImage, ClusterImage, TopicConfig> configs) {
        this(brokerId, home, loops, store, metadata, configs, Settings.DEFAULT);
    }

    /** Tells of the partitions and what goes through them. */
    public MetricSource metrics() {
        return new PartitionMetrics(directory, loops, List.copyOf(surroundings));
    }

    /** The partitions, for the doors. */
    public Partitions partitions() {
        return directory;
    }

    /**
     * Hears of every partition that can be used from now on, on its own loop. To be called before
     * {@link #start}, or partitions are missed.
     */
    public void onServing(Consumer<Partition> listener) {
        onServing.add(listener);
    }

    /**
     * Begins to follow the image. To be called once the metadata log is replayed: what lies on disk
     * for topics unknown then is deleted.
     *
     * @param ready run on the home loop once every partition of the first image is open and known
     *     to {@link #partitions()}, or has failed to open
     */
    public void start(Runnable ready) {
        home.execute(() -> {
            ClusterImage now = metadata.image();
            store.deleteStrays(List.copyOf(now.topicsById().keySet()));
            imageChanged(now);
            whenAllOpen.add(ready);
            openMore();
            metadata.subscribe((before, after) -> home.execute(() -> imageChanged(after)));
            scheduleProducerCheck();
        });
    }

    /**
     * Stops following, and lets every partition resign: what waits there is answered. The store is
     * closed by its owner afterwards.
     *
     * @param done run on the home loop once no partition touches its log any more
     */
    public void close(Runnable done) {
        home.execute(() -> {
            closing = true;
            toOpen.clear();
            if (producerCheck != null) {
                producerCheck.cancel();
            }
            whenClosed.add(done);
            if (opening == 0) {
                closeAll();
            }
        });
    }

    private void closeAll() {
        for (HostedPartition one : hosted.values()) {
            PartitionHost host = one.host;
            if (host != null) {
                loops.get(one.loop).execute(() -> host.close(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            }
        }
        int[] remaining = {loops.size()};
        for (EventLoop loop : loops) {
            loop.execute(() -> home.execute(() -> loopClosed(remaining)));
        }
    }

    private void loopClosed(int[] remaining) {
        remaining[0]--;
        if (remaining[0] == 0) {
            List<Runnable> waiting = List.copyOf(whenClosed);
            whenClosed.clear();
            waiting.forEach(Runnable::run);
        }
    }

    private void imageChanged(ClusterImage after) {
        ClusterImage before = seen;
        if (closing || after == before || after.index() < before.index()) {
            return;
        }
        seen = after;
        for (TopicImage topic : before.topics().values()) {
            if (!after.topicsById().containsKey(topic.id())) {
                topicDeleted(topic);
            }
        }
        boolean settingsChanged = !before.brokerConfigs().equals(after.brokerConfigs());
        boolean brokersChanged = !before.brokers().equals(after.brokers());
        for (TopicImage topic : after.topics().values()) {
            boolean changed = before.topicsById().get(topic.id()) != topic;
            if (settingsChanged || brokersChanged || changed) {
                topicChanged(topic, after);
            }
        }
        openMore();
    }

    private void topicChanged(TopicImage topic, ClusterImage image) {
        TopicConfig config = configs.apply(topic, image);
        for (PartitionImage partition : topic.partitions()) {
            TopicPartition name = new TopicPartition(topic.name(), partition.partition());
            HostedPartition one = hosted.get(name);
            if (!partition.replicas().contains(brokerId)) {
                if (one != null && one.topicId.equals(topic.id())) {
                    leave(one); // its replica is elsewhere now
                }
                continue;
            }
            boolean lost = partition.isLost(brokerId);
            if (one != null && lost && !one.beginsAnew) {
                LOG.warn("{} begins anew with what others have: its log was given up", name);
                leave(one);
                one = null;
            }
            if (one == null) {
                one = new HostedPartition(name, topic.id(), leastLoaded(), config);
                one.discards = lost;
                hosted.put(name, one);
                toOpen.addLast(one);
            }
            one.beginsAnew = lost;
            one.directory = partition.directoryOf(brokerId);
            follow(one, partition, image, config);
        }
    }

    /** Brings one partition to what the image says; what is not open yet is brought there later. */
    private void follow(
            HostedPartition one, PartitionImage image, ClusterImage cluster, TopicConfig config) {
        ReplicaSet replicas = replicas(image, cluster);
        boolean leaderChanged =
                one.leaderEpoch != image.leaderEpoch() || one.leader != image.leader();
        boolean replicasChanged = !one.replicas.equals(replicas);
        boolean configChanged = !one.config.equals(config);
        List<Integer> arriving = image.byBalance() ? image.adding() : List.of();
        boolean arrivingChanged = !one.arriving.equals(arriving);
        one.leaderEpoch = image.leaderEpoch();
        one.leader = image.leader();
        one.replicas = replicas;
        one.config = config;
        one.arriving = arriving;
        PartitionHost host = one.host;
        if (host == null) {
            return;
        }
        if (configChanged) {
            loops.get(one.loop).execute(() -> host.reconfigure(config));
        }
        if (arrivingChanged) {
            loops.get(one.loop).execute(() -> host.throttle().arriving(arriving));
        }
        if (leaderChanged) {
            takeRole(one, host);
        } else if (replicasChanged && one.leader == brokerId) {
            loops.get(one.loop).execute(() -> host.replicasChanged(replicas));
        }
    }

    private ReplicaSet replicas(PartitionImage image, ClusterImage cluster) {
        List<ReplicaSet.Replica> all = new ArrayList<>(image.replicas().size());
        for (int id : image.replicas()) {
            BrokerImage broker = cluster.brokers().get(id);
            all.add(
                    broker == null
                            ? new ReplicaSet.Replica(id, ReplicaSet.Replica.NO_EPOCH, false)
                            : new ReplicaSet.Replica(id, broker.epoch(), broker.isActive()));
        }
        return new ReplicaSet(brokerId, image.partitionEpoch(), all, image.isr());
    }

    private void takeRole(HostedPartition one, PartitionHost host) {
        int epoch = one.leaderEpoch;
        int leader = one.leader;
        ReplicaSet replicas = one.replicas;
        loops.get(one.loop)
                .execute(() -> {
                    if (leader == brokerId) {
                        host.becomeLeader(epoch, replicas);
                    } else if (leader == PartitionImage.NO_LEADER) {
                        host.resign(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                    } else {
                        host.becomeFollower(leader, epoch);
                    }
                });
    }

    private int leastLoaded() {
        int least = 0;
        for (int i = 1; i < load.length; i++) {
            if (load[i] < load[least]) {
                least = i;
            }
        }
        load[least]++;
        return least;
    }

    private void openMore() {
        while (opening < settings.maxOpening && !toOpen.isEmpty()) {
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
            List<Runnable> waiting = List.copyOf(whenAllOpen);
            whenAllOpen.clear();
            waiting.forEach(Runnable::run);
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
        return new Completion<>() {
            @Override
            public void succeeded(Uuid topicId) {
                openLog(one);
            }

            @Override
            public void failed(IOException fault) {
                openFailed(one, fault);
            }
        };
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
                new Completion<>() {
                    @Override
                    public void succeeded(ReplicaLog log) {
                        PartitionHost host =
                                new PartitionHost(loop, log, config, surroundings.get(one.loop));
                        log.onStartMoved(host::startMoved);
                        home.execute(() -> opened(one, host, config));
                    }

                    @Override
                    public void failed(IOException fault) {
                        home.execute(() -> openFailed(one, fault));
                    }
                });
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
        List<Integer> arriving = one.arriving;
        loop.execute(() -> host.throttle().arriving(arriving));
        takeRole(one, host);
        // Known to clients only once it has its role: its loop runs tasks in order.
        loop.execute(() -> {
            directory.add(host);
            onServing.forEach(listener -> listener.accept(host));
            Uuid lies = host.log().directoryId();
            store.unfinishedMove(host.log())
                    .ifPresent(target -> store.move(host.log(), target, moved(one)));
            home.execute(() -> {
                reportDirectory(one, lies);
                doneOpening();
            });
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
                damage.report(one.name);
            }
        }
        doneOpening();
    }

    private void doneOpening() {
        opening--;
        if (closing && opening == 0) {
            closeAll();
        }
        openMore();
    }

    private boolean isDamaged(TopicPartition name) {
        HostedPartition one = hosted.get(name);
        return !closing && one != null && one.damaged;
    }

    /** The image must know where a replica lies, so that it is found there after a restart. */
    private void reportDirectory(HostedPartition one, Uuid lies) {
        if (closing || one.deleted || lies.equals(one.directory)) {
            return;
        }
        one.directory = lies;
        unreported.put(one.name, lies);
        if (unreported.size() == 1) {
            home.post(this::sendDirectories);
        }
    }

    private void sendDirectories() {
        SortedMap<TopicPartition, Uuid> told = new TreeMap<>(unreported);
        unreported.clear();
        metadata.submit(
                new ControllerCommand.AssignDirectories(brokerId, told),
                home,
                reply -> {
                    if (reply.outcomes().stream().anyMatch(o -> o.error() != ErrorCode.NONE)) {
                        home.schedule(REPORT_AGAIN_MS, () -> reportAgain(told));
                    }
                });
    }

    /** What became of the report is not known; a replica that the image misplaces never leads. */
    private void reportAgain(SortedMap<TopicPartition, Uuid> told) {
        told.forEach((name, directory) -> {
            HostedPartition one = hosted.get(name);
            if (one != null && one.stage == Stage.OPEN && !closing) {
                unreported.putIfAbsent(name, directory);
            }
        });
        if (!unreported.isEmpty()) {
            sendDirectories();
        }
    }

    private void topicDeleted(TopicImage topic) {
        for (PartitionImage partition : topic.partitions()) {
            TopicPartition name = new TopicPartition(topic.name(), partition.partition());
            HostedPartition one = hosted.get(name);
            if (one == null || !one.topicId.equals(topic.id())) {
                continue;
            }
            leave(one);
        }
    }

    /** The replica is not wanted here any more: it goes, and what it holds. */
    private void leave(HostedPartition one) {
        TopicPartition name = one.name;
        hosted.remove(name);
        unreported.remove(name);
        one.deleted = true;
        load[one.loop]--;
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
        return new Completion<>() {
            @Override
            public void succeeded(Uuid topicId) {
                home.execute(() -> left(one));
            }

            @Override
            public void failed(IOException fault) {
                LOG.warn("the log of {} is not deleted yet: {}", one.name, fault.getMessage());
                home.execute(() -> left(one));
            }
        };
    }

    private void left(HostedPartition one) {
        leaving.remove(one.name, one);
        HostedPartition next = blocked.remove(one.name);
        if (next != null && !closing) {
            toOpen.addLast(next);
            openMore();
        }
    }

    private void directoryFailed(Uuid id) {
        for (HostedPartition one : hosted.values()) {
            PartitionHost host = one.host;
            if (host != null) {
                loops.get(one.loop).execute(() -> host.directoryFailed(id));
            }
        }
    }

    private void scheduleProducerCheck() {
        producerCheck = home.schedule(settings.producerCheckIntervalMs, this::checkProducers);
    }

    private void checkProducers() {
        long beforeMs = home.clock().wallMs() - settings.producerExpirationMs;
        for (HostedPartition one : hosted.values()) {
            PartitionHost host = one.host;
            if (host != null) {
                loops.get(one.loop).execute(() -> host.expireProducers(beforeMs));
            }
        }
        scheduleProducerCheck();
    }

    /**
     * Moves a replica into another log directory while it serves (KIP-113). Any thread.
     *
     * @param reply NONE once the move has begun, or if it lies there already; LOG_DIR_NOT_FOUND,
     *     KAFKA_STORAGE_ERROR for a directory that failed, UNKNOWN_TOPIC_OR_PARTITION, or
     *     REPLICA_NOT_AVAILABLE when this broker does not have it open. Called on some loop.
     */
    public void move(TopicPartition name, Path target, Consumer<ErrorCode> reply) {
        home.execute(() -> {
            HostedPartition one = hosted.get(name);
            LogStore.DirectoryInfo into = directoryAt(target);
            if (into == null) {
                reply.accept(ErrorCode.LOG_DIR_NOT_FOUND);
            } else if (into.fault().isPresent()) {
                reply.accept(ErrorCode.KAFKA_STORAGE_ERROR);
            } else if (one == null) {
                reply.accept(
                        knows(seen, name)
                                ? ErrorCode.REPLICA_NOT_AVAILABLE
                                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            } else if (one.host == null) {
                reply.accept(ErrorCode.REPLICA_NOT_AVAILABLE);
            } else {
                move(one, one.host, into, reply);
            }
        });
    }

    private LogStore.@Nullable DirectoryInfo directoryAt(Path path) {
        for (LogStore.DirectoryInfo info : store.describe()) {
            if (info.path().equals(path)) {
                return info;
            }
        }
        return null;
    }

    private static boolean knows(ClusterImage image, TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic != null
                && name.partition() >= 0
                && name.partition() < topic.partitions().size();
    }

    private void move(
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
        return new Completion<>() {
            @Override
            public void succeeded(Uuid now) {
                home.execute(() -> reportDirectory(one, now));
            }

            @Override
            public void failed(IOException fault) {
                LOG.warn("{} was not moved: {}", one.name, fault.getMessage());
            }
        };
    }
}
