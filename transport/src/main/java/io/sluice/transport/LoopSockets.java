package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets of one event loop and what they share. Owned by the loop. */
final class LoopSockets {

    /** One read takes at most so much; many small frames come in one call. */
    private static final int SCRATCH_BYTES = 128 * 1024;

    private static final long MAX_SWEEP_MS = 10_000;
    private static final long WARN_EVERY_NANOS = 1_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(LoopSockets.class);

    private final EventLoop loop;
    private final SelectorPoller poller;
    private final TransportSettings settings;
    private final FrameMemory frameMemory;
    private final BufferPool pool;
    private final TransportStats stats;
    private final Consumer<SocketConnection> onClosed;
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final Set<SocketConnection> connections = new LinkedHashSet<>();
    private final AtomicInteger count = new AtomicInteger();
    private long lastWarningNanos = Long.MIN_VALUE / 2;

    LoopSockets(
            EventLoop loop,
            SelectorPoller poller,
            TransportSettings settings,
            FrameMemory frameMemory,
            BufferPool pool,
            TransportStats stats,
            Consumer<SocketConnection> onClosed) {
        this.loop = loop;
        this.poller = poller;
        this.settings = settings;
        this.frameMemory = frameMemory;
        this.pool = pool;
        this.stats = stats;
        this.onClosed = onClosed;
    }

    void start() {
        loop.execute(this::scheduleSweep);
    }

    private void scheduleSweep() {
        long nearest = Math.min(settings.idleTimeoutMs(), settings.writeTimeoutMs());
        loop.schedule(
                Math.clamp(nearest / 4, 1, MAX_SWEEP_MS),
                () -> {
                    long now = loop.clock().monotonicNanos();
                    snapshot().forEach(connection -> connection.closeIfIdle(now));
                    scheduleSweep();
                });
    }

    /** Takes over an accepted socket; called on this loop. */
    void adopt(
            long id,
            String listener,
            InetSocketAddress remote,
            SocketChannel socket,
            Protocol protocol) {
        SocketConnection connection =
                new SocketConnection(id, this, listener, remote, socket, protocol);
        connections.add(connection);
        try {
            connection.open(socket, protocol);
        } catch (IOException e) {
            connection.close("cannot be registered: " + e.getMessage());
        }
    }

    void closed(SocketConnection connection) {
        connections.remove(connection);
        count.decrementAndGet();
        onClosed.accept(connection);
    }

    void memoryFree() {
        connections.forEach(SocketConnection::memoryFree);
    }

    void shutdown() {
        snapshot().forEach(SocketConnection::shutdown);
    }

    void cut() {
        snapshot().forEach(connection -> connection.close("the broker stops"));
    }

    private List<SocketConnection> snapshot() {
        return new ArrayList<>(connections);
    }

    /** Warns of a peer's fault, at most once a second: a flood of them must not fill the log. */
    void warn(String format, Object... arguments) {
        long now = loop.clock().monotonicNanos();
        if (now - lastWarningNanos >= WARN_EVERY_NANOS) {
            lastWarningNanos = now;
            LOG.warn(format, arguments);
        }
    }

    /** Connections assigned, for balance; any thread. */
    AtomicInteger count() {
        return count;
    }

    EventLoop loop() {
        return loop;
    }

    SelectorPoller poller() {
        return poller;
    }

    TransportSettings settings() {
        return settings;
    }

    FrameMemory frameMemory() {
        return frameMemory;
    }

    BufferPool pool() {
        return pool;
    }

    TransportStats stats() {
        return stats;
    }

    ByteBuffer scratch() {
        return scratch;
    }
}
