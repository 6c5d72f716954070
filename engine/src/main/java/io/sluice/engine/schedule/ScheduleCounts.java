package io.sluice.engine.schedule;

import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.RareLog;
import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.LatencyHistogram;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What the schedules of one loop count. */
final class ScheduleCounts {

    private final RareLog log =
            new RareLog(LoggerFactory.getLogger(ScheduleCounts.class), Duration.ofSeconds(10));

    /** Goes up and down. */
    final Counter waiting = new Counter();

    final Counter delivered = new Counter();
    final Counter cancelled = new Counter();
    final Counter carried = new Counter();
    final LatencyHistogram lateness = new LatencyHistogram();
    final LatencyHistogram loads = new LatencyHistogram();

    void delivered(long lateMs) {
        delivered.increment();
        lateness.record(TimeUnit.MILLISECONDS.toNanos(Math.max(0L, lateMs)));
    }

    void loaded(long nanos) {
        loads.record(nanos);
    }

    void warn(Clock clock, String message) {
        log.warn(clock, message);
    }
}
