package io.sluice.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IsoDurationTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"P1D", "PT36H", "P2DT3H4M", "PT0.5S", "PT1M30.25S", "PT0S", "P1DT1.001S"})
    void isReadAsJavaDoes(String text) {
        assertThat(IsoDuration.parseMs(text)).hasValue(Duration.parse(text).toMillis());
    }

    @Test
    void weeksAreSevenDays() {
        assertThat(IsoDuration.parseMs("P2W")).hasValue(Duration.ofDays(14).toMillis());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "P",
                "PT",
                "P1",
                "1D",
                "P1DT",
                "PT1D",
                "P1H",
                "P1M",
                "P-1D",
                "-P1D",
                "PT1.5H",
                "PT.5S",
                "PT5.S",
                "PT1S1M",
                "PTT1S",
                "PT1.1.1S",
                "P9999999999999D",
                "PT1X",
                "latest"
            })
    void anythingElseIsNone(String text) {
        assertThat(IsoDuration.parseMs(text)).isEqualTo(OptionalLong.empty());
    }
}
