package io.sluice.engine.metrics;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often something took how long, in fixed steps from 0.1 ms to 30 s. Owned and read as a {@link
 * Counter}.
 */
public final class LatencyHistogram {

    private static final long[] BOUNDS_MICROS = {
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        30_000_000
    };

    private static final long[] BOUNDS_NANOS = new long[BOUNDS_MICROS.length];

    static {
        for (int i = 0; i < BOUNDS_MICROS.length; i++) {
            BOUNDS_NANOS[i] = TimeUnit.MICROSECONDS.toNanos(BOUNDS_MICROS[i]);
        }
    }

    /** The last one counts what is above all bounds. */
    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS_NANOS.length + 1);

    private final Counter sumNanos = new Counter();

    /**
     * A copy, which others may be added to.
     *
     * @param counts by step, each without those below it
     */
    public record Distribution(long[] counts, long sumNanos) {

        /** Nothing was counted. */
        public static Distribution none() {
            return new Distribution(new long[BOUNDS_NANOS.length + 1], 0L);
        }

        public Distribution and(Distribution other) {
            long[] both = counts.clone();
            for (int i = 0; i < both.length; i++) {
                both[i] += other.counts[i];
            }
            return new Distribution(both, sumNanos + other.sumNanos);
        }

        public long count() {
            long all = 0L;
            for (long one : counts) {
                all += one;
            }
            return all;
        }
    }

    public void record(long nanos) {
        int step = 0;
        while (step < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[step]) {
            step++;
        }
        counts.setOpaque(step, counts.getPlain(step) + 1L);
        sumNanos.add(Math.max(0L, nanos));
    }

    /** The steps' upper ends in seconds; the last one is without end. */
    public static double[] boundsSeconds() {
        double[] seconds = new double[BOUNDS_MICROS.length + 1];
        for (int i = 0; i < BOUNDS_MICROS.length; i++) {
            seconds[i] = BOUNDS_MICROS[i] / 1e6;
        }
        seconds[BOUNDS_MICROS.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }

    /** Any thread. */
    public Distribution read() {
        long[] copy = new long[counts.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.getOpaque(i);
        }
        return new Distribution(copy, sumNanos.value());
    }
}
