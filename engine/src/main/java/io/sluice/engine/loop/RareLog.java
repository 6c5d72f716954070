package io.sluice.engine.loop;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Warnings that come as often as clients, or a fault, like: one in an interval is written, the
 * others are counted. Any thread.
 */
public final class RareLog {

    private final Logger log;
    private final long intervalNanos;
    private final AtomicLong lastNanos = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong unwritten = new AtomicLong();

    public RareLog(Logger log, Duration interval) {
        this.log = log;
        this.intervalNanos = interval.toNanos();
    }

    /** Writes the line, unless one was written within the interval. */
    public void warn(Clock clock, String message) {
        long now = clock.monotonicNanos();
        long last = lastNanos.get();
        boolean due = last == Long.MIN_VALUE || now - last >= intervalNanos;
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
