package io.sluice.transport;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers in power-of-two sizes, kept for reuse, about 40 MB of them at most. Any thread may
 * take and give. A buffer above {@link #MAX_POOLED_BYTES} is made for its use and freed at once
 * when given back, without waiting for the garbage collector.
 */
final class BufferPool {

    static final int MIN_BYTES = 256;
    static final int MAX_POOLED_BYTES = 4 << 20;

    /** Bytes kept of each size, and buffers. */
    private static final int KEPT_BYTES_PER_SIZE = 4 << 20;

    private static final int MAX_KEPT_PER_SIZE = 256;
    private static final int MIN_KEPT_PER_SIZE = 2;
    private static final int MIN_SHIFT = Integer.numberOfTrailingZeros(MIN_BYTES);
    private static final int SIZES =
            Integer.numberOfTrailingZeros(MAX_POOLED_BYTES) - MIN_SHIFT + 1;

    @SuppressWarnings({"rawtypes", "unchecked"})
    private final MpmcAtomicArrayQueue<Buffer>[] free = new MpmcAtomicArrayQueue[SIZES];

    private final AtomicInteger made = new AtomicInteger();

    /** A buffer with what frees it. */
    static final class Buffer {
        private final ByteBuffer bytes;
        private final @Nullable Arena arena;

        private Buffer(ByteBuffer bytes, @Nullable Arena arena) {
            this.bytes = bytes;
            this.arena = arena;
        }

        ByteBuffer bytes() {
            return bytes;
        }

        int capacity() {
            return bytes.capacity();
        }
    }

    BufferPool() {
        for (int i = 0; i < SIZES; i++) {
            int kept = Math.min(MAX_KEPT_PER_SIZE, KEPT_BYTES_PER_SIZE >> (i + MIN_SHIFT));
            free[i] = new MpmcAtomicArrayQueue<>(Math.max(MIN_KEPT_PER_SIZE, kept));
        }
    }

    /**
     * A cleared big-endian buffer of at least that capacity.
     *
     * @throws OutOfMemoryError if the process has no memory outside the heap left
     */
    Buffer take(int bytes) {
        if (bytes > MAX_POOLED_BYTES) {
            made.incrementAndGet();
            Arena arena = Arena.ofShared();
            try {
                return new Buffer(arena.allocate(bytes).asByteBuffer(), arena);
            } catch (OutOfMemoryError e) {
                arena.close();
                throw e;
            }
        }
        int index = index(bytes);
        Buffer buffer = free[index].poll();
        if (buffer == null) {
            made.incrementAndGet();
            return new Buffer(ByteBuffer.allocateDirect(MIN_BYTES << index), null);
        }
        buffer.bytes.clear().order(ByteOrder.BIG_ENDIAN);
        return buffer;
    }

    /** Gives a buffer back; the caller forgets it. */
    void give(Buffer buffer) {
        if (buffer.arena != null) {
            buffer.arena.close();
        } else {
            free[index(buffer.capacity())].offer(buffer);
        }
    }

    /** Buffers made so far, to see that they are reused. */
    int made() {
        return made.get();
    }

    private static int index(int bytes) {
        if (bytes <= MIN_BYTES) {
            return 0;
        }
        return Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1) - MIN_SHIFT;
    }
}
