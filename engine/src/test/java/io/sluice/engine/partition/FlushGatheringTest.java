package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FlushGatheringTest {

    private final FlushGathering gathering = new FlushGathering();

    @Test
    void aClientThatWaitsForEachAnswerIsNeverHeldUp() {
        for (int i = 0; i < 100; i++) {
            assertThat(gathering.begins(1)).isFalse();
            gathering.ended(1 + i % 2);
        }
    }

    @Test
    void gathersWhatAPipelineSends() {
        assertThat(gathering.begins(1)).as("nothing is known yet").isFalse();
        gathering.ended(5); // four more came meanwhile
        assertThat(gathering.begins(4)).isTrue();
        gathering.ended(5);
        for (int i = 0; i < 100; i++) {
            assertThat(gathering.begins(1)).isTrue();
            gathering.ended(5);
        }
        assertThat(gathering.begins(5)).as("all are here").isFalse();
    }

    @Test
    void forgetsAPipelineThatEnded() {
        gathering.ended(10);
        int held = 0;
        for (int i = 0; i < 100; i++) {
            held += gathering.begins(1) ? 1 : 0;
            gathering.ended(1);
        }
        assertThat(held).isEqualTo(10 - FlushGathering.WORTH_GATHERING + 1);
    }
}
