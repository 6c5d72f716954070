package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts frames from one connection's stream. Bytes come through the loop's scratch buffer, many
 * small frames in one read; the rest of a frame that is not whole is read straight into its own
 * buffer. A declared size is not believed: the buffer grows as bytes arrive, so a stranger who
 * declares much and sends little costs little (I-29).
 */
final class FrameReader {

    /** The first buffer of a frame that is not whole yet. */
    static final int FIRST_BYTES = 64 * 1024;

    private final Protocol protocol;
    private final TransportSettings settings;
    private final BufferPool pool;
    private final FrameMemory memory;
    private final ByteBuffer prefix;
    private @Nullable ByteBuffer partial;
    private int partialSize;

    FrameReader(
            Protocol protocol, TransportSettings settings, BufferPool pool, FrameMemory memory) {
        this.protocol = protocol;
        this.settings = settings;
        this.pool = pool;
        this.memory = memory;
        this.prefix = ByteBuffer.allocate(protocol.prefixSize());
    }

    /** Whether a frame is half received. */
    boolean isInFrame() {
        return partial != null;
    }

    /**
     * Reads once and gives every frame that became whole.
     *
     * @return bytes read, -1 at the end of the stream
     */
    int readFrom(Wire wire, ByteBuffer scratch, Consumer<Frame> whole)
            throws IOException, Protocol.MalformedFrameException {
        if (partial != null) {
            return readPartial(partial, wire, whole);
        }
        scratch.clear();
        scratch.put(prefix.flip());
        prefix.clear();
        int stashed = scratch.position();
        int read = wire.read(scratch);
        scratch.flip();
        if (read <= 0) {
            prefix.put(scratch);
            return read;
        }
        cut(scratch, whole);
        return scratch.limit() - stashed;
    }

    private void cut(ByteBuffer scratch, Consumer<Frame> whole)
            throws Protocol.MalformedFrameException {
        while (scratch.remaining() >= protocol.prefixSize()) {
            int size = checkedSize(scratch);
            if (scratch.remaining() < size) {
                begin(scratch, size);
                return;
            }
            ByteBuffer frame = takeBuffer(size);
            frame.put(scratch.slice(scratch.position(), size)).flip();
            scratch.position(scratch.position() + size);
            whole.accept(new PooledFrame(frame, pool, memory));
        }
        prefix.put(scratch);
    }

    private int checkedSize(ByteBuffer bytes) throws Protocol.MalformedFrameException {
        int size = protocol.frameSize(bytes);
        if (size > settings.maxFrameBytes()) {
            throw new Protocol.MalformedFrameException(
                    "frame of %d bytes is above the limit of %d (socket.request.max.bytes)"
                            .formatted(size, settings.maxFrameBytes()));
        }
        return size;
    }

    private void begin(ByteBuffer scratch, int size) throws Protocol.MalformedFrameException {
        int firstBytes = Math.min(size, Math.max(FIRST_BYTES, 2 * scratch.remaining()));
        ByteBuffer buffer = takeBuffer(firstBytes);
        buffer.limit(Math.min(size, buffer.capacity()));
        buffer.put(scratch);
        partial = buffer;
        partialSize = size;
    }

    private int readPartial(ByteBuffer buffer, Wire wire, Consumer<Frame> whole)
            throws IOException, Protocol.MalformedFrameException {
        int read = wire.read(buffer);
        if (buffer.hasRemaining()) {
            return read;
        }
        if (buffer.position() == partialSize) {
            partial = null;
            whole.accept(new PooledFrame(buffer.flip(), pool, memory));
            return read;
        }
        ByteBuffer larger = takeBuffer(Math.min(partialSize, 2 * buffer.capacity()));
        larger.limit(Math.min(partialSize, larger.capacity()));
        larger.put(buffer.flip());
        giveBuffer(buffer);
        partial = larger;
        return read;
    }

    private ByteBuffer takeBuffer(int bytes) throws Protocol.MalformedFrameException {
        ByteBuffer buffer = pool.take(bytes);
        if (!memory.take(buffer.capacity())) {
            pool.give(buffer);
            throw new Protocol.MalformedFrameException(
                    "requests hold %d bytes, the bound is reached (queued.max.request.bytes)"
                            .formatted(memory.usedBytes()));
        }
        return buffer;
    }

    private void giveBuffer(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        pool.give(buffer);
        memory.give(capacity);
    }

    /** The connection is gone: what is half received goes back. */
    void close() {
        if (partial != null) {
            giveBuffer(partial);
            partial = null;
        }
    }
}
