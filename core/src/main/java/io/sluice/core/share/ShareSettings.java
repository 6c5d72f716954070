package io.sluice.core.share;

/**
 * What a group decides about its queues.
 *
 * @param lockMs how long a delivered record belongs to its consumer ({@code
 *     share.record.lock.duration.ms})
 * @param deliveryLimit deliveries after which a record that comes back is dead ({@code
 *     share.delivery.count.limit})
 * @param maxLocks records of one partition that may be held at once ({@code
 *     group.share.partition.max.record.locks})
 * @param maxPending runs of records that may be known and not done; what is behind them is not
 *     looked at before some of them are
 * @param keyOrder records of one key one after the other, in the order of their offsets
 * @param deadLetters whether a dead record is written somewhere before it goes
 * @param askMs how long a member that was asked about a record has for its answer ({@code
 *     sluice.queue.ask.timeout.ms}); 0 if nobody is asked
 */
public record ShareSettings(
        long lockMs,
        int deliveryLimit,
        long maxLocks,
        int maxPending,
        boolean keyOrder,
        boolean deadLetters,
        BackOff backOff,
        long askMs) {

    private static final long MAX_TOGETHER_MS = 1_000L;
    private static final long TOGETHER_PART = 10L;

    /** As Kafka 4.4 has them: 30 s, 5 deliveries, 2,000 records; nothing is written, no pauses. */
    public static final ShareSettings DEFAULTS =
            new ShareSettings(30_000L, 5, 2_000L, 100_000, false, false, BackOff.NONE);

    /** Of a group that is not asked. */
    public ShareSettings(
            long lockMs,
            int deliveryLimit,
            long maxLocks,
            int maxPending,
            boolean keyOrder,
            boolean deadLetters,
            BackOff backOff) {
        this(lockMs, deliveryLimit, maxLocks, maxPending, keyOrder, deadLetters, backOff, 0L);
    }

    /** Whether a member is asked before its records go to another one. */
    public boolean asks() {
        return askMs > 0;
    }

    /** Locks that end within that time are asked about together. */
    long askTogetherMs() {
        return Math.min(MAX_TOGETHER_MS, lockMs / TOGETHER_PART);
    }

    /** The farthest that a lock, or the time for an answer, may be away. */
    long longestMs() {
        return asks() ? Math.max(lockMs, askTogetherMs() + askMs) : lockMs;
    }

    public ShareSettings {
        if (lockMs <= 0 || deliveryLimit <= 0 || maxLocks <= 0 || maxPending <= 0 || askMs < 0) {
            throw new IllegalArgumentException(
                    "every bound of a queue is larger than zero, and no time is less");
        }
    }
}
