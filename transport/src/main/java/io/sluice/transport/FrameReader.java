package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts frames from one connection's stream. Bytes come through the loop's scratch buffer, many
 * small frames in one read; the rest of a frame that is not whole is read straight into its own
 * buffer, and what follows it into the scratch buffer by the same call. Between frames the reader
 * holds no pooled buffer.
 *
 * <p>A declared size is not believed: the buffer grows as bytes arrive, to four times of what is
 * there, so a stranger who declares much and sends little costs little (I-29). A connection that
 * has sent large frames is believed up to their size.
 */
final class FrameReader {

    /** The first buffer of a frame that is not whole yet. */
    static final int FIRST_BYTES = 4 * 1024;

    /** The largest size that is believed because such frames came before. */
    static final int MAX_BELIEVED_BYTES = 1 << 20;

    private static final int GROWTH = 4;

    private final Protocol protocol;
    private final int maxFrameBytes;
    private final BufferPool pool;
    private final FrameMemory memory;
    private final Consumer<Frame> whole;
    private final ByteBuffer prefix;
    private final ByteBuffer[] targets = new ByteBuffer[2];
    private BufferPool.@Nullable Buffer partial;
    private int partialSize;
    private @Nullable Object grown;
    private int believedBytes;
    private boolean mayHaveMore;
    private boolean closed;

    /**
     * @param whole gets every frame that is whole, and owns it
     */
    FrameReader(
            Protocol protocol,
            int maxFrameBytes,
            BufferPool pool,
            FrameMemory memory,
            Consumer<Frame> whole) {
        this.protocol = protocol;
        this.maxFrameBytes = maxFrameBytes;
        this.pool = pool;
        this.memory = memory;
        this.whole = whole;
        this.prefix = ByteBuffer.allocate(protocol.prefixSize());
    }

    /** Whether a frame is half received. */
    boolean isInFrame() {
        return partial != null || prefix.position() > 0;
    }

    /** Whether the last read left nothing of its room, so that the socket may hold more. */
    boolean mayHaveMore() {
        return mayHaveMore;
    }

    /** Whether there is memory to go on; if not, the memory's {@code onRoom} will tell. */
    boolean hasRoom() throws Protocol.MalformedFrameException {
        BufferPool.Buffer buffer = partial;
        if (buffer == null) {
            return memory.hasRoom();
        }
        return buffer.bytes().hasRemaining() || grow(buffer);
    }

    /**
     * Reads once and gives every frame that became whole.
     *
     * @return bytes read, -1 at the end of the stream
     */
    long readFrom(Wire wire, ByteBuffer scratch)
            throws IOException, Protocol.MalformedFrameException {
        if (partial != null) {
            return readPartial(partial, wire, scratch);
        }
        scratch.clear();
        scratch.put(prefix.flip());
        prefix.clear();
        int stashed = scratch.position();
        int read = wire.read(scratch);
        mayHaveMore = !scratch.hasRemaining();
        scratch.flip();
        if (read <= 0) {
            prefix.put(scratch);
            return read;
        }
        cut(scratch);
        return scratch.limit() - stashed;
    }

    private long readPartial(BufferPool.Buffer buffer, Wire wire, ByteBuffer scratch)
            throws IOException, Protocol.MalformedFrameException {
        ByteBuffer bytes = buffer.bytes();
        if (bytes.limit() < partialSize) {
            int read = wire.read(bytes);
            mayHaveMore = !bytes.hasRemaining();
            return read;
        }
        scratch.clear();
        targets[0] = bytes;
        targets[1] = scratch;
        long read = wire.read(targets);
        mayHaveMore = !scratch.hasRemaining();
        if (bytes.hasRemaining()) {
            return read;
        }
        partial = null;
        Object grownAs = grown;
        grown = null;
        believedBytes = Math.max(believedBytes, Math.min(partialSize, MAX_BELIEVED_BYTES));
        bytes.flip();
        whole.accept(new PooledFrame(buffer, pool, memory, grownAs));
        cut(scratch.flip());
        return read;
    }

    private void cut(ByteBuffer scratch) throws Protocol.MalformedFrameException {
        while (!closed && scratch.remaining() >= protocol.prefixSize()) {
            int size = checkedSize(scratch);
            if (scratch.remaining() < size) {
                begin(scratch, size);
                return;
            }
            BufferPool.Buffer frame = take(size);
            memory.add(frame.capacity());
            int start = scratch.position();
            frame.bytes().limit(size).put(0, scratch, start, size);
            scratch.position(start + size);
            whole.accept(new PooledFrame(frame, pool, memory, null));
        }
        if (!closed) {
            prefix.put(scratch);
        }
    }

    private int checkedSize(ByteBuffer bytes) throws Protocol.MalformedFrameException {
        int size = protocol.frameSize(bytes);
        if (size < protocol.prefixSize()) {
            throw new Protocol.MalformedFrameException(
                    "a frame of %d bytes is smaller than its prefix".formatted(size));
        }
        if (size > maxFrameBytes) {
            throw new Protocol.MalformedFrameException(
                    "a frame of %d bytes is above the limit of %d (socket.request.max.bytes)"
                            .formatted(size, maxFrameBytes));
        }
        return size;
    }

    private void begin(ByteBuffer scratch, int size) throws Protocol.MalformedFrameException {
        int room = Math.max(Math.max(FIRST_BYTES, believedBytes), GROWTH * scratch.remaining());
        BufferPool.Buffer buffer = take(Math.min(size, room));
        memory.add(buffer.capacity());
        buffer.bytes().limit(Math.min(size, buffer.capacity())).put(scratch);
        partial = buffer;
        partialSize = size;
    }

    private boolean grow(BufferPool.Buffer full) throws Protocol.MalformedFrameException {
        long room = Math.max(believedBytes, (long) GROWTH * full.capacity());
        int capacity = (int) Math.min(partialSize, room);
        if (grown == null) {
            grown = new Object();
        }
        if (!memory.tryGrow(grown, capacity)) {
            return false;
        }
        BufferPool.Buffer larger;
        try {
            larger = take(capacity);
        } catch (Protocol.MalformedFrameException e) {
            memory.give(capacity);
            throw e;
        }
        memory.add(larger.capacity() - capacity);
        larger.bytes().limit(Math.min(partialSize, larger.capacity())).put(full.bytes().flip());
        partial = larger;
        giveBack(full);
        return true;
    }

    private BufferPool.Buffer take(int bytes) throws Protocol.MalformedFrameException {
        try {
            return pool.take(bytes);
        } catch (OutOfMemoryError e) {
            throw new Protocol.MalformedFrameException(
                    "no memory outside the heap for %d bytes of a frame".formatted(bytes));
        }
    }

    private void giveBack(BufferPool.Buffer buffer) {
        int capacity = buffer.capacity();
        pool.give(buffer);
        memory.give(capacity);
    }

    /** The connection is gone: what is half received goes back, and nothing more is given. */
    void close() {
        closed = true;
        if (partial != null) {
            giveBack(partial);
            partial = null;
        }
        memory.endExceeding(grown);
    }
}
