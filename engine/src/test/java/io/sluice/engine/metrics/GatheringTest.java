package io.sluice.engine.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class GatheringTest {

    @Test
    void allAnswersAreThere() {
        Gathering<Integer> gathering = new Gathering<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            gathering.ask(answer -> new Thread(() -> answer.accept(number)).start());
        }
        assertThat(gathering.await()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void whatDoesNotComeInTimeIsLeftOut() {
        Gathering<String> gathering = new Gathering<>();
        gathering.ask(answer -> answer.accept("here"));
        gathering.ask((Consumer<String> answer) -> {});
        assertThat(gathering.await()).isEqualTo(List.of("here"));
    }

    @Test
    void nobodyAskedIsNoWait() {
        assertThat(new Gathering<String>().await()).isEmpty();
    }
}
