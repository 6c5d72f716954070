package io.sluice.core.transaction;

/**
 * Bounds and times of transactions, in milliseconds.
 *
 * @param maxTimeoutMs transaction.max.timeout.ms
 * @param twoPhase transaction.two.phase.commit.enable
 * @param abortIntervalMs transaction.abort.timed.out.transaction.cleanup.interval.ms
 * @param expirationMs transactional.id.expiration.ms
 * @param expiryIntervalMs transaction.remove.expired.transaction.cleanup.interval.ms
 * @param waitMs how long a producer that comes before the markers of its last transaction are
 *     written is kept waiting: add.partitions.to.txn.retry.backoff.max.ms
 * @param version the transaction version of the cluster
 */
public record TransactionSettings(
        int maxTimeoutMs,
        boolean twoPhase,
        long abortIntervalMs,
        long expirationMs,
        long expiryIntervalMs,
        long waitMs,
        short version) {}
