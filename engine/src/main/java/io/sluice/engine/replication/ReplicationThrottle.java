package io.sluice.engine.replication;

import io.sluice.core.throttle.TokenBucket;

/**
 * How fast replicas that are not in sync may be filled, over all loops of this broker. There are
 * two reasons to hold one back: an operator lists it (KIP-73), or the cluster moves it by itself;
 * each has a rate of its own for what this broker gives as a leader and for what it fetches.
 *
 * <p>Any thread may ask. A lock guards each bucket: it is held for a few sums, and taken for
 * replicas that are held back alone.
 */
public final class ReplicationThrottle {

    private final Gate leader = new Gate();
    private final Gate follower = new Gate();
    private final Gate movedOut = new Gate();
    private final Gate movedIn = new Gate();

    /** Bytes a second, {@link TokenBucket#UNLIMITED} for no limit. */
    public record Rates(long leader, long follower, long moves) {}

    /** The rates in force from now on. */
    public void rates(Rates rates, long nowNanos) {
        leader.rate(rates.leader, nowNanos);
        follower.rate(rates.follower, nowNanos);
        movedOut.rate(rates.moves, nowNanos);
        movedIn.rate(rates.moves, nowNanos);
    }

    /** leader.replication.throttled.rate. */
    public Gate leader() {
        return leader;
    }

    /** follower.replication.throttled.rate. */
    public Gate follower() {
        return follower;
    }

    /** What this broker gives to replicas that the cluster moves. */
    public Gate movedOut() {
        return movedOut;
    }

    /** What it fetches for those that move here. */
    public Gate movedIn() {
        return movedIn;
    }

    /** One bucket, for all loops. */
    public static final class Gate {

        private final TokenBucket bucket = new TokenBucket(TokenBucket.UNLIMITED, 0L);

        synchronized void rate(long bytesPerSecond, long nowNanos) {
            bucket.rate(bytesPerSecond, nowNanos);
        }

        /** How long a replica that is not in sync has to wait; 0 if it may go on. */
        public synchronized long waitNanos(long nowNanos) {
            return bucket.waitNanos(nowNanos);
        }

        /**
         * Those bytes went by.
         *
         * @param inSync for a replica that is: it is never held back, and counts all the same
         */
        public synchronized void passed(long bytes, boolean inSync, long nowNanos) {
            if (inSync) {
                bucket.count(bytes, nowNanos);
            } else {
                bucket.take(bytes, nowNanos);
            }
        }
    }
}
