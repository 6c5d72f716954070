package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

    /** What stands for the listener's name where the connection was made from here. */
    private static final String CONNECTED = "(connected)";

    private static final long WARN_EVERY_NANOS = 1_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(LoopSockets.class);

    private final EventLoop loop;
    private final SelectorPoller poller;
    private final TransportSettings settings;
    private final FrameMemory frameMemory;
    private final FrameMemory peerMemory;
    private final BufferPool pool;
    private final TransportStats stats;
    private final Consumer<SocketConnection> onClosed;
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private final GatheredWrite gathered = new GatheredWrite();
    private final Set<SocketConnection> connections = new LinkedHashSet<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Those with something to send that was not tried yet; each is in it once. */
    private final Deque<SocketConnection> unsent = new ArrayDeque<>();

    /** Those that wait for memory, in order; each is in it once. */
    private final Deque<SocketConnection> starved = new ArrayDeque<>();

    private boolean stopping;
    private long lastWarningNanos;
    private long keptQuiet;

    LoopSockets(
            EventLoop loop,
            SelectorPoller poller,
            TransportSettings settings,
            FrameMemory frameMemory,
            FrameMemory peerMemory,
            BufferPool pool,
            TransportStats stats,
            Consumer<SocketConnection> onClosed) {
        this.loop = loop;
        this.poller = poller;
        this.settings = settings;
        this.frameMemory = frameMemory;
        this.peerMemory = peerMemory;
        this.pool = pool;
        this.stats = stats;
        this.onClosed = onClosed;
        this.lastWarningNanos = loop.clock().monotonicNanos() - WARN_EVERY_NANOS;
    }

    void start() {
        loop.execute(() -> {
            poller.onEndOfTurn(this::sendUnsent);
            scheduleSweep();
        });
    }

    private void scheduleSweep() {
        long nearest =
                Math.min(
                        settings.idleTimeoutMs(),
                        Math.min(settings.writeTimeoutMs(), settings.frameTimeoutMs()));
        loop.schedule(
                Math.clamp(nearest / 4, 1, MAX_SWEEP_MS),
                () -> {
                    long now = loop.clock().monotonicNanos();
                    snapshot().forEach(connection -> connection.closeIfLate(now));
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
        serve(
                new SocketConnection(
                        id, this, listener, remote, true, frameMemory, socket, protocol),
                socket,
                protocol);
    }

    /**
     * Takes over a socket that was connected from here; called on this loop.
     *
     * @return whether the protocol's handler has it
     */
    boolean adoptConnected(
            long id, InetSocketAddress remote, SocketChannel socket, Protocol protocol) {
        count.incrementAndGet();
        return serve(
                new SocketConnection(
                        id, this, CONNECTED, remote, false, peerMemory, socket, protocol),
                socket,
                protocol);
    }

    private boolean serve(SocketConnection connection, SocketChannel socket, Protocol protocol) {
        connections.add(connection);
        if (stopping) {
            connection.close("the broker stops");
            return false;
        }
        try {
            connection.open(socket, protocol);
            return true;
        } catch (IOException e) {
            connection.close("cannot be registered: " + e.getMessage());
            return false;
        } catch (RuntimeException | Error e) {
            connection.close("defect");
            throw e;
        }
    }

    void closed(SocketConnection connection) {
        connections.remove(connection);
        count.decrementAndGet();
        if (connection.isAccepted()) {
            onClosed.accept(connection);
        }
    }

    /**
     * The connection has something to send. It goes at the end of the turn, together with what the
     * turn still brings: a system call for each turn, not for each answer.
     */
    void sendLater(SocketConnection connection) {
        unsent.addLast(connection);
    }

    /** Returns whether more came meanwhile. */
    private boolean sendUnsent() {
        for (int i = unsent.size(); i > 0; i--) {
            unsent.removeFirst().sendNow();
        }
        return !unsent.isEmpty();
    }

    /** The connection waits for memory for frames. */
    void starve(SocketConnection connection) {
        stats.starvedOne();
        starved.addLast(connection);
    }

    /** Memory came free: those that wait read, in order, as long as there is some. */
    void memoryFree() {
        for (int i = starved.size(); i > 0; i--) {
            starved.removeFirst().readAfterStarving();
        }
    }

    void shutdown() {
        stopping = true;
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
        if (now - lastWarningNanos < WARN_EVERY_NANOS) {
            keptQuiet++;
            return;
        }
        lastWarningNanos = now;
        LOG.warn(format, arguments);
        if (keptQuiet > 0) {
            LOG.warn("{} more warnings of that kind were not logged before", keptQuiet);
            keptQuiet = 0;
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

    BufferPool pool() {
        return pool;
    }

    TransportStats stats() {
        return stats;
    }

    ByteBuffer scratch() {
        return scratch;
    }

    GatheredWrite gathered() {
        return gathered;
    }
}
