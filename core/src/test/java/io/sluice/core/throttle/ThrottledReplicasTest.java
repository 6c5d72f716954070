package io.sluice.core.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ThrottledReplicasTest {

    @Test
    void namesReplicasOrAllOrNobody() {
        ThrottledReplicas some = ThrottledReplicas.parse("0:1,0:2, 3:1");
        assertThat(some.includes(0, 1)).isTrue();
        assertThat(some.includes(0, 2)).isTrue();
        assertThat(some.includes(3, 1)).isTrue();
        assertThat(some.includes(3, 2)).isFalse();
        assertThat(some.includes(1, 1)).isFalse();
        assertThat(ThrottledReplicas.parse("*").includes(7, 7)).isTrue();
        assertThat(ThrottledReplicas.parse("")).isEqualTo(ThrottledReplicas.NONE);
        assertThat(ThrottledReplicas.NONE.includes(0, 0)).isFalse();
    }

    @Test
    void saysWhatIsWrong() {
        for (String wrong : new String[] {"1", "1:", ":1", "a:1", "1:2,", "-1:2", "1:2:3", "**"}) {
            assertThat(ThrottledReplicas.fault(wrong)).as(wrong).isPresent();
            assertThatThrownBy(() -> ThrottledReplicas.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(ThrottledReplicas.fault("*")).isEmpty();
        assertThat(ThrottledReplicas.fault("12:3")).isEmpty();
    }
}
