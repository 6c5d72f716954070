package io.sluice.outbox;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Waits that double up to a bound, each between half of itself and itself. */
final class Backoff {

    private final long leastNanos;
    private final long mostNanos;
    private final RandomGenerator random;
    private long nextNanos;

    Backoff(Duration least, Duration most, RandomGenerator random) {
        this.leastNanos = least.toNanos();
        this.mostNanos = most.toNanos();
        this.random = random;
        this.nextNanos = leastNanos;
    }

    long nextNanos() {
        long wait = nextNanos;
        nextNanos = Math.min(mostNanos, 2 * wait);
        return wait / 2 + random.nextLong(wait / 2 + 1);
    }

    void reset() {
        nextNanos = leastNanos;
    }
}
