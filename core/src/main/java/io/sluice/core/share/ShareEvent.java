package io.sluice.core.share;

import java.util.List;

/**
 * What is remembered of queues. A {@link Whole} tells all; a {@link Part} tells what changed since
 * the whole of the same generation, and later ones of them more than earlier ones.
 *
 * <p>A log that keeps the last event of a key keeps the last whole, and of each slot the last part:
 * those of an older generation say nothing any more.
 */
public sealed interface ShareEvent {

    ShareKey key();

    /**
     * All of a queue.
     *
     * @param number of the write it is after
     */
    record Whole(
            ShareKey key,
            int generation,
            int stateEpoch,
            int leaderEpoch,
            long number,
            long start,
            long doneRecords,
            List<StateBatch> batches)
            implements ShareEvent {}

    /**
     * What changed.
     *
     * @param slot of the parts of a generation each has its own
     * @param number of the write it is
     */
    record Part(
            ShareKey key,
            int slot,
            int generation,
            int leaderEpoch,
            long number,
            long start,
            long doneRecords,
            List<StateBatch> batches)
            implements ShareEvent {}

    /** Nothing is known of the queue any more. */
    record Removed(ShareKey key) implements ShareEvent {}

    /** The part in that slot says nothing any more. */
    record PartRemoved(ShareKey key, int slot) implements ShareEvent {}
}
