package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metrics.MetricSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a broker, and the connections it makes to others. A listener is bound first, so
 * that its port is known, and accepts once the broker serves. The first loop accepts; a connection
 * goes to the loop with the fewest.
 *
 * <p>What other brokers answer is counted apart from what clients ask: requests hold their memory
 * until they are replicated, and were there none left for what replicates them, all would stand.
 */
public final class TransportServer implements AutoCloseable {

    /** Connections accepted in one turn of the first loop. */
    private static final int ACCEPTS_PER_TURN = 64;

    /** How long accepting rests when the process has no descriptor left. */
    private static final long ACCEPT_PAUSE_MS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(TransportServer.class);

    private final List<LoopSockets> loops = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private final AtomicLong nextId = new AtomicLong();
    private final TransportSettings settings;
    private final TransportStats stats = new TransportStats();
    private final FrameMemory memory;
    private final AtomicReference<@Nullable CountDownLatch> allClosed = new AtomicReference<>();

    private record Listener(String name, ServerSocketChannel channel, Protocol protocol) {}

    /**
     * @param eventLoops loops whose poller is a {@link SelectorPoller}
     */
    public TransportServer(List<ThreadEventLoop> eventLoops, TransportSettings settings) {
        this.settings = settings;
        this.memory = new FrameMemory(settings.frameMemoryBytes(), this::memoryFree);
        FrameMemory peerMemory = new FrameMemory(settings.frameMemoryBytes(), this::memoryFree);
        BufferPool pool = new BufferPool();
        for (ThreadEventLoop loop : eventLoops) {
            SelectorPoller poller = (SelectorPoller) loop.poller();
            loops.add(
                    new LoopSockets(
                            loop,
                            poller,
                            settings,
                            memory,
                            peerMemory,
                            pool,
                            stats,
                            this::connectionClosed));
        }
    }

    /** Counters since the start. */
    public TransportStats stats() {
        return stats;
    }

    /** Tells of connections and bytes. */
    public MetricSource metrics() {
        return new TransportMetrics(stats, memory, settings);
    }

    /** Bytes that received frames hold now. Any thread. */
    public long frameMemoryBytes() {
        return memory.usedBytes();
    }

    /**
     * Binds a listener and tells its address; port 0 takes a free one.
     *
     * @throws IOException if the address cannot be bound
     */
    public InetSocketAddress bind(String name, InetSocketAddress address, Protocol protocol)
            throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (settings.receiveBufferBytes() > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
            }
            channel.bind(address, settings.backlog());
            channel.configureBlocking(false);
            listeners.add(new Listener(name, channel, protocol));
            return (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Begins to accept. */
    public void start() {
        LoopSockets acceptor = loops.getFirst();
        loops.forEach(LoopSockets::start);
        for (Listener listener : listeners) {
            acceptor.loop().execute(() -> accepting(acceptor, listener));
        }
    }

    private void accepting(LoopSockets acceptor, Listener listener) {
        try {
            acceptor.poller()
                    .register(
                            listener.channel(),
                            SelectionKey.OP_ACCEPT,
                            key -> accept(acceptor, listener, key));
        } catch (IOException e) {
            LOG.error("listener {} cannot accept", listener.name(), e);
        }
    }

    private void accept(LoopSockets acceptor, Listener listener, SelectionKey key) {
        try {
            for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
                SocketChannel socket = listener.channel().accept();
                if (socket == null) {
                    return;
                }
                adopt(acceptor, listener, socket);
            }
        } catch (ClosedChannelException e) {
            LOG.debug("listener {} is closed", listener.name());
        } catch (IOException e) {
            // Out of descriptors, most likely. Trying at once again would spin.
            acceptor.warn("listener {} cannot accept: {}", listener.name(), e.toString());
            if (!key.isValid()) {
                return;
            }
            key.interestOps(0);
            acceptor.loop()
                    .schedule(
                            ACCEPT_PAUSE_MS,
                            () -> {
                                if (key.isValid()) {
                                    key.interestOps(SelectionKey.OP_ACCEPT);
                                }
                            });
        }
    }

