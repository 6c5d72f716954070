package io.sluice.kafka.connection;

import io.sluice.engine.loop.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Warnings that clients can cause as often as they like: one a second is written, the others are
 * counted. Any thread.
 */
final class RareLog {

    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private final Logger log;
    private final AtomicLong lastNanos = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong unwritten = new AtomicLong();

    RareLog(Logger log) {
        this.log = log;
    }

    /** Writes the line, unless one was written within the last second. */
    void warn(Clock clock, String message) {
        long now = clock.monotonicNanos();
        long last = lastNanos.get();
        boolean due = last == Long.MIN_VALUE || now - last >= INTERVAL_NANOS;
        if (!due || !lastNanos.compareAndSet(last, now)) {
            unwritten.incrementAndGet();
            log.debug("{}", message);
            return;
        }
        long others = unwritten.getAndSet(0);
        if (others > 0) {
            log.warn("{} ({} more such lines left out)", message, others);
        } else {
            log.warn("{}", message);
        }
    }
}
