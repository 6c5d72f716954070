package io.sluice.storage;

import io.sluice.core.throttle.TokenBucket;

/**
 * How many bytes a second the moves between directories of this broker copy together
 * (replica.alter.log.dirs.io.max.bytes.per.second, KIP-113). Any thread may call.
 */
public final class MoveThrottle {

    private final TokenBucket bucket = new TokenBucket(TokenBucket.UNLIMITED, 0L);

    /** Another rate from now on; {@link TokenBucket#UNLIMITED} for none. */
    public synchronized void rate(long bytesPerSecond, long nowNanos) {
        bucket.rate(bytesPerSecond, nowNanos);
    }

    /** How long until the next step; 0 if it may be done now. */
    synchronized long waitNanos(long nowNanos) {
        return bucket.waitNanos(nowNanos);
    }

    /** A step copied so much. */
    synchronized void copied(long bytes, long nowNanos) {
        bucket.take(bytes, nowNanos);
    }
}
