package io.sluice.benchmarks.sidebyside;

import java.util.concurrent.locks.LockSupport;

/** Waits for the next thing that is due, closely. */
final class Pace {

    private static final long MAX_PAUSE_NANOS = 200_000L;

    private Pace() {}

    /** Returns the same time, once it has come. */
    static long await(long dueNanos) {
        long wait;
        while ((wait = dueNanos - System.nanoTime()) > 0) {
            LockSupport.parkNanos(Math.min(wait, MAX_PAUSE_NANOS));
        }
        return dueNanos;
    }
}
