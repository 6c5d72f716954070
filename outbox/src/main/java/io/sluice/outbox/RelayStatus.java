package io.sluice.outbox;

/**
 * What a relay has done since it was started, for metrics.
 *
 * @param active whether this relay is the one that sends
 * @param published messages stored at the broker and deleted
 * @param parked messages put aside
 * @param failures of the database or the publisher
 * @param inFlight messages handed to the publisher and not settled
 */
public record RelayStatus(
        boolean active, long published, long parked, long failures, int inFlight) {}
