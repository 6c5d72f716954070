package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.ConfigResolver;
import io.sluice.core.controller.BrokerImage.Endpoint;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.api.CoordinatorGate;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.TransactionGate;
import io.sluice.kafka.api.TransactionMarkers;
import io.sluice.kafka.api.TransactionServices;
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

/** A broker in this process: real loops, sockets, files; two loops, so that calls cross over. */
final class TestBroker implements AutoCloseable {

    static final int ID = 7;

    private static final int WAIT_SECONDS = 20;

    /** Groups that do not wait for company. */
    private static final BrokerConfig.Groups GROUPS =
            new BrokerConfig.Groups(
                    4,
                    1,
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
                    new BrokerConfig.Streams(1000, 45_000, 5_000, 0, 0));

    private static final BrokerConfig.Transactions TRANSACTIONS =
            new BrokerConfig.Transactions(
                    4, 1, 1, 104_857_600, 900_000, 1_000, 604_800_000L, 3_600_000L, 100, false);

    final ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();

    /** Whom produce requests of transactions ask. */
    volatile TransactionGate gate;

    private final SkippingClock clock = new SkippingClock();
    private final List<ThreadEventLoop> loops = new ArrayList<>();
    private final PooledIoThreads io = new PooledIoThreads(2, 2, 2);
    private final LogDirectories logs;
    private final LocalMetadataLog metadataLog;
    private final ControllerHost metadata;
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
        metadataLog = new LocalMetadataLog(ID, disk, home.resolve("metadata"), io, homeLoop);
        metadata = new ControllerHost(homeLoop, metadataLog, new Defaults());
        ConfigResolver resolver = new ConfigResolver(ID, settings);
        partitions =
                new PartitionLifecycle(
                        ID,
                        homeLoop,
                        List.copyOf(loops),
                        logs,
                        metadata,
                        (topic, image) ->
                                resolver.topicConfig(topic.configs(), image.brokerConfigs()));
        GroupServices groups =
                GroupServices.create(
                        GROUPS,
                        ID,
                        metadata,
                        partitions.partitions(),
                        io,
                        codecs,
                        TestBroker::identity,
                        homeLoop);
        TransactionMarkers markers =
                new TransactionMarkers(
                        metadata,
                        partitions.partitions(),
                        Map.of(GroupServices.TOPIC, groups::endTransaction));
        TransactionServices transactions =
                TransactionServices.create(
                        TRANSACTIONS,
                        ID,
                        metadata,
                        partitions.partitions(),
                        io,
                        codecs,
                        TestBroker::identity,
                        markers::write,
                        loops.getFirst());
        partitions.onServing(groups.host()::opened);
        partitions.onServing(transactions::opened);
        gate = new CoordinatorGate(transactions);
        server = new TransportServer(loops, transport);
        door =
                new KafkaDoor(
                        new KafkaServices(
                                ID,
                                metadata,
                                partitions.partitions(),
                                logs,
                                resolver,
                                new ProduceValidator(codecs),
                                partitions::move,
                                TestBroker::identity,
                                fetchMaxBytes,
                                fetchSessions,
                                groups,
                                transactions,
                                markers,
                                (id, producer, epoch, names, add, loop, answer) ->
                                        gate.admit(id, producer, epoch, names, add, loop, answer)));
        address =
                server.bind(
                        "PLAINTEXT",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        door);
        start();
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

    private void start() throws Exception {
        loops.forEach(ThreadEventLoop::start);
        CompletableFuture<ClusterImage> started = new CompletableFuture<>();
        metadata.start(
                new Completion<>() {
                    @Override
                    public void succeeded(ClusterImage image) {
                        started.complete(image);
                    }

                    @Override
                    public void failed(IOException fault) {
                        started.completeExceptionally(fault);
                    }
                });
        await(started);
        submit(new ControllerCommand.InitializeCluster(identity()));
        submit(
                new ControllerCommand.RegisterBroker(
                        ID,
                        identity(),
                        Optional.of("rack-a"),
                        List.of(new Endpoint("PLAINTEXT", "127.0.0.1", address.getPort())),
                        List.of(),
                        -1L,
                        true));
        CompletableFuture<Boolean> open = new CompletableFuture<>();
        partitions.start(() -> open.complete(true));
        await(open);
        server.start();
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

    ClusterImage image() {
        return metadata.image();
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
        server.close(2_000);
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        partitions.close(() -> closed.complete(true));
        await(closed);
        logs.close();
        metadataLog.close();
        loops.forEach(ThreadEventLoop::close);
        io.close();
        assertThat(defects).isEmpty();
        assertThat(server.frameMemoryBytes()).as("frames not given back").isZero();
    }
}
