package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket, accepted or connected from here. Owned by its loop.
 *
 * <p>It reads unless it is paused by its handler, starved of memory for frames, or closing. What is
 * written in a turn is sent at the turn's end; if the socket does not take all, the rest waits
 * until it is writable.
 */
final class SocketConnection implements Connection, SelectorPoller.Ready {

    /** Reads of one turn, so that one connection does not starve the others of its loop. */
    private static final int READS_PER_TURN = 8;

    /** Bytes sent in one turn. */
    private static final long WRITE_BYTES_PER_TURN = 4L << 20;

    /** How long a peer that was told of our end may still send before it is cut. */
    private static final long LINGER_MS = 1000;

    /** Turns in which a writable socket takes nothing, before its next part is held for broken. */
    private static final int MAX_STUCK_TURNS = 16;

    private static final long NANOS_PER_MS = 1_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);

    private final long id;
    private final LoopSockets owner;
    private final String listener;
    private final InetSocketAddress remote;
    private final boolean accepted;
    private final FrameMemory memory;
    private final Wire wire;
    private final FrameReader reader;
    private final WriteQueue writes = new WriteQueue();
    private @Nullable SelectionKey key;
    private @Nullable ConnectionHandler handler;
    private int interest;
    private boolean paused;
    private boolean starved;
    private boolean reading;
    private boolean sendsLater;
    private boolean socketFull;
    private boolean closed;
    private boolean closing;
    private boolean peerEnded;
    private boolean inputEnded;
    private String closeReason = "";
    private EventLoop.@Nullable Timer lingering;
    private int stuckTurns;
    private long lastActiveNanos;
    private long lastWriteNanos;

    /** When the peer began to owe us the rest of a frame. */
    private long frameSinceNanos;

    /**
     * @param accepted whether the peer opened it; else we did
     * @param memory what the frames it receives are counted against
     */
    SocketConnection(
            long id,
            LoopSockets owner,
            String listener,
            InetSocketAddress remote,
            boolean accepted,
            FrameMemory memory,
            SocketChannel socket,
            Protocol protocol) {
        this.id = id;
        this.accepted = accepted;
        this.memory = memory;
        this.owner = owner;
        this.listener = listener;
        this.remote = remote;
        this.wire = new PlainWire(socket);
        this.reader =
                new FrameReader(
                        protocol,
                        owner.settings().maxFrameBytes(),
                        owner.pool(),
                        memory,
                        this::deliver);
    }

    void open(SocketChannel socket, Protocol protocol) throws IOException {
        lastActiveNanos = now();
        lastWriteNanos = lastActiveNanos;
        frameSinceNanos = lastActiveNanos;
        key = owner.poller().register(socket, SelectionKey.OP_READ, this);
        interest = SelectionKey.OP_READ;
        handler = protocol.connected(this);
    }

    private long now() {
        return owner.loop().clock().monotonicNanos();
    }

    @Override
    public EventLoop loop() {
        return owner.loop();
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public String listener() {
        return listener;
    }

    boolean isAccepted() {
        return accepted;
    }

    @Override
    public void ready(SelectionKey ready) {
        boolean readable = ready.isReadable();
        try {
            if (ready.isWritable()) {
                socketFull = false;
                send(true);
            }
            if (readable) {
                read();
            }
        } catch (RuntimeException | Error e) {
            close("defect");
            throw e;
        }
    }

    private void read() {
        if (lingering != null) {
            dropInput();
            return;
        }
        reading = true;
        boolean wasInFrame = reader.isInFrame();
        try {
            for (int i = 0; i < READS_PER_TURN && wantsToRead(); i++) {
                long read = reader.readFrom(wire, owner.scratch());
                if (read < 0) {
                    peerEnded = true;
                    endInput("closed by the peer");
                    return;
                }
                if (read > 0) {
                    owner.stats().bytesIn(read);
                    lastActiveNanos = now();
                }
                if (!reader.mayHaveMore()) {
                    break; // the socket is drained: the next read would only say so
                }
            }
            if (!wasInFrame) {
                frameSinceNanos = lastActiveNanos;
            }
        } catch (Protocol.MalformedFrameException e) {
            owner.stats().malformedOne();
            String reason = String.valueOf(e.getMessage());
            owner.warn("closing {} of {}: {}", remote, listener, reason);
            endInput(reason);
        } catch (IOException e) {
            gone(e);
        } finally {
            reading = false;
            send(false);
            updateInterest();
        }
    }

    /** What is in flight is answered before the connection ends. */
    private void endInput(String reason) {
        inputEnded = true;
        if (handler == null || !handler.inputEnded(reason)) {
            closeAfterWrites(reason);
        }
    }

    private boolean wantsToRead() throws Protocol.MalformedFrameException {
        if (closed || closing || inputEnded || paused || starved) {
            return false;
        }
        if (!reader.hasRoom()) {
            starved = true;
            owner.starve(this);
            return false;
        }
        return true;
    }

    private void deliver(Frame frame) {
        ConnectionHandler to = handler;
        if (closed || closing || to == null) {
            frame.release();
            return;
        }
        frameSinceNanos = lastActiveNanos;
        to.received(frame);
    }

    /** Memory for frames came free. */
    void readAfterStarving() {
        starved = false;
        frameSinceNanos = now();
        if (!closed) {
            read();
        }
    }

    @Override
    public void write(List<Outbound> parts) {
        if (closed || closing) {
            parts.forEach(Outbound::release);
            return;
        }
        if (writes.isEmpty()) {
            lastWriteNanos = now();
        }
        for (Outbound part : parts) {
            writes.add(part);
        }
        if (!reading && !socketFull && !sendsLater) {
            sendsLater = true;
            owner.sendLater(this);
        }
    }

    /** The end of the turn. */
    void sendNow() {
        sendsLater = false;
        try {
            send(false);
            updateInterest();
        } catch (RuntimeException | Error e) {
            close("defect");
            throw e;
        }
    }

    /**
     * @param writable whether the selector has just said that the socket takes bytes
     */
    private void send(boolean writable) {
        if (closed || writes.isEmpty() || socketFull) {
            return;
        }
        long sent;
        try {
            sent = writes.drain(wire, owner.gathered(), WRITE_BYTES_PER_TURN);
        } catch (IOException e) {
            gone(e);
            return;
        }
        if (sent > 0) {
            stuckTurns = 0;
            owner.stats().bytesOut(sent);
            lastActiveNanos = now();
            lastWriteNanos = lastActiveNanos;
        }
        if (writes.isEmpty()) {
            sentAll();
            return;
        }
        socketFull = true;
        if (sent == 0 && writable && ++stuckTurns == MAX_STUCK_TURNS) {
            owner.warn("closing {}: a file region ends before its length", remote);
            close("a file region ends before its length");
            return;
        }
        updateInterest();
    }

    private void sentAll() {
        if (closing) {
            linger();
            return;
        }
        updateInterest();
        if (handler != null) {
            handler.drained();
        }
    }

    private void gone(IOException e) {
        LOG.debug("{} is gone", remote, e);
        close("the peer is gone: " + e.getMessage());
    }

    private void updateInterest() {
        if (closed || key == null || reading) {
            return;
        }
        int wanted = socketFull && !writes.isEmpty() ? SelectionKey.OP_WRITE : 0;
        if (lingering != null || (!paused && !starved && !closing && !inputEnded)) {
            wanted |= SelectionKey.OP_READ;
        }
        if (wanted != interest) {
            interest = wanted;
            key.interestOps(wanted);
        }
    }

    @Override
    public long pendingBytes() {
        return writes.pendingBytes();
    }

    @Override
    public void pauseReading() {
        paused = true;
        updateInterest();
    }

    @Override
    public void resumeReading() {
        if (paused) {
            paused = false;
            lastActiveNanos = now();
            frameSinceNanos = lastActiveNanos;
            updateInterest();
        }
    }

    @Override
    public void closeAfterWrites(String reason) {
        if (closed || closing) {
            return;
        }
        closing = true;
        closeReason = reason;
        if (writes.isEmpty()) {
            linger();
        } else {
            updateInterest();
        }
    }

    /**
     * All is written, but perhaps still on its way. Were the socket closed now and the peer sent
     * anything more, the answer to that would be a reset, which drops what is on its way. So we
     * only end our side, and wait a little for the peer to end its own.
     */
    private void linger() {
        if (peerEnded || now() - lastWriteNanos > LINGER_MS * NANOS_PER_MS) {
            close(closeReason);
            return;
        }
        reader.close();
        try {
            wire.endOutput();
        } catch (IOException e) {
            gone(e);
            return;
        }
        lingering = owner.loop().schedule(LINGER_MS, () -> close(closeReason));
        updateInterest();
    }

    private void dropInput() {
        try {
            for (int i = 0; i < READS_PER_TURN; i++) {
                int read = wire.read(owner.scratch().clear());
                if (read < 0) {
                    close(closeReason);
                    return;
                }
                if (read == 0) {
                    return;
                }
            }
        } catch (IOException e) {
            LOG.debug("{} is gone", remote, e);
            close(closeReason);
        }
    }

    @Override
    public void close(String reason) {
        if (closed) {
            return;
        }
        closed = true;
        reader.close();
        writes.clear();
        if (key != null) {
            key.cancel();
        }
        if (lingering != null) {
            lingering.cancel();
        }
        try {
            wire.close();
        } catch (IOException e) {
            LOG.debug("closing {}", remote, e);
        }
        owner.closed(this);
        if (handler != null) {
            handler.closed(lingering != null ? closeReason : reason);
        }
    }

    /** Closes it if it was silent, or its peer took or sent nothing, for too long. */
    void closeIfLate(long nowNanos) {
        TransportSettings settings = owner.settings();
        if (!writes.isEmpty()) {
            if (nowNanos - lastWriteNanos > settings.writeTimeoutMs() * NANOS_PER_MS) {
                late("the peer takes no bytes");
            }
            return;
        }
        if (paused || starved) {
            return; // it is us who do not read
        }
        if (nowNanos - lastActiveNanos > settings.idleTimeoutMs() * NANOS_PER_MS) {
            late("idle for too long (connections.max.idle.ms)");
        } else if (reader.isInFrame()
                && memory.isTight()
                && nowNanos - frameSinceNanos > settings.frameTimeoutMs() * NANOS_PER_MS) {
            late("its frame does not end, and memory for frames is used up");
        }
    }

    private void late(String reason) {
        owner.stats().timedOutOne();
        LOG.debug("closing {}: {}", remote, reason);
        close(reason);
    }

    void shutdown() {
        if (!closed && !closing && handler != null) {
            handler.shutdown();
        }
    }
}
