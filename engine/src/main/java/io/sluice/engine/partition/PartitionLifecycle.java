package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.replication.ReplicaFetchers;
import io.sluice.engine.replication.Replication;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * task, and the tasks for one partition run in the order they were sent. Opening and removing logs
 * is the work of {@link PartitionOpener}, where they lie that of {@link ReplicaPlaces}.
 */
public final class PartitionLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionLifecycle.class);

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
    private final List<PartitionSurroundings> surroundings = new ArrayList<>();
    private final PartitionDirectory directory = new PartitionDirectory();
    private final PartitionOpener opener;
    private final ReplicaPlaces places;
    private final SortedMap<TopicPartition, HostedPartition> hosted = new TreeMap<>();

    private final List<Consumer<Partition>> onServing = new CopyOnWriteArrayList<>();
    private final List<Consumer<Partition>> onLeading = new CopyOnWriteArrayList<>();
    private final int[] load;
    private volatile ScheduleWatch schedules = ScheduleWatch.NONE;
    private ClusterImage seen = ClusterImage.EMPTY;
    private final DamageReports damage;
    private final Replication.Identity identity;
    private boolean straysAreGone;
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
        this.identity = replication.identity();
        IsrProposals proposals = new IsrProposals(home, metadata, identity);
        for (EventLoop loop : loops) {
            surroundings.add(
                    new PartitionSurroundings(
                            brokerId,
                            new ReplicaFetchers(replication, loop),
                            proposals,
                            damage::report,
                            replication.lagMaxMs(),
                            replication.lease(),
                            replication.throttle(),
                            () -> schedules,
                            new Traffic()));
        }
        places = new ReplicaPlaces(brokerId, home, this.loops, store, metadata);
        opener =
                new PartitionOpener(
                        home,
                        this.loops,
                        store,
                        directory,
                        surroundings,
                        settings.maxOpening,
                        new Opened());
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
     * Hears of every partition that leads here, in every new epoch, on its own loop: when it is
     * leading indeed, which may be later than the image says so. To be called before {@link
     * #start}.
     */
    public void onLeading(Consumer<Partition> listener) {
        onLeading.add(listener);
    }

    /** Who delivers what waits in partitions. To be called before {@link #start}. */
    public void schedules(ScheduleWatch watch) {
        schedules = watch;
        onLeading(watch::leading);
    }

    /**
     * Begins to follow the image. What lies on disk and is not this broker's by the first image
     * that holds its registration is deleted; an older image might not know of it yet.
     *
     * @param ready run on the home loop once every partition of the first image is open and known
     *     to {@link #partitions()}, or has failed to open
     */
    public void start(Runnable ready) {
        home.execute(() -> {
            ClusterImage now = metadata.image();
            imageChanged(now);
            opener.whenAllOpen(ready);
            opener.openMore();
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
            places.close();
            if (producerCheck != null) {
                producerCheck.cancel();
            }
            opener.close(() -> closeAll(done));
        });
    }

    /**
     * Has all replicas that follow fetch once more, after others lead instead of this broker and
     * before it stops. They know then how far what they have is committed: should all others be
     * gone when it is back, that much can be read here.
     *
     * @param patienceMs the longest it may take
     * @param done run on the home loop, once
     */
    public void fetchLast(long patienceMs, Runnable done) {
        home.execute(() -> {
            boolean[] told = new boolean[1];
            Runnable once =
                    () -> {
                        if (!told[0]) {
                            told[0] = true;
                            done.run();
                        }
                    };
            AllAnswered all = new AllAnswered();
            for (int i = 0; i < loops.size(); i++) {
                EventLoop loop = loops.get(i);
                ReplicaFetchers fetchers = surroundings.get(i).fetchers();
                all.ask(fetched ->
                        loop.execute(() -> fetchers.fetchLast(() -> home.execute(fetched))));
            }
            home.schedule(patienceMs, once);
            all.then(once);
        });
    }

    private void closeAll(Runnable done) {
        for (HostedPartition one : hosted.values()) {
            PartitionHost host = one.host;
            if (host != null) {
                loops.get(one.loop).execute(() -> host.close(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            }
        }
        AllAnswered all = new AllAnswered();
        for (EventLoop loop : loops) {
            all.ask(closed -> loop.execute(() -> home.execute(closed)));
        }
        all.then(done);
    }

    private void imageChanged(ClusterImage after) {
        ClusterImage before = seen;
        if (closing || after == before || after.index() < before.index()) {
            return;
        }
        seen = after;
        deleteStrays(after);
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
        opener.openMore();
    }

    private void deleteStrays(ClusterImage image) {
        if (straysAreGone || !identity.isIn(image)) {
            return;
        }
        straysAreGone = true;
        Set<LogStore.Replica> wanted = new HashSet<>();
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.replicas().contains(brokerId)) {
                    wanted.add(new LogStore.Replica(topic.id(), partition.partition()));
                }
            }
        }
        store.deleteStrays(wanted);
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
                opener.add(one);
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
        return new ReplicaSet(brokerId, image.partitionEpoch(), all, image.isr(), image.eligible());
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

    /** What follows when a log is open. */
    private final class Opened implements PartitionOpener.Listener {

        @Override
        public void opened(HostedPartition one, PartitionHost host) {
            List<Integer> arriving = one.arriving;
            loops.get(one.loop).execute(() -> host.throttle().arriving(arriving));
            takeRole(one, host);
        }

        @Override
        public void serving(HostedPartition one, PartitionHost host) {
            onServing.forEach(listener -> listener.accept(host));
            host.onLeading(leads -> onLeading.forEach(listener -> listener.accept(leads)));
            places.opened(one, host);
        }

        @Override
        public void damaged(HostedPartition one) {
            damage.report(one.name);
        }
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

    private void leave(HostedPartition one) {
        hosted.remove(one.name);
        places.forget(one.name);
        load[one.loop]--;
        opener.leave(one);
    }

    /** This broker's lease is over, or begins again. On the home loop. */
    public void leaseChanged() {
        for (HostedPartition one : hosted.values()) {
            PartitionHost host = one.host;
            if (host != null && one.leader == brokerId) {
                loops.get(one.loop).execute(host::leaseChanged);
            }
        }
    }

    private boolean isDamaged(TopicPartition name) {
        HostedPartition one = hosted.get(name);
        return !closing && one != null && one.damaged;
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
            LogStore.DirectoryInfo into = places.directoryAt(target);
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
                places.move(one, one.host, into, reply);
            }
        });
    }

    private static boolean knows(ClusterImage image, TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic != null
                && name.partition() >= 0
                && name.partition() < topic.partitions().size();
    }
}
