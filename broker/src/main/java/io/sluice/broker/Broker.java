package io.sluice.broker;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.kafka.KafkaDoor;
import io.sluice.kafka.KafkaServices;
import io.sluice.storage.DirectoryLocks;
import io.sluice.storage.FileDisk;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.compress.LibraryCodecs;
import io.sluice.storage.metadata.LocalMetadataLog;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: all parts made, connected, started in the order in which each can serve the next, and
 * stopped in the opposite one. Listeners are bound first, so that a port in use is known at once, and
 * accept last, so that a client meets a broker that is ready.
 */
final class Broker {

    private static final int FLUSH_THREADS = 4;
    private static final int READ_THREADS = 4;
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private final BrokerSettings settings;
    private final List<ThreadEventLoop> loops = new ArrayList<>();
    private final PooledIoThreads io;
    private final DirectoryLocks locks;
    private final LogDirectories logs;
    private final LocalMetadataLog metadataLog;
    private final ControllerHost metadata;
    private final PartitionLifecycle partitions;
    private final TransportServer server;
    private final List<BrokerSettings.Listener> bound = new ArrayList<>();

    private Broker(BrokerSettings settings) throws IOException {
        this.settings = settings;
        for (int i = 0; i < settings.loops(); i++) {
            loops.add(
                    new ThreadEventLoop(
                            "sluice-loop-" + i,
                            new SelectorPoller(),
                            SystemClock.INSTANCE,
                            defect -> {}));
        }
        EventLoop home = loops.getFirst();
        io =
                new PooledIoThreads(
                        FLUSH_THREADS,
                        READ_THREADS,
                        settings.integer("num.recovery.threads.per.data.dir"));
        locks = DirectoryLocks.take(settings.logDirectories());
        FileDisk disk = new FileDisk();
        LibraryCodecs codecs = new LibraryCodecs();
        logs =
                LogDirectories.open(
                        disk,
                        settings.logDirectories(),
                        io,
                        home,
                        codecs,
                        settings.logStore(),
                        Broker::newIdentity);
        metadataLog = new LocalMetadataLog(disk, settings.metadataDirectory(), io, home);
        metadata = new ControllerHost(home, metadataLog, defaults());
        ConfigResolver configs = new ConfigResolver(settings.nodeId(), settings.values());
        partitions =
                new PartitionLifecycle(
                        settings.nodeId(),
                        home,
                        List.copyOf(loops),
                        logs,
                        metadata,
                        (topic, image) ->
                                configs.topicConfig(topic.configs(), image.brokerConfigs()));
        server = new TransportServer(loops, settings.transport());
        KafkaDoor door =
                new KafkaDoor(
                        new KafkaServices(
                                settings.nodeId(),
                                metadata,
                                partitions.partitions(),
                                logs,
                                configs,
                                new ProduceValidator(codecs),
                                partitions::move,
                                Broker::newIdentity,
                                settings.integer("fetch.max.bytes"),
                                settings.integer("max.incremental.fetch.session.cache.slots")));
        for (BrokerSettings.Listener listener : settings.listeners()) {
            bound.add(bind(listener, door));
        }
    }

    /**
     * Starts a broker; when this returns it serves.
     *
     * @throws UsageException if a setting is wrong
     * @throws IOException if an address or a directory cannot be used
     */
    static Broker start(Map<String, String> values) throws IOException {
        Broker broker = new Broker(BrokerSettings.of(values));
        broker.start();
        return broker;
    }

    private static Uuid newIdentity() {
        UUID random = UUID.randomUUID();
        return new Uuid(random.getMostSignificantBits(), random.getLeastSignificantBits());
    }

    private Controller.Defaults defaults() {
        return new Controller.Defaults() {
            @Override
            public int partitions() {
                return new ConfigResolver(settings.nodeId(), settings.values())
                        .brokerValue("num.partitions", metadata.image().brokerConfigs())
                        .map(Integer::parseInt)
                        .orElse(1);
            }

            @Override
            public int replicationFactor() {
                return settings.integer("default.replication.factor");
            }

            @Override
            public boolean topicDeletion() {
                return settings.isTrue("delete.topic.enable");
            }
        };
    }

    private BrokerSettings.Listener bind(BrokerSettings.Listener listener, KafkaDoor door)
            throws IOException {
        InetSocketAddress wanted =
                listener.host().isEmpty()
                        ? new InetSocketAddress(listener.port())
                        : new InetSocketAddress(listener.host(), listener.port());
        try {
            InetSocketAddress address = server.bind(listener.name(), wanted, door);
            return new BrokerSettings.Listener(
                    listener.name(), listener.host(), address.getPort());
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen at %s:%d (%s): stop what uses the port or choose another with --port"
                            .formatted(listener.host(), listener.port(), e.getMessage()),
                    e);
        }
    }

    private void start() throws IOException {
        loops.forEach(ThreadEventLoop::start);
        startMetadata();
        register();
        CompletableFuture<Void> open = new CompletableFuture<>();
        partitions.start(() -> open.complete(null));
        await(open);
        server.start();
        LOG.info(
                "broker {} serves {} partitions from {}",
                settings.nodeId(),
                partitions.partitions().all().size(),
                settings.logDirectories());
    }

    private void startMetadata() throws IOException {
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
    }

    private void register() throws IOException {
        submit(new ControllerCommand.InitializeCluster(newIdentity()));
        submit(
                new ControllerCommand.RegisterBroker(
                        settings.nodeId(),
                        newIdentity(),
                        settings.find("broker.rack"),
                        settings.endpoints(bound),
                        List.of()));
    }

    private void submit(ControllerCommand command) throws IOException {
        CompletableFuture<ControllerReply> reply = new CompletableFuture<>();
        metadata.submit(command, loops.getFirst(), reply::complete);
        ControllerReply.Outcome outcome = await(reply).outcomes().getFirst();
        if (outcome.error() != ErrorCode.NONE) {
            throw new IOException("the metadata log takes no entry: " + outcome.detail());
        }
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

    /** Host and port of the first listener. */
    String address() {
        BrokerSettings.Listener first = bound.getFirst();
        String host = first.host().isEmpty() ? "127.0.0.1" : first.host();
        return host + ":" + first.port();
    }

    /** Finishes what is in flight, stores everything and stops. Returns whether all went well. */
    boolean stop() {
        LOG.info("stopping");
        try {
            server.close(settings.number("sluice.shutdown.grace.ms"));
            logs.close();
            metadataLog.close();
            loops.forEach(ThreadEventLoop::close);
            io.close();
            locks.close();
            LOG.info("stopped");
            return true;
        } catch (RuntimeException e) {
            LOG.error("the stop was not clean", e);
            return false;
        }
    }
}
