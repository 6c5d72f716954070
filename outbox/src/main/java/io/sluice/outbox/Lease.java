package io.sluice.outbox;

import org.jspecify.annotations.Nullable;

/**
 * The one row that says who relays.
 *
 * @param token grows with every take-over; whoever holds an older one is fenced
 * @param beat grows while the owner lives
 * @param owner null: nobody
 * @param batch the number of the last batch that was begun
 * @param batchSeqs the rows of that batch, where the publisher remembers batches
 */
record Lease(
        long token, long beat, @Nullable String owner, long batch, @Nullable String batchSeqs) {

    boolean sameBeat(Lease other) {
        return token == other.token && beat == other.beat;
    }
}
