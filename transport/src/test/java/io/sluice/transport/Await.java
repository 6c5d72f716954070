package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do, never longer than ten seconds. */
final class Await {

    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

    private Await() {}

    static void until(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waiting for: " + what).isLessThan(MAX_NANOS);
            LockSupport.parkNanos(200_000);
        }
    }

    static void latch(CountDownLatch latch) {
        try {
            assertThat(latch.await(MAX_NANOS, TimeUnit.NANOSECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
