package io.sluice.core.throttle;

/**
 * Bytes that may go by, filled at a rate and never with more than a second's worth. Whoever finds
 * it not empty may take as much as there is to take, so that one batch always fits; what was too
 * much is owed, and nobody gets anything before it is paid back. So the rate holds on average,
 * whatever the size of a batch.
 *
 * <p>Bytes that go by unasked are counted, too, and leave at most a second's debt: they slow the
 * others down and never stop them for long.
 */
public final class TokenBucket {

    /** Nothing is held back. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** How long to wait for a bucket that is never filled, before its rate is looked at again. */
    static final long LONGEST_WAIT_NANOS = 1_000_000_000L;

    private static final double NANOS = 1e9;

    private long bytesPerSecond;
    private double level;
    private long filledNanos;

    /** A full one. */
    public TokenBucket(long bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.level = bytesPerSecond;
        this.filledNanos = nowNanos;
    }

    public long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** Another rate from now on. What is owed stays owed, but for a second's worth at most. */
    public void rate(long newBytesPerSecond, long nowNanos) {
        if (newBytesPerSecond == bytesPerSecond) {
            return;
        }
        fill(nowNanos);
        bytesPerSecond = newBytesPerSecond;
        level = Math.clamp(level, -(double) newBytesPerSecond, (double) newBytesPerSecond);
    }

    /** Whether nothing may go by now. */
    public boolean isEmpty(long nowNanos) {
        if (bytesPerSecond == UNLIMITED) {
            return false;
        }
        fill(nowNanos);
        return level <= 0;
    }

    /** Those bytes go by, asked for when it was not empty. */
    public void take(long bytes, long nowNanos) {
        if (bytesPerSecond != UNLIMITED) {
            fill(nowNanos);
            level -= bytes;
        }
    }

    /** Those bytes go by and were not asked for: no more than a second's debt comes of it. */
    public void count(long bytes, long nowNanos) {
        if (bytesPerSecond != UNLIMITED) {
            fill(nowNanos);
            level = Math.max(level - bytes, Math.min(level, -(double) bytesPerSecond));
        }
    }

    /** How long until it is worth asking again; 0 if it is not empty. */
    public long waitNanos(long nowNanos) {
        if (!isEmpty(nowNanos)) {
            return 0L;
        }
        double nanos = (1 - level) * NANOS / bytesPerSecond; // infinite if it is never filled
        return (long) Math.clamp(Math.ceil(nanos), 1, (double) LONGEST_WAIT_NANOS);
    }

    private void fill(long nowNanos) {
        long passed = nowNanos - filledNanos;
        if (passed > 0) {
            filledNanos = nowNanos;
            level = Math.min(bytesPerSecond, level + passed * (bytesPerSecond / NANOS));
        }
    }
}
