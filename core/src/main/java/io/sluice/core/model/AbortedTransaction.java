package io.sluice.core.model;

import java.util.List;

/**
 * A transaction that was aborted, as one partition knows it: readers of what is committed leave its
 * producer's records out from the first offset to the marker.
 *
 * @param firstOffset of its first record here
 * @param lastOffset of its marker
 * @param lastStableOffset below which no transaction was open once this one had ended: whatever is
 *     aborted later begins at or above it
 */
public record AbortedTransaction(
        long producerId, long firstOffset, long lastOffset, long lastStableOffset) {

    /** Whether a batch belongs to one of the transactions. */
    public static boolean anyHolds(List<AbortedTransaction> aborted, BatchHeader batch) {
        if (!batch.isTransactional()) {
            return false;
        }
        for (AbortedTransaction one : aborted) {
            if (one.producerId == batch.producerId()
                    && one.firstOffset <= batch.baseOffset()
                    && batch.lastOffset() <= one.lastOffset) {
                return true;
            }
        }
        return false;
    }
}
