package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

final class BufferPoolTest {

    private final BufferPool pool = new BufferPool();

    @Test
    void sizesArePowersOfTwoAndBuffersAreReused() {
        for (int bytes : new int[] {1, 255, 256, 257, 16_400, 1 << 20, (1 << 20) + 5, 4 << 20}) {
            BufferPool.Buffer buffer = pool.take(bytes);
            assertThat(buffer.capacity()).isGreaterThanOrEqualTo(bytes);
            assertThat(Integer.bitCount(buffer.capacity())).isEqualTo(1);
            assertThat(buffer.capacity()).isLessThan(Math.max(512, 2 * bytes));
            buffer.bytes().order(ByteOrder.LITTLE_ENDIAN).limit(1);
            pool.give(buffer);
            BufferPool.Buffer again = pool.take(bytes);
            assertThat(again).isSameAs(buffer);
            assertThat(again.bytes().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            assertThat(again.bytes().remaining()).isEqualTo(again.capacity());
        }
    }

    @Test
    void aHugeBufferIsFreedAtOnce() {
        BufferPool.Buffer huge = pool.take(BufferPool.MAX_POOLED_BYTES + 1);
        huge.bytes().putInt(0, 1);
        pool.give(huge);
        assertThatThrownBy(() -> huge.bytes().putInt(0, 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyAFewAreKept() {
        BufferPool.Buffer[] taken = new BufferPool.Buffer[20];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = pool.take(1 << 20);
        }
        for (BufferPool.Buffer buffer : taken) {
            pool.give(buffer);
        }
        int made = pool.made();
        for (int i = 0; i < taken.length; i++) {
            taken[i] = pool.take(1 << 20);
        }
        assertThat(pool.made() - made).isEqualTo(taken.length - 4);
    }
}