    private void adopt(LoopSockets acceptor, Listener listener, SocketChannel socket)
            throws IOException {
        InetSocketAddress remote;
        try {
            remote = (InetSocketAddress) socket.getRemoteAddress();
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (settings.sendBufferBytes() > 0) {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, settings.sendBufferBytes());
            }
        } catch (IOException e) {
            LOG.debug("a connection went before it was taken", e);
            socket.close();
            return;
        }
        if (remote == null || !admit(acceptor, remote)) {
            socket.close();
            return;
        }
        stats.opened();
        LoopSockets owner = fewestConnections();
        owner.count().incrementAndGet();
        long id = nextId.getAndIncrement();
        owner.loop()
                .execute(() ->
                        owner.adopt(id, listener.name(), remote, socket, listener.protocol()));
    }

    private boolean admit(LoopSockets acceptor, InetSocketAddress remote) {
        if (stats.open() >= settings.maxConnections()) {
            stats.refusedInAllOne();
            acceptor.warn(
                    "refused {}: {} connections are open (max.connections)", remote, stats.open());
            return false;
        }
        int fromAddress = byAddress.merge(remote.getAddress(), 1, Integer::sum);
        if (fromAddress > settings.maxConnectionsPerAddress()) {
            forget(remote);
            stats.refusedPerAddressOne();
            acceptor.warn(
                    "refused {}: its address has {} connections (max.connections.per.ip)",
                    remote,
                    settings.maxConnectionsPerAddress());
            return false;
        }
        return true;
    }

    private void forget(InetSocketAddress remote) {
        byAddress.computeIfPresent(
                remote.getAddress(), (address, count) -> count == 1 ? null : count - 1);
    }

    private LoopSockets fewestConnections() {
        LoopSockets fewest = loops.getFirst();
        for (LoopSockets candidate : loops) {
            if (candidate.count().get() < fewest.count().get()) {
                fewest = candidate;
            }
        }
        return fewest;
    }

    /**
     * Connects to another broker. On success the protocol is asked for a handler, as for an
     * accepted connection. Called on the loop that shall own the connection.
     *
     * @param loop one of those this was made with
     * @param address resolved
     * @param failed told on the loop when there will be no connection
     */
    public void connect(
            EventLoop loop,
            InetSocketAddress address,
            long timeoutMs,
            Protocol protocol,
            Consumer<IOException> failed) {
        for (LoopSockets sockets : loops) {
            if (sockets.loop() == loop) {
                new Connecting(sockets, nextId.getAndIncrement(), address, protocol, failed)
                        .begin(timeoutMs);
                return;
            }
        }
        throw new IllegalArgumentException("not a loop of this transport");
    }

    private void connectionClosed(SocketConnection connection) {
        forget(connection.remote());
        stats.closed();
        CountDownLatch waiting = allClosed.get();
        if (waiting != null && stats.open() == 0) {
            waiting.countDown();
        }
    }

    private void memoryFree() {
        for (LoopSockets sockets : loops) {
            sockets.loop().post(sockets::memoryFree);
        }
    }

    /**
     * Stops accepting, lets every connection finish what is in flight, and cuts what is left after
     * the grace. Blocks; not on a loop.
     */
    public void close(long graceMs) {
        for (Listener listener : listeners) {
            try {
                listener.channel().close();
            } catch (IOException e) {
                LOG.debug("closing listener {}", listener.name(), e);
            }
        }
        CountDownLatch waiting = new CountDownLatch(1);
        allClosed.set(waiting);
        loops.forEach(sockets -> sockets.loop().execute(sockets::shutdown));
        try {
            if (stats.open() > 0 && !waiting.await(graceMs, TimeUnit.MILLISECONDS)) {
                LOG.info("{} connections did not finish in {} ms: cut", stats.open(), graceMs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loops.forEach(sockets -> sockets.loop().execute(sockets::cut));
    }

    @Override
    public void close() {
        close(0);
    }
}
