package io.sluice.outbox;

/**
 * A row of the outbox.
 *
 * @param seq its place: rows are sent in this order
 * @param bytes what it takes in memory, about
 */
record Entry(long seq, OutboxMessage message, long bytes) {}
