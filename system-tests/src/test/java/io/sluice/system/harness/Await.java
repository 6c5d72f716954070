package io.sluice.system.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for something outside this process, and says what it waited for when it never came. */
public final class Await {

    private static final long LOOK_EVERY_NANOS = 10_000_000L;

    private Await() {}

    /** Looks again and again until the condition holds or the limit has passed. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + limit + " in vain: " + what);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }
}
