package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.record.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WishReaderTest {

    private static final long NOW = 1_800_000_000_000L;

    private static Wish wish(String... namesAndValues) {
        List<RecordHeader> headers = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.UTF_8);
            headers.add(new RecordHeader(namesAndValues[i], value));
        }
        return WishReader.read(headers, NOW);
    }

    @Test
    void timesAreAbsoluteOrFromNow() {
        assertThat(wish("sluice-deliver-at", "1800000000123"))
                .isEqualTo(new Wish.At(1_800_000_000_123L, Wish.NO_ID));
        assertThat(wish("sluice-delay", "1500")).isEqualTo(new Wish.At(NOW + 1500, Wish.NO_ID));
        assertThat(wish("sluice-delay", "PT1M30S"))
                .isEqualTo(new Wish.At(NOW + 90_000, Wish.NO_ID));
        assertThat(wish("a", "b", "sluice-delay", " 0 ")).isEqualTo(new Wish.At(NOW, Wish.NO_ID));
        assertThat(wish("sluice-deliver-at", "1")).isEqualTo(new Wish.At(1L, Wish.NO_ID));
    }

    @Test
    void otherHeadersAreNoWish() {
        assertThat(wish("sluice-id", "7", "sluice-due", "8", "x", "y"))
                .isEqualTo(new Wish.Visible());
    }

    @Test
    void messagesThatWaitAreNamedByTheirId() {
        assertThat(wish("sluice-cancel", "77")).isEqualTo(new Wish.Cancel(77));
        assertThat(wish("sluice-reschedule", "77", "sluice-delay", "1"))
                .isEqualTo(new Wish.At(NOW + 1, 77));
        assertThat(wish("sluice-reschedule", "77", "sluice-cron", "0 9 * * *"))
                .isEqualTo(new Wish.Recurring("0 9 * * *", "UTC", 77));
        assertThat(wish("sluice-cron", "0 9 * * *", "sluice-cron-zone", "Europe/Berlin"))
                .isEqualTo(new Wish.Recurring("0 9 * * *", "Europe/Berlin", Wish.NO_ID));
    }

    @ParameterizedTest
    @CsvSource({
        "sluice-delay, -1",
        "sluice-delay, soon",
        "sluice-delay, ''",
        "sluice-delay, 999999999999999999",
        "sluice-delay, P1Y",
        "sluice-deliver-at, tomorrow",
        "sluice-deliver-at, 1800000000000000000",
        "sluice-cancel, abc",
        "sluice-cron, ''",
        "sluice-reschedule, 7",
        "sluice-cron-zone, UTC",
    })
    void whatCannotBeUnderstoodIsNamed(String name, String value) {
        assertThat(wish(name, value))
                .isInstanceOfSatisfying(
                        Wish.Wrong.class, wrong -> assertThat(wrong.why()).contains(name));
    }

    @Test
    void contradictionsAreRefused() {
        assertThat(wish("sluice-delay", "1", "sluice-deliver-at", "2"))
                .isInstanceOf(Wish.Wrong.class);
        assertThat(wish("sluice-delay", "1", "sluice-delay", "2")).isInstanceOf(Wish.Wrong.class);
        assertThat(wish("sluice-cancel", "1", "sluice-delay", "2")).isInstanceOf(Wish.Wrong.class);
        assertThat(wish("sluice-delay", "1", "sluice-cron-zone", "UTC"))
                .isInstanceOf(Wish.Wrong.class);
        assertThat(WishReader.read(List.of(new RecordHeader("sluice-delay", null)), NOW))
                .isInstanceOf(Wish.Wrong.class);
    }
}
