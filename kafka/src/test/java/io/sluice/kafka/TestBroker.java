package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.ConfigResolver;
import io.sluice.core.controller.BrokerImage.Endpoint;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.BrokerLifecycle;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.replication.Replication;
import io.sluice.engine.schedule.NoSchedules;
import io.sluice.engine.schedule.Schedules;
import io.sluice.engine.share.DeadLetterBox;
import io.sluice.engine.share.HostedQueues;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import io.sluice.kafka.api.CoordinatorGate;
import io.sluice.kafka.api.CoordinatorGround;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.OtherBrokers;
import io.sluice.kafka.api.QueueLedger;
import io.sluice.kafka.api.QueueQuestions;
import io.sluice.kafka.api.RoutedGate;
import io.sluice.kafka.api.RoutedMarkers;
import io.sluice.kafka.api.ShareServices;
import io.sluice.kafka.api.Shares;
import io.sluice.kafka.api.TransactionGate;
import io.sluice.kafka.api.TransactionMarkers;
import io.sluice.kafka.api.TransactionServices;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.ReplicaPeers;
import io.sluice.storage.FileDisk;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.LogStoreSettings;
import io.sluice.storage.compress.LibraryCodecs;
import io.sluice.storage.metadata.LocalMetadataLog;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import io.sluice.transport.TransportSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A broker in this process: real loops, sockets, files; two loops, so that calls cross over. */
final class TestBroker implements AutoCloseable {

    static final int ID = 7;

    private static final String LISTENER = "PLAINTEXT";
    private static final long HEARTBEAT_MS = 500;

    private static final int WAIT_SECONDS = 20;

    /** Groups that do not wait for company. */
    private static BrokerConfig.Groups groups(int copies) {
        return new BrokerConfig.Groups(
                4,
                copies,
                104_857_600,
                4096,
                604_800_000L,
                600_000L,
                100,
                1_800_000,
                0,
                1000,
                new BrokerConfig.Consumers(
                        1000, 45_000, 5_000, 0, List.of("uniform", "range"), true, true),
                new BrokerConfig.Streams(1000, 45_000, 5_000, 0, 0),
                new BrokerConfig.Shares(
                        1000,
                        45_000,
                        5_000,
                        1000,
                        30_000,
                        5,
                        2000,
                        true,
                        "",
                        new BrokerConfig.ShareState(4, copies, 1, 104_857_600),
                        new BrokerConfig.Ledger(true, 604_800_000L, 4, copies)));
    }

    private static BrokerConfig.Transactions transactions(int copies) {
        return new BrokerConfig.Transactions(
                4, copies, 1, 104_857_600, 900_000, 1_000, 604_800_000L, 3_600_000L, 100, false);
    }

    final ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();

    /** Whom produce requests of transactions ask. */
    volatile TransactionGate gate;

    /** Where coordinators send markers. */
    final RoutedMarkers routedMarkers;

    /** Messages that wait, as the door sees them. */
    volatile Schedules waiting = new NoSchedules();

    private final Schedules schedules =
            new Schedules() {
                @Override
                public void find(TopicPartition partition, long[] ids, Consumer<Answer> done) {
                    waiting.find(partition, ids, done);
                }

                @Override
                public boolean isFull() {
                    return waiting.isFull();
                }

                @Override
                public Next next(String cron, String zone, long afterMs) {
                    return waiting.next(cron, zone, afterMs);
                }

                @Override
                public void list(
                        TopicPartition partition, long from, int limit, Consumer<Listing> done) {
                    waiting.list(partition, from, limit, done);
                }
            };

    /** Queues, as the door sees them. */
    final Shares shares;

    private final SkippingClock clock = new SkippingClock();
    private final List<ThreadEventLoop> loops = new ArrayList<>();
    private final PooledIoThreads io = new PooledIoThreads(2, 2, 2);
    private final LogDirectories logs;
    private final int id;
    private final boolean alone;
    private final MetadataLog metadataLog;
    private final ControllerHost metadata;
    private final BrokerLifecycle lifecycle;
    private final PartitionLifecycle partitions;
    private final TransportServer server;
    private final KafkaDoor door;
    private final InetSocketAddress address;

    TestBroker(Path home) throws Exception {
        this(home, Map.of(), TransportSettings.DEFAULT, 1000, 55 << 20);
    }

    TestBroker(
            Path home,
            Map<String, String> settings,
            TransportSettings transport,
            int fetchSessions,
            int fetchMaxBytes)
            throws Exception {
        this(
                home,
                ID,
                null,
                1,
                IntUnaryOperator.identity(),
                settings,
                transport,
                fetchSessions,
                fetchMaxBytes);
    }

