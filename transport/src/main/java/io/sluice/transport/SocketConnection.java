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

/** One accepted socket. Owned by its loop. */
final class SocketConnection implements Connection, SelectorPoller.Ready {

    /** Reads of one turn, so that one connection does not starve the others of its loop. */
    private static final int READS_PER_TURN = 8;

    /** Bytes sent in one turn. */
    private static final long WRITE_BYTES_PER_TURN = 4L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);

    private final long id;
    private final LoopSockets owner;
    private final String listener;
    private final InetSocketAddress remote;
    private final Wire wire;
    private final FrameReader reader;
    private final WriteQueue writes = new WriteQueue();
    private @Nullable SelectionKey key;
    private @Nullable ConnectionHandler handler;
    private int interest;
    private boolean paused;
    private boolean starved;
    private boolean reading;
    private boolean closed;
    private boolean closing;
    private String closeReason = "";
    private long lastActiveNanos;
    private long lastWriteNanos;

    SocketConnection(
            long id,
            LoopSockets owner,
            String listener,
            InetSocketAddress remote,
            SocketChannel socket,
            Protocol protocol) {
        this.id = id;
        this.owner = owner;
        this.listener = listener;
        this.remote = remote;
        this.wire = new PlainWire(socket);
        this.reader =
                new FrameReader(protocol, owner.settings(), owner.pool(), owner.frameMemory());
    }

    void open(SocketChannel socket, Protocol protocol) throws IOException {
        lastActiveNanos = owner.loop().clock().monotonicNanos();
        lastWriteNanos = lastActiveNanos;
        key = owner.poller().register(socket, SelectionKey.OP_READ, this);
        interest = SelectionKey.OP_READ;
        handler = protocol.connected(this);
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

    @Override
    public void ready(SelectionKey ready) {
        if (ready.isValid() && ready.isWritable()) {
            flush();
        }
        if (!closed && ready.isValid() && ready.isReadable()) {
            read();
        }
    }

    private void read() {
        reading = true;
        try {
            for (int i = 0; i < READS_PER_TURN && wantsToRead(); i++) {
                int read = reader.readFrom(wire, owner.scratch(), this::deliver);
                if (read < 0) {
                    close("closed by the peer");
                    return;
                }
                if (read == 0) {
                    break;
                }
                owner.stats().bytesIn(read);
                lastActiveNanos = owner.loop().clock().monotonicNanos();
                if (read < owner.scratch().capacity() && !reader.isInFrame()) {
                    break; // the socket is drained: the next read would only say so
                }
            }
        } catch (Protocol.MalformedFrameException e) {
            owner.warn("closing {}: {}", remote, e.getMessage());
            close(e.getMessage());
        } catch (IOException e) {
            LOG.debug("{} is gone", remote, e);
            close("the peer is gone: " + e.getMessage());
        } finally {
            reading = false;
            flush();
            updateInterest();
        }
    }

    private boolean wantsToRead() {
        if (closed || closing || paused) {
            return false;
        }
        if (!reader.isInFrame() && !owner.frameMemory().hasRoom()) {
            starved = true;
            return false;
        }
        return true;
    }

    private void deliver(Frame frame) {
        ConnectionHandler to = handler;
        if (closed || to == null) {
            frame.release();
            return;
        }
        to.received(frame);
    }

    /** Memory for frames came free. */
    void memoryFree() {
        if (starved) {
            starved = false;
            updateInterest();
        }
    }

    @Override
    public void write(List<Outbound> parts) {
        if (closed || closing) {
            parts.forEach(Outbound::release);
            return;
        }
        if (writes.isEmpty()) {
            lastWriteNanos = owner.loop().clock().monotonicNanos();
        }
        for (Outbound part : parts) {
            writes.add(part);
        }
        if (!reading) {
            flush();
        }
    }

    private void flush() {
        if (closed || writes.isEmpty()) {
            return;
        }
        try {
            long sent = writes.drain(wire, WRITE_BYTES_PER_TURN);
            if (sent > 0) {
                owner.stats().bytesOut(sent);
                lastActiveNanos = owner.loop().clock().monotonicNanos();
                lastWriteNanos = lastActiveNanos;
            }
        } catch (IOException e) {
            LOG.debug("{} is gone", remote, e);
            close("the peer is gone: " + e.getMessage());
            return;
        }
        if (writes.isEmpty()) {
            if (closing) {
                close(closeReason);
                return;
            }
            if (handler != null) {
                handler.drained();
            }
        }
        updateInterest();
    }

    private void updateInterest() {
        if (closed || key == null || reading) {
            return;
        }
        int wanted = writes.isEmpty() ? 0 : SelectionKey.OP_WRITE;
        if (!paused && !starved && !closing) {
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
        paused = false;
        updateInterest();
    }

    @Override
    public void closeAfterWrites(String reason) {
        if (writes.isEmpty() || closed) {
            close(reason);
            return;
        }
        closing = true;
        closeReason = reason;
        updateInterest();
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
        try {
            wire.close();
        } catch (IOException e) {
            LOG.debug("closing {}", remote, e);
        }
        owner.closed(this);
        if (handler != null) {
            handler.closed(reason);
        }
    }

    /** Closes it if it was silent, or its peer took nothing, for too long. */
    void closeIfIdle(long nowNanos) {
        long silentMs = (nowNanos - lastActiveNanos) / 1_000_000L;
        if (!writes.isEmpty()) {
            if ((nowNanos - lastWriteNanos) / 1_000_000L > owner.settings().writeTimeoutMs()) {
                close("the peer takes no bytes");
            }
        } else if (silentMs > owner.settings().idleTimeoutMs()) {
            close("idle for " + silentMs + " ms (connections.max.idle.ms)");
        }
    }

    void shutdown() {
        if (!closed && handler != null) {
            handler.shutdown();
        }
    }
}
