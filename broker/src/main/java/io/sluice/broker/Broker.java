package io.sluice.broker;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.ConfigResolver;
import io.sluice.core.config.Listener;
import io.sluice.core.controller.BalanceSettings;
import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.core.throttle.TokenBucket;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.BrokerLifecycle;
import io.sluice.engine.metadata.ClusterMetrics;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.LoadReporter;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.replication.Replication;
import io.sluice.engine.replication.ReplicationThrottle;
import io.sluice.engine.schedule.HostedSchedules;
import io.sluice.http.HttpDoor;
import io.sluice.kafka.KafkaDoor;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerPresence;
import io.sluice.kafka.peer.ReplicaPeers;
import io.sluice.storage.DirectoryLocks;
import io.sluice.storage.DirectoryOwner;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.LogStoreSettings;
import io.sluice.storage.compress.LibraryCodecs;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import io.sluice.transport.TransportSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: all parts made, connected, started in the order in which each can serve the next, and
 * stopped in the opposite one. Listeners are bound first, so that a port in use is known at once,
 * and accept last, so that a client meets a broker that is ready.
 */
final class Broker {

    private static final int FLUSH_THREADS = 4;
    private static final int READ_THREADS = 4;

    /** About the time a client needs to send again what it was just answered. */
    private static final long FLUSH_GATHER_NANOS = 100_000L;

    /** Few enough to be passed at once where it pays; files of quiet logs stay as they are. */
    private static final int FLUSHES_FOR_ROOM = 32;

    /** How long the stop of a broker waits for a last word of those it follows. */
    private static final long LAST_FETCH_MS = 1_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private final BrokerConfig config;
    private final ConfigResolver resolver;
    private final List<Path> directories;
    private final FileLimit limit;
    private final List<ThreadEventLoop> loops = new ArrayList<>();
    private final PooledIoThreads io;
    private final DirectoryLocks locks;
    private final DirectoryOwner owner;
    private final LogDirectories logs;
    private final MetadataLog metadataLog;
    private final ControllerHost metadata;

    private final Lease lease;

    /** In a cluster; a broker by itself is always counted on. */
    private final @Nullable BrokerLifecycle lifecycle;

    private final ReplicationThrottle throttle = new ReplicationThrottle();
    private final PartitionLifecycle partitions;
    private final HostedSchedules schedules;
    private final TransportServer server;
    private final PeerConnections peers;
    private final List<Listener> bound = new ArrayList<>();
    private final BrokerHealth health;
    private final ClusterMetrics clusterMetrics;
    private final @Nullable ToolDoor tools;
    private volatile boolean failed;

    private Broker(BrokerConfig config, Disk disk) throws IOException {
        this.config = config;
        this.resolver = new ConfigResolver(config.nodeId(), config.values());
        this.directories =
                config.logDirectories().stream()
                        .map(name -> Path.of(name).toAbsolutePath().normalize())
                        .toList();
        limit = shareFiles();
        makeLoops();
        EventLoop home = loops.getFirst();
        io = new PooledIoThreads(FLUSH_THREADS, READ_THREADS, config.maintenanceThreads());
        locks = DirectoryLocks.take(directories);
        owner = DirectoryOwner.read(disk, directories, config.nodeId());
        LibraryCodecs codecs = new LibraryCodecs();
        logs =
                LogDirectories.look(
                        disk, directories, io, home, codecs, logSettings(), Broker::newIdentity);
        metadataLog =
                MetadataLogs.of(
                        config, disk, owner, metadataDirectory(), io, home, this::metadataFailed);
        metadata =
                new ControllerHost(
                        home,
                        metadataLog,
                        defaults(),
                        config.cluster()
                                .<Long>map(cluster -> (long) cluster.sessionTimeoutMs())
                                .orElse(ControllerHost.FOR_EVER));
        metadata.keepEven(this::balance);
        lease =
                config.cluster()
                        .map(cluster -> Lease.of(cluster.sessionTimeoutMs()))
                        .orElseGet(Lease::forEver);
        lifecycle =
                config.cluster()
                        .map(cluster ->
                                new BrokerLifecycle(
                                        home, metadata, cluster.heartbeatIntervalMs(), lease))
                        .orElse(null);
        server = new TransportServer(loops, transportSettings());
        peers =
                new PeerConnections(
                        config.replication().interBrokerListener(), metadata, server, io);
        partitions =
                new PartitionLifecycle(
                        config.nodeId(),
                        home,
                        List.copyOf(loops),
                        logs,
                        metadata,
                        (topic, image) ->
                                resolver.topicConfig(topic.configs(), image.brokerConfigs()),
                        new PartitionLifecycle.Settings(
                                PartitionLifecycle.Settings.DEFAULT.maxOpening(),
                                config.topics().producerExpirationMs(),
                                PartitionLifecycle.Settings.DEFAULT.producerCheckIntervalMs()),
                        replication());
        schedules =
                new HostedSchedules(
                        partitions.partitions(),
                        disk,
                        directories.getFirst().resolve("__sluice_schedule"),
                        io,
                        codecs,
                        HostedSchedules.Settings.DEFAULT.with(config.storage().maxWaiting()));
        partitions.schedules(schedules);
        KafkaDoor door =
                new KafkaDoor(
                        new KafkaWiring(
                                        config,
                                        resolver,
                                        metadata,
                                        logs,
                                        partitions,
                                        schedules,
                                        peers,
                                        io,
                                        codecs,
                                        Broker::newIdentity,
                                        home)
                                .services());
        for (Listener listener : config.listeners()) {
            bound.add(bind(listener, door));
        }
        health = new BrokerHealth(new LoopWatch(loops), config.nodeId(), metadata, lifecycle, logs);
        clusterMetrics =
                new ClusterMetrics(
                        config.nodeId(), home, metadata, metadataLog, this::minInsyncReplicas);
        tools =
                config.http()
                        .map(listener ->
                                new ToolDoor(listener, new HttpDoor(sources(door), health)))
                        .orElse(null);
    }

