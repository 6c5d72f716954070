package io.sluice.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers in power-of-two sizes, kept for reuse. Any thread may take and give. What is kept
 * is bounded; above {@link #MAX_POOLED_BYTES} a buffer is made and dropped.
 */
final class BufferPool {

    static final int MIN_BYTES = 256;
    static final int MAX_POOLED_BYTES = 1 << 20;

    /** Bytes kept of each size. */
    private static final int KEPT_BYTES_PER_SIZE = 4 << 20;

    private static final int MAX_KEPT_PER_SIZE = 1024;
    private static final int MIN_SHIFT = Integer.numberOfTrailingZeros(MIN_BYTES);
    private static final int SIZES =
            Integer.numberOfTrailingZeros(MAX_POOLED_BYTES) - MIN_SHIFT + 1;

    @SuppressWarnings({"rawtypes", "unchecked"})
    private final MpmcAtomicArrayQueue<ByteBuffer>[] free = new MpmcAtomicArrayQueue[SIZES];

    private final AtomicInteger made = new AtomicInteger();

    BufferPool() {
        for (int i = 0; i < SIZES; i++) {
            int kept = Math.min(MAX_KEPT_PER_SIZE, KEPT_BYTES_PER_SIZE >> (i + MIN_SHIFT));
            free[i] = new MpmcAtomicArrayQueue<>(Math.max(4, kept));
        }
    }

    /** A cleared big-endian buffer of at least that capacity. */
    ByteBuffer take(int bytes) {
        if (bytes > MAX_POOLED_BYTES) {
            made.incrementAndGet();
            return ByteBuffer.allocateDirect(bytes);
        }
        int index = index(bytes);
        @Nullable ByteBuffer buffer = free[index].poll();
        if (buffer == null) {
            made.incrementAndGet();
            return ByteBuffer.allocateDirect(MIN_BYTES << index);
        }
        return buffer.clear();
    }

    /** Gives a buffer back; the caller forgets it. */
    void give(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        if (capacity <= MAX_POOLED_BYTES) {
            free[index(capacity)].offer(buffer);
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
