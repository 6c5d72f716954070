package io.sluice.core.share;

/**
 * Records that are to be written to the dead letters.
 *
 * @param last inclusive
 * @param member the last one that had it; empty if nobody is known to
 */
public record DeadLetter(long first, long last, DeadReason reason, int deliveries, String member) {}
