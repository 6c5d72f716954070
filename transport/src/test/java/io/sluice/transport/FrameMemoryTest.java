package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class FrameMemoryTest {

    private final AtomicInteger calls = new AtomicInteger();
    private final FrameMemory memory = new FrameMemory(1000, calls::incrementAndGet);

    @Test
    void aRefusalIsFollowedByACallOnceThereIsRoom() {
        assertThat(memory.hasRoom()).isTrue();
        memory.add(600);
        memory.add(600);
        assertThat(memory.hasRoom()).isFalse();
        memory.give(100);
        assertThat(calls).hasValue(0);
        memory.give(500);
        memory.give(600);
        assertThat(calls).as("one refusal, one call").hasValue(1);
        assertThat(memory.hasRoom()).isTrue();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void oneThatFindsRoomAtTheSecondLookDoesNotTakeTheCallOfAnother() {
        memory.add(1000);
        assertThat(memory.tryGrow(new Object(), 10)).isTrue();
        assertThat(memory.tryGrow(new Object(), 10)).as("waits").isFalse();
        memory.give(10);
        assertThat(memory.hasRoom()).isFalse();
        memory.give(500);
        assertThat(memory.hasRoom()).isTrue();
        assertThat(calls).hasValue(1);
    }

    @Test
    void oneFrameMayExceedTheLimitAndTheNextWaitsForIt() {
        Object first = new Object();
        Object second = new Object();
        memory.add(800);
        assertThat(memory.tryGrow(first, 100)).isTrue();
        assertThat(memory.tryGrow(first, 5000)).isTrue();
        assertThat(memory.isTight()).isTrue();
        assertThat(memory.tryGrow(second, 1000)).isFalse();
        assertThat(memory.tryGrow(first, 5000)).isTrue();
        memory.endExceeding(second);
        assertThat(calls).hasValue(0);
        memory.endExceeding(first);
        assertThat(calls).hasValue(1);
        assertThat(memory.tryGrow(second, 1000)).isTrue();
        memory.endExceeding(second);
        memory.give(800 + 100 + 5000 + 5000 + 1000);
        assertThat(memory.isTight()).isFalse();
        assertThat(memory.usedBytes()).isZero();
    }
}
