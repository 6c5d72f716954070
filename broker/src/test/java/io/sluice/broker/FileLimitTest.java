package io.sluice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FileLimitTest {

    @Test
    void givesWhatIsWantedWhereThereIsRoom() {
        assertThat(FileLimit.share(1_000_000, 4096, 20_000)).isEqualTo(new FileLimit(4096, 20_000));
        assertThat(FileLimit.share(Long.MAX_VALUE, 4096, Integer.MAX_VALUE))
                .isEqualTo(new FileLimit(4096, Integer.MAX_VALUE));
    }

    @Test
    void sharesWhatIsScarce() {
        assertThat(FileLimit.share(1024, 4096, 20_000)).isEqualTo(new FileLimit(412, 412));
        assertThat(FileLimit.share(1024, 100, 20_000)).isEqualTo(new FileLimit(100, 724));
        assertThat(FileLimit.share(100, 4096, 20_000)).isEqualTo(new FileLimit(64, 16));
    }

    @Test
    void readsTheKernelsTable() {
        List<String> table =
                List.of(
                        "Limit                     Soft Limit           Hard Limit           Units",
                        "Max processes             95000                95000                processes",
                        "Max open files            1024                 524288               files");
        assertThat(FileLimit.parse(table)).isEqualTo(1024);
        assertThat(FileLimit.parse(List.of("Max open files  unlimited  unlimited  files")))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(FileLimit.parse(List.of())).isEqualTo(Long.MAX_VALUE);
        assertThat(FileLimit.ofProcess()).isPositive();
    }
}
