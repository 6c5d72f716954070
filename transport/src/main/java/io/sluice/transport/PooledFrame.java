package io.sluice.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** A received frame whose buffer goes back to the pool. */
final class PooledFrame implements Frame {

    private static final AtomicIntegerFieldUpdater<PooledFrame> RELEASED =
            AtomicIntegerFieldUpdater.newUpdater(PooledFrame.class, "released");

    private final BufferPool.Buffer buffer;
    private final BufferPool pool;
    private final FrameMemory memory;
    private final @Nullable Object grown;

    @SuppressWarnings("UnusedVariable") // by its updater
    private volatile int released;

    /**
     * @param grown what the frame grew as and may exceed the limit as
     */
    PooledFrame(
            BufferPool.Buffer buffer, BufferPool pool, FrameMemory memory, @Nullable Object grown) {
        this.buffer = buffer;
        this.pool = pool;
        this.memory = memory;
        this.grown = grown;
    }

    @Override
    public ByteBuffer bytes() {
        return buffer.bytes();
    }

    @Override
    public void release() {
        if (!RELEASED.compareAndSet(this, 0, 1)) {
            throw new IllegalStateException("frame released twice");
        }
        int capacity = buffer.capacity();
        pool.give(buffer);
        memory.give(capacity);
        memory.endExceeding(grown);
    }
}
