package io.sluice.outbox;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The port to a broker. A relay opens a publisher when it becomes the active one, uses it from one
 * thread, and closes it when it stops, loses its lease, or the publisher broke; then it opens
 * another.
 *
 * <p>What a publisher owes, for a relay that loses nothing and keeps the order:
 *
 * <ul>
 *   <li>Messages with one topic and one key (or one partition) are stored in the order they were
 *       handed over, over batches too, whatever is tried again inside.
 *   <li>{@link Outcome.Stored} only for what survives the broker's crash.
 *   <li>Once a message of a topic is {@link Outcome.Unavailable} the later ones of that topic in
 *       the batch are so as well.
 *   <li>It retries inside what may pass, without an end: a relay waits, and bounds how much waits.
 * </ul>
 */
public interface Publisher extends AutoCloseable {

    /** What {@link #lastBatch()} says when nothing was remembered. */
    long NO_BATCH = 0;

    /**
     * Sends messages. Does not wait for a broker that is away longer than a fraction of the lease.
     *
     * @param batch the number of the batch, growing; see {@link #remembersBatches()}
     * @return an outcome for each message in the same order, in any thread. A future that fails
     *     means that this publisher is broken: the relay closes it and opens another
     */
    List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages);

    /**
     * Whether the broker remembers the number of the last batch together with its messages, all or
     * nothing. Then nothing is sent twice: a relay that follows a killed one asks {@link
     * #lastBatch()}. Such a publisher stores a whole batch or none of it.
     */
    default boolean remembersBatches() {
        return false;
    }

    /** The number of the last batch that was stored; asked once, before the first batch. */
    default long lastBatch() {
        return NO_BATCH;
    }

    /**
     * Asked about a topic whose messages have waited for long: why it can take none, as far as is
     * known by now. Must not wait.
     */
    default Optional<String> faultOf(String topic) {
        return Optional.empty();
    }

    /** Ends it, waiting so long for what is under way; with zero everything is dropped at once. */
    void close(Duration patience);

    @Override
    default void close() {
        close(Duration.ZERO);
    }

    /** Opens publishers. */
    @FunctionalInterface
    interface Factory {
        /**
         * Opens a publisher; a broker that is away is no reason to fail, unless the publisher
         * {@linkplain #remembersBatches() remembers batches}.
         *
         * @param outbox the outbox's name: relays of the same outbox have the same
         */
        Publisher open(String outbox);
    }
}
