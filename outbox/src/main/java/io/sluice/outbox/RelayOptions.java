package io.sluice.outbox;

import java.time.Duration;

/**
 * The bounds of a relay.
 *
 * @param batchMessages most messages of one batch
 * @param batchBytes most bytes of one batch; a larger message is a batch by itself
 * @param maxInFlight most messages handed to the publisher and not settled, those of topics that do
 *     not answer included; also what may be sent twice after a kill
 * @param maxInFlightBytes the same in bytes
 * @param pollInterval how soon a message is seen that nobody told of ({@link Relay#wake()})
 * @param lease how long a relay that went silent keeps others waiting
 * @param stallAfter when a batch is waited for no longer, and topics that did not answer are left
 *     aside
 * @param parkAfter how long a topic may be at fault (unknown, not allowed) before its messages are
 *     parked
 * @param leastBackoff first wait after a failure; doubled at each, and jittered
 * @param mostBackoff longest wait after a failure
 */
public record RelayOptions(
        int batchMessages,
        long batchBytes,
        int maxInFlight,
        long maxInFlightBytes,
        Duration pollInterval,
        Duration lease,
        Duration stallAfter,
        Duration parkAfter,
        Duration leastBackoff,
        Duration mostBackoff) {

    /** A statement names so many rows at most; drivers bound the parameters of a statement. */
    private static final int MOST_BATCH_MESSAGES = 5_000;

    public static final RelayOptions DEFAULT =
            new RelayOptions(
                    500,
                    4 << 20,
                    1_500,
                    12 << 20,
                    Duration.ofMillis(500),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(10),
                    Duration.ofMillis(100),
                    Duration.ofSeconds(30));

    public RelayOptions {
        if (batchMessages < 1 || batchMessages > MOST_BATCH_MESSAGES) {
            throw new IllegalArgumentException(
                    "batchMessages is 1 to " + MOST_BATCH_MESSAGES + ": " + batchMessages);
        }
        if (batchBytes < 1) {
            throw new IllegalArgumentException("batchBytes is at least 1: " + batchBytes);
        }
        if (maxInFlight < batchMessages || maxInFlightBytes < batchBytes) {
            throw new IllegalArgumentException("in flight is at least one batch");
        }
        positive("pollInterval", pollInterval);
        positive("lease", lease);
        positive("stallAfter", stallAfter);
        positive("parkAfter", parkAfter);
        positive("leastBackoff", leastBackoff);
        if (mostBackoff.compareTo(leastBackoff) < 0) {
            throw new IllegalArgumentException("mostBackoff is less than leastBackoff");
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " is not positive: " + value);
        }
    }

    /** Batches of that size, and three of them in flight. */
    public RelayOptions withBatch(int messages, long bytes) {
        return new RelayOptions(
                messages,
                bytes,
                3 * messages,
                3 * bytes,
                pollInterval,
                lease,
                stallAfter,
                parkAfter,
                leastBackoff,
                mostBackoff);
    }

    public RelayOptions withPollInterval(Duration interval) {
        return new RelayOptions(
                batchMessages,
                batchBytes,
                maxInFlight,
                maxInFlightBytes,
                interval,
                lease,
                stallAfter,
                parkAfter,
                leastBackoff,
                mostBackoff);
    }

    public RelayOptions withLease(Duration duration) {
        return new RelayOptions(
                batchMessages,
                batchBytes,
                maxInFlight,
                maxInFlightBytes,
                pollInterval,
                duration,
                stallAfter,
                parkAfter,
                leastBackoff,
                mostBackoff);
    }

    /** When topics that do not answer are left aside, and when their messages are parked. */
    public RelayOptions withPatience(Duration stall, Duration park) {
        return new RelayOptions(
                batchMessages,
                batchBytes,
                maxInFlight,
                maxInFlightBytes,
                pollInterval,
                lease,
                stall,
                park,
                leastBackoff,
                mostBackoff);
    }

    public RelayOptions withBackoff(Duration least, Duration most) {
        return new RelayOptions(
                batchMessages,
                batchBytes,
                maxInFlight,
                maxInFlightBytes,
                pollInterval,
                lease,
                stallAfter,
                parkAfter,
                least,
                most);
    }
}
