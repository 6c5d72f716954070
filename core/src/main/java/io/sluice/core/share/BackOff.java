package io.sluice.core.share;

/**
 * How long a record that came back waits for its next delivery: {@code initialMs}, then {@code
 * factor} times more each time, at most {@code maxMs}; up to {@code jitter} of it less, by chance
 * that the record itself brings, so that what failed together is not tried again together.
 *
 * @param factor 1 for a fixed pause
 * @param jitter from 0 to 1
 */
public record BackOff(long initialMs, double factor, long maxMs, double jitter) {

    /** At once. */
    public static final BackOff NONE = new BackOff(0L, 1.0, 0L, 0.0);

    public BackOff {
        if (initialMs < 0 || maxMs < initialMs || !(factor >= 1.0)) {
            throw new IllegalArgumentException(
                    "a pause of %d to %d ms, %s times more each time"
                            .formatted(initialMs, maxMs, factor));
        }
        if (!(jitter >= 0.0 && jitter <= 1.0)) {
            throw new IllegalArgumentException("jitter " + jitter + " is not within 0 and 1");
        }
    }

    /**
     * The pause before the next delivery of the record at the offset.
     *
     * @param deliveries so far, one at least
     */
    public long pauseMs(long offset, int deliveries) {
        if (initialMs == 0) {
            return 0;
        }
        double full = Math.min(maxMs, initialMs * Math.pow(factor, deliveries - 1.0));
        return (long) (full * (1.0 - jitter * chance(offset * 31 + deliveries)));
    }

    /** A number from 0 to 1 that looks like chance (SplitMix64). */
    private static double chance(long seed) {
        long z = seed * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
    }
}
