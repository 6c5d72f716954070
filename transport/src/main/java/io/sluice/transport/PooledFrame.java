package io.sluice.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A received frame whose buffer goes back to the pool. */
final class PooledFrame implements Frame {

    private final ByteBuffer bytes;
    private final BufferPool pool;
    private final FrameMemory memory;
    private final AtomicBoolean released = new AtomicBoolean();

    PooledFrame(ByteBuffer bytes, BufferPool pool, FrameMemory memory) {
        this.bytes = bytes;
        this.pool = pool;
        this.memory = memory;
    }

    @Override
    public ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void release() {
        if (!released.compareAndSet(false, true)) {
            throw new IllegalStateException("frame released twice");
        }
        int capacity = bytes.capacity();
        pool.give(bytes);
        memory.give(capacity);
    }
}
