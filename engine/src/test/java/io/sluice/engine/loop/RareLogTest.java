package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

final class RareLogTest {

    private final List<String> lines = new ArrayList<>();
    private final ManualClock clock = new ManualClock(1_700_000_000_000L);
    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(clock);
    private final RareLog log = new RareLog(logger(), Duration.ofMinutes(1));

    private Logger logger() {
        Object proxy =
                Proxy.newProxyInstance(
                        RareLogTest.class.getClassLoader(),
                        new Class<?>[] {Logger.class},
                        (self, method, arguments) -> {
                            if (method.getName().equals("warn")) {
                                lines.add(Arrays.deepToString(arguments));
                            }
                            return null;
                        });
        return (Logger) proxy;
    }

    @Test
    void oneLineInAnIntervalSaysHowManyWereLeftOut() {
        for (int i = 0; i < 100; i++) {
            log.warn(clock, "line " + i);
        }
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst()).contains("line 0");
        scheduler.advanceMs(60_000);
        log.warn(clock, "line 100");
        log.warn(clock, "line 101");
        assertThat(lines).hasSize(2);
        assertThat(lines.getLast()).contains("line 100").contains("99");
    }
}