    /**
     * One of several brokers.
     *
     * @param copies of the internal topics
     * @param advertised where others are to connect to, by the port that it listens on
     */
    TestBroker(Path home, int id, SharedMetadata cluster, int copies, IntUnaryOperator advertised)
            throws Exception {
        this(
                home,
                id,
                cluster,
                copies,
                advertised,
                Map.of(),
                TransportSettings.DEFAULT,
                1000,
                55 << 20);
    }

    private TestBroker(
            Path home,
            int id,
            @Nullable SharedMetadata cluster,
            int copies,
            IntUnaryOperator advertised,
            Map<String, String> settings,
            TransportSettings transport,
            int fetchSessions,
            int fetchMaxBytes)
            throws Exception {
        this.id = id;
        this.alone = cluster == null;
        for (int i = 0; i < 2; i++) {
            loops.add(new ThreadEventLoop("loop-" + i, new SelectorPoller(), clock, defects::add));
        }
        EventLoop homeLoop = loops.getFirst();
        FileDisk disk = new FileDisk();
        LibraryCodecs codecs = new LibraryCodecs();
        logs =
                LogDirectories.open(
                        disk,
                        List.of(home.resolve("one"), home.resolve("two")),
                        io,
                        homeLoop,
                        codecs,
                        LogStoreSettings.DEFAULT,
                        TestBroker::identity);
        metadataLog =
                cluster == null
                        ? new LocalMetadataLog(id, disk, home.resolve("metadata"), io, homeLoop)
                        : cluster.of(id, homeLoop);
        metadata = new ControllerHost(homeLoop, metadataLog, new Defaults());
        lifecycle = new BrokerLifecycle(homeLoop, metadata, HEARTBEAT_MS, Lease.forEver());
        server = new TransportServer(loops, transport);
        PeerConnections peers = new PeerConnections(LISTENER, metadata, server, io);
        ConfigResolver resolver = new ConfigResolver(id, settings);
        partitions =
                new PartitionLifecycle(
                        id,
                        homeLoop,
                        List.copyOf(loops),
                        logs,
                        metadata,
                        (topic, image) ->
                                resolver.topicConfig(topic.configs(), image.brokerConfigs()),
                        PartitionLifecycle.Settings.DEFAULT,
                        cluster == null
                                ? Replication.alone(id)
                                : new Replication(
                                        new ReplicaPeers(peers),
                                        new Replication.Identity(id, lifecycle::brokerEpoch)));
        CoordinatorGround ground =
                new CoordinatorGround(
                        id,
                        metadata,
                        partitions.partitions(),
                        io,
                        codecs,
                        TestBroker::identity,
                        homeLoop);
        GroupServices groups = GroupServices.create(groups(copies), ground);
        TransactionMarkers markers =
                new TransactionMarkers(
                        metadata,
                        partitions.partitions(),
                        Map.of(GroupServices.TOPIC, groups::endTransaction));
        routedMarkers = new RoutedMarkers(id, metadata, markers::write, peers);
        OtherBrokers others = new OtherBrokers(id, peers);
        TransactionServices transactions =
                TransactionServices.create(transactions(copies), ground, routedMarkers, others);
        BrokerConfig.Shares shareConfig = groups(copies).shares();
        ShareServices states = ShareServices.create(shareConfig.state(), ground);
        partitions.onLeading(groups.host()::leading);
        partitions.onLeading(transactions.host()::leading);
        partitions.onLeading(states.host()::leading);
        QueueLedger ledger = QueueLedger.create(shareConfig.ledger(), ground, others);
        LogWalk walk = new LogWalk(io, codecs);
        DeadLetterBox dead = Shares.deadLetters(shareConfig, ground, others);
        QueueQuestions questions = QueueQuestions.create(ground, others);
        shares =
                Shares.create(
                        shareConfig,
                        id,
                        metadata,
                        partitions.partitions(),
                        peers,
                        states,
                        (store, rules) ->
                                new HostedQueues(
                                                partitions.partitions(),
                                                store,
                                                rules,
                                                dead,
                                                io,
                                                codecs)
                                        .keeping(ledger.ledger())
                                        .asking(questions.box()));
        partitions.onServing(transactions::opened);
        partitions.onServing(questions.hear(shares.queues(), others)::opened);
        gate = new RoutedGate(id, transactions.topic(), new CoordinatorGate(transactions), peers);
        door =
                new KafkaDoor(
                        new KafkaServices(
                                id,
                                metadata,
                                partitions.partitions(),
                                logs,
                                resolver,
                                new ProduceValidator(codecs),
                                partitions::move,
                                TestBroker::identity,
                                fetchMaxBytes,
                                fetchSessions,
                                false,
                                groups,
                                transactions,
                                shares,
                                schedules,
                                markers,
                                (tx, producer, epoch, names, add, loop, answer) ->
                                        gate.admit(tx, producer, epoch, names, add, loop, answer),
                                new Views(shares.queues().views(walk), ledger.views(walk))));
        address =
                server.bind(
                        LISTENER, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), door);
        start(advertised.applyAsInt(address.getPort()));
    }

    private static Uuid identity() {
        UUID random = UUID.randomUUID();
        return new Uuid(random.getMostSignificantBits(), random.getLeastSignificantBits());
    }

    /** The machine's clock, and what a test skipped. */
    private static final class SkippingClock implements Clock {
        private final AtomicLong skippedMs = new AtomicLong();

        @Override
        public long wallMs() {
            return SystemClock.INSTANCE.wallMs() + skippedMs.get();
        }

        @Override
        public long monotonicNanos() {
            return SystemClock.INSTANCE.monotonicNanos() + skippedMs.get() * 1_000_000L;
        }
    }

    private static final class Defaults implements Controller.Defaults {
        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public int replicationFactor() {
            return 1;
        }

        @Override
        public boolean topicDeletion() {
            return true;
        }
    }

    private void start(int advertisedPort) throws Exception {
        loops.forEach(ThreadEventLoop::start);
        CompletableFuture<ClusterImage> started = new CompletableFuture<>();
        metadata.start(
                Completion.of(
                        image -> started.complete(image),
                        fault -> started.completeExceptionally(fault)));
        await(started);
        submit(new ControllerCommand.InitializeCluster(identity()));
        ControllerCommand.RegisterBroker registration =
                new ControllerCommand.RegisterBroker(
                        id,
                        identity(),
                        Optional.of("rack-a"),
                        List.of(new Endpoint(LISTENER, "127.0.0.1", advertisedPort)),
                        List.of(),
                        -1L,
                        alone);
        if (alone) {
            submit(registration);
        } else {
            CompletableFuture<Boolean> registered = new CompletableFuture<>();
            lifecycle.start(registration, () -> registered.complete(true));
            await(registered);
        }
        CompletableFuture<Boolean> open = new CompletableFuture<>();
        partitions.start(() -> open.complete(true));
        await(open);
        server.start();
        if (!alone) {
            CompletableFuture<Boolean> active = new CompletableFuture<>();
            lifecycle.ready(() -> active.complete(true));
            await(active);
        }
    }

    /** Says nothing to the cluster any more, which takes it for gone; clients are served on. */
    void fallSilent() throws Exception {
        lifecycle.close();
        submit(
                new ControllerCommand.FenceBrokers(
                        List.of(new ControllerCommand.BrokerEpoch(id, lifecycle.brokerEpoch()))));
    }

    /** It is heard of again. */
    void comeBack() throws Exception {
        submit(
                new ControllerCommand.BrokerHeartbeat(
                        id, lifecycle.brokerEpoch(), image().index(), false, false, List.of()));
    }

    static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Asks the controller. */
    ControllerReply submit(ControllerCommand command) throws Exception {
        CompletableFuture<ControllerReply> reply = new CompletableFuture<>();
        metadata.submit(command, loops.getFirst(), reply::complete);
        return await(reply);
    }

    /** Makes a topic and waits until it can be used. */
    void createTopic(String name, int partitions, Map<String, String> configs) throws Exception {
        try (RawClient client = connect()) {
            client.createTopic(name, partitions, configs);
        }
    }

    /** So much time has passed. */
    void skip(long ms) {
        clock.skippedMs.addAndGet(ms);
    }

    /** Waits until the broker knows something. */
    void awaitImage(Predicate<ClusterImage> condition) throws Exception {
        CompletableFuture<Boolean> met = new CompletableFuture<>();
        metadata.subscribe((before, after) -> {
            if (!met.isDone() && condition.test(after)) {
                met.complete(true);
            }
        });
        await(met);
    }

    /** Looks until it is so; for what nobody tells of. */
    static void awaitUntil(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    ClusterImage image() {
        return metadata.image();
    }

    EventLoop loop() {
        return loops.getFirst();
    }

    Partitions partitions() {
        return partitions.partitions();
    }

    TransportServer server() {
        return server;
    }

    KafkaDoor door() {
        return door;
    }

    InetSocketAddress address() {
        return address;
    }

    String bootstrap() {
        return "127.0.0.1:" + address.getPort();
    }

    RawClient connect() throws IOException {
        return new RawClient(address);
    }

    @Override
    public void close() throws Exception {
        lifecycle.close();
        server.close(2_000);
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        partitions.close(() -> closed.complete(true));
        await(closed);
        logs.close(lifecycle.brokerEpoch());
        metadataLog.close();
        loops.forEach(ThreadEventLoop::close);
        io.close();
        assertThat(defects).isEmpty();
        assertThat(server.frameMemoryBytes()).as("frames not given back").isZero();
    }
}