    private int minInsyncReplicas(TopicPartition name) {
        Partition partition = partitions.partitions().find(name);
        return partition == null ? 1 : partition.config().minInsyncReplicas();
    }

    private List<MetricSource> sources(KafkaDoor door) {
        List<MetricSource> sources = new ArrayList<>(door.metrics());
        sources.add(server.metrics());
        sources.add(partitions.metrics());
        sources.add(logs.metrics());
        sources.add(schedules.metrics());
        sources.add(clusterMetrics);
        return sources;
    }

    private FileLimit shareFiles() {
        long open = FileLimit.ofProcess();
        int files = config.storage().maxOpenFiles();
        int connections = config.network().maxConnections();
        FileLimit shared = FileLimit.share(open, files, connections);
        if (shared.segmentFiles() < files || shared.connections() < connections) {
            LOG.info(
                    "the process may open {} files (ulimit -n): at most {} connections and {}"
                            + " segment files, wanted were {} (max.connections) and {}"
                            + " (sluice.max.open.files)",
                    open,
                    shared.connections(),
                    shared.segmentFiles(),
                    connections,
                    files);
        }
        return shared;
    }

    private void makeLoops() {
        int count =
                config.eventLoops() > 0
                        ? config.eventLoops()
                        : Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < count; i++) {
            loops.add(
                    new ThreadEventLoop(
                            "sluice-loop-" + i,
                            new SelectorPoller(),
                            SystemClock.INSTANCE,
                            defect -> {}));
        }
    }

    private Replication replication() {
        BrokerConfig.Replication settings = config.replication();
        return new Replication(
                new ReplicaPeers(peers),
                identity(),
                settings.fetchWaitMs(),
                settings.fetchResponseMaxBytes(),
                settings.fetchMaxBytes(),
                settings.fetchBackoffMs(),
                settings.maxLagMs(),
                throttle,
                lease);
    }

    private Replication.Identity identity() {
        return new Replication.Identity(config.nodeId(), this::brokerEpoch);
    }

    /** As they are set now; they may change at run time. */
    private void throttle(ClusterImage before, ClusterImage now) {
        if (before == ClusterImage.EMPTY || before.brokerConfigs() != now.brokerConfigs()) {
            throttle.rates(
                    new ReplicationThrottle.Rates(
                            rate("leader.replication.throttled.rate", now),
                            rate("follower.replication.throttled.rate", now),
                            rate("sluice.balance.throttle.bytes", now)),
                    SystemClock.INSTANCE.monotonicNanos());
            logs.moveThrottle()
                    .rate(
                            rate("replica.alter.log.dirs.io.max.bytes.per.second", now),
                            SystemClock.INSTANCE.monotonicNanos());
        }
    }

    private long rate(String key, ClusterImage image) {
        return resolver.brokerValue(key, image.brokerConfigs())
                .map(Long::parseLong)
                .orElse(TokenBucket.UNLIMITED);
    }

    /** Of the registration in force; a broker by itself has the one that its own log tells. */
    private long brokerEpoch() {
        if (lifecycle != null) {
            return lifecycle.brokerEpoch();
        }
        BrokerImage known = metadata.image().brokers().get(config.nodeId());
        return known == null ? BrokerLifecycle.NO_EPOCH : known.epoch();
    }

    private TransportSettings transportSettings() {
        BrokerConfig.Network network = config.network();
        return new TransportSettings(
                network.requestMaxBytes(),
                network.requestMemoryBytes(),
                limit.connections(),
                network.maxConnectionsPerAddress(),
                network.idleTimeoutMs(),
                network.writeTimeoutMs(),
                TransportSettings.DEFAULT.frameTimeoutMs(),
                network.sendBufferBytes(),
                network.receiveBufferBytes(),
                network.backlog());
    }

    private LogStoreSettings logSettings() {
        BrokerConfig.Storage storage = config.storage();
        return new LogStoreSettings(
                limit.segmentFiles(),
                storage.checkpointIntervalMs(),
                storage.highWatermarkIntervalMs(),
                storage.retentionIntervalMs(),
                storage.cleanerIntervalMs(),
                storage.cleanerEnabled(),
                storage.cleanerBufferBytes(),
                FLUSH_GATHER_NANOS,
                FLUSHES_FOR_ROOM,
                config.topics().producerExpirationMs());
    }

    private BalanceSettings balance() {
        return BalanceSettings.read(defaults()::now);
    }

    private Path metadataDirectory() {
        return config.metadataDirectory()
                .map(name -> Path.of(name).toAbsolutePath().normalize())
                .orElseGet(() -> directories.getFirst().resolve("__sluice_metadata"));
    }

    /**
     * Starts a broker; when this returns it serves.
     *
     * @throws UsageException if a setting is wrong
     * @throws IOException if an address or a directory cannot be used
     */
    static Broker start(Map<String, String> values, Disk disk) throws IOException {
        return switch (BrokerConfig.read(values)) {
            case BrokerConfig.Reading.Valid(BrokerConfig config) -> {
                Broker broker = new Broker(config, disk);
                broker.start();
                yield broker;
            }
            case BrokerConfig.Reading.Invalid(List<String> faults) ->
                    throw new UsageException(String.join("\n  ", faults));
        };
    }

    /** By chance; tools that are given it must not take it for an option. */
    private static Uuid newIdentity() {
        while (true) {
            UUID random = UUID.randomUUID();
            Uuid id = new Uuid(random.getMostSignificantBits(), random.getLeastSignificantBits());
            if (!id.toString().startsWith("-")) {
                return id;
            }
        }
    }

    private TopicDefaults defaults() {
        return new TopicDefaults(
                key -> resolver.brokerValue(key, metadata.image().brokerConfigs()));
    }

    private Listener bind(Listener listener, KafkaDoor door) throws IOException {
        InetSocketAddress wanted =
                listener.host().isEmpty()
                        ? new InetSocketAddress(listener.port())
                        : new InetSocketAddress(listener.host(), listener.port());
        try {
            InetSocketAddress address = server.bind(listener.name(), wanted, door);
            return new Listener(listener.name(), listener.host(), address.getPort());
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen at %s (%s): stop what uses the port, or choose another with --port"
                            .formatted(listener, e.getMessage()),
                    e);
        }
    }

    /** What clients are told: the address listened at, unless another is advertised. */
    private List<BrokerImage.Endpoint> endpoints() {
        List<Listener> told =
                config.advertisedListeners().isEmpty() ? bound : config.advertisedListeners();
        return told.stream()
                .map(listener ->
                        new BrokerImage.Endpoint(
                                listener.name(), reachable(listener), listener.port()))
                .toList();
    }

    private static String reachable(Listener listener) {
        return listener.isWildcard() ? "127.0.0.1" : listener.host();
    }

    private void start() throws IOException {
        if (tools != null) {
            tools.begin();
        }
        metadata.onFailure(this::metadataFailed);
        loops.forEach(ThreadEventLoop::start);
        startMetadata();
        owner.check(metadata.image().clusterId());
        nameCluster();
        logs.take(config.nodeId(), metadata.image().clusterId());
        clusterMetrics.start();
        metadata.subscribe(this::throttle);
        register();
        awaitDone(partitions::start);
        server.start();
        if (lifecycle != null) {
            watchOthers();
            awaitDone(lifecycle::ready);
            new LoadReporter(loops.getFirst(), partitions.partitions(), metadata, identity())
                    .start();
        }
        health.serving();
        if (tools != null) {
            tools.clientsServed();
        }
        LOG.info(
                "broker {} serves {} partitions from {}",
                config.nodeId(),
                partitions.partitions().all().size(),
                directories);
    }

    /** A voter decides one day, or does now: it is to know who has gone. */
    private void watchOthers() {
        new PeerPresence(
                        config.nodeId(),
                        config.replication().interBrokerListener(),
                        loops.getFirst(),
                        server,
                        io,
                        metadata::gone)
                .start(metadata);
    }

    /** Without its metadata log a broker can change nothing and promise nothing: it stops. */
    private void metadataFailed(IOException fault) {
        LOG.error("the metadata log has failed, the broker stops: {}", fault.toString());
        failed = true;
        new Thread(() -> System.exit(1), "sluice-exit").start();
    }

    private void startMetadata() throws IOException {
        CompletableFuture<ClusterImage> started = new CompletableFuture<>();
        metadata.start(
                Completion.of(
                        image -> started.complete(image),
                        fault -> started.completeExceptionally(fault)));
        await(started);
    }

    private void register() throws IOException {
        ControllerCommand.RegisterBroker as =
                new ControllerCommand.RegisterBroker(
                        config.nodeId(),
                        newIdentity(),
                        config.rack(),
                        endpoints(),
                        workingDirectories(),
                        logs.stoppedEpoch(),
                        lifecycle == null);
        if (lifecycle == null) {
            submit(as);
            return;
        }
        logs.onFailure((id, path, cause) -> lifecycle.directoryFailed(id));
        lifecycle.onLease(partitions::leaseChanged);
        awaitDone(registered -> lifecycle.start(as, registered));
    }

    /** The first broker of a cluster names it; who leads may not be known at once. */
    private void nameCluster() throws IOException {
        ControllerCommand name =
                new ControllerCommand.InitializeCluster(
                        metadataLog.cluster().orElseGet(Broker::newIdentity));
        if (lifecycle == null) {
            submit(name);
            return;
        }
        while (metadata.image().clusterId().equals(Uuid.ZERO)) {
            ControllerReply.Outcome outcome = ask(name);
            if (outcome.error() == ErrorCode.NONE) {
                return;
            }
            LOG.info("the cluster has no name yet: {}", outcome.detail());
        }
    }

    private List<Uuid> workingDirectories() {
        return logs.describe().stream()
                .filter(directory -> directory.fault().isEmpty())
                .map(LogStore.DirectoryInfo::id)
                .toList();
    }

    private void submit(ControllerCommand command) throws IOException {
        ControllerReply.Outcome outcome = ask(command);
        if (outcome.error() != ErrorCode.NONE) {
            throw new IOException("the metadata log takes no entry: " + outcome.detail());
        }
    }

    private ControllerReply.Outcome ask(ControllerCommand command) throws IOException {
        CompletableFuture<ControllerReply> reply = new CompletableFuture<>();
        metadata.submit(command, loops.getFirst(), reply::complete);
        return await(reply).outcomes().getFirst();
    }

    /** Begins something, and waits until it tells that it is done. */
    private static void awaitDone(Consumer<Runnable> begin) throws IOException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        begin.accept(() -> done.complete(null));
        await(done);
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Where metrics and probes are; empty if nowhere. */
    Optional<String> toolsAddress() {
        return Optional.ofNullable(tools).map(ToolDoor::at);
    }

    /** Host and port of the first listener. */
    String address() {
        Listener first = bound.getFirst();
        return reachable(first) + ":" + first.port();
    }

    /** Others lead instead of this one before it stops to serve. */
    private void leave() throws IOException {
        if (lifecycle != null) {
            awaitDone(left -> lifecycle.leave(config.shutdownGraceMs(), left));
            awaitDone(fetched -> partitions.fetchLast(LAST_FETCH_MS, fetched));
        }
    }

    /** Finishes what is in flight, stores everything and stops. Returns whether all went well. */
    boolean stop() {
        LOG.info("stopping");
        health.stopping();
        try {
            leave();
            server.close(config.shutdownGraceMs());
            awaitDone(partitions::close);
            logs.close(brokerEpoch());
            metadataLog.close();
            metadataLog.awaitClosed(config.shutdownGraceMs());
            if (tools != null) {
                tools.close();
            }
            loops.forEach(ThreadEventLoop::close);
            io.close();
            locks.close();
            LOG.info("stopped");
            return !failed;
        } catch (IOException | RuntimeException e) {
            LOG.error("the stop was not clean", e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
