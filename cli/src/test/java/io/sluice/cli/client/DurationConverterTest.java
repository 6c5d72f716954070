package io.sluice.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

final class DurationConverterTest {

    private final DurationConverter converter = new DurationConverter();

    @Test
    void aNumberHasAUnit() {
        assertThat(converter.convert("90s")).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void iso8601IsTaken() {
        assertThat(converter.convert("P7DT1M")).isEqualTo(Duration.ofDays(7).plusMinutes(1));
    }

    @Test
    void whatIsNoneSaysWhatIs() {
        assertThatThrownBy(() -> converter.convert("P7X"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'P7X' is not a duration: write PT90S, P7D, or 90s");
    }
}
