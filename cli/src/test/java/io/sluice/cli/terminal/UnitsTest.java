package io.sluice.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class UnitsTest {

    @Test
    void readsSizes() {
        assertThat(Units.parseSize("0")).isZero();
        assertThat(Units.parseSize("16384")).isEqualTo(16_384);
        assertThat(Units.parseSize("100b")).isEqualTo(100);
        assertThat(Units.parseSize("16KB")).isEqualTo(16_384);
        assertThat(Units.parseSize("16 KiB")).isEqualTo(16_384);
        assertThat(Units.parseSize("1.5m")).isEqualTo(1_572_864);
        assertThat(Units.parseSize("2GB")).isEqualTo(2L << 30);
        assertThatThrownBy(() -> Units.parseSize("-1")).hasMessageContaining("'-1' is not a size");
        assertThatThrownBy(() -> Units.parseSize("many")).hasMessageContaining("16KB");
    }

    @Test
    void readsDurations() {
        assertThat(Units.parseDuration("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(Units.parseDuration("1.5s")).isEqualTo(Duration.ofMillis(1500));
        assertThat(Units.parseDuration("2m")).isEqualTo(Duration.ofMinutes(2));
        assertThat(Units.parseDuration("7d")).isEqualTo(Duration.ofDays(7));
        assertThatThrownBy(() -> Units.parseDuration("5")).hasMessageContaining("'5'");
    }

    @Test
    void writesForPeople() {
        assertThat(Units.size(0)).isEqualTo("0 B");
        assertThat(Units.size(1023)).isEqualTo("1023 B");
        assertThat(Units.size(16_384)).isEqualTo("16.0 KB");
        assertThat(Units.size(1.5 * (1L << 40))).isEqualTo("1.5 TB");
        assertThat(Units.duration(999)).isEqualTo("999 ms");
        assertThat(Units.duration(1500)).isEqualTo("1.5 s");
        assertThat(Units.duration(90_000)).isEqualTo("1 min 30 s");
        assertThat(Units.duration(604_800_000)).isEqualTo("7 d");
        assertThat(Units.count(1_234_567)).isEqualTo("1,234,567");
    }
}
