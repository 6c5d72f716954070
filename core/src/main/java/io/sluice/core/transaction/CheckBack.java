package io.sluice.core.transaction;

/**
 * How a group of producers is asked what became of a transaction whose time is up, where its
 * outcome is known to a database of theirs and to nobody else: the half message.
 *
 * @param topic where questions are written
 * @param intervalMs between two questions about one transaction; rounded up to the next look
 * @param attempts questions about one transaction; then it is aborted
 */
public record CheckBack(String topic, long intervalMs, int attempts) {}
