package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;

/**
 * The end of an append.
 *
 * @param appendTimeMs the broker's timestamp of the batch, {@link BatchHeader#NO_TIMESTAMP} where
 *     the producer's counts
 */
public record AppendOutcome(ErrorCode error, String detail, long baseOffset, long appendTimeMs) {

    /**
     * All of a batch is stored, and others came between its pieces, as a leader was lost: where its
     * records are cannot be told by one offset. Producers take that for a success (KIP-98).
     */
    static final AppendOutcome TORN =
            failed(ErrorCode.DUPLICATE_SEQUENCE_NUMBER, "it is stored, in two places");

    /** Nothing is, and nothing was to be: {@link LeaderInput.Confirm}. */
    static final AppendOutcome CONFIRMED = failed(ErrorCode.NONE, "");

    static AppendOutcome failed(ErrorCode error, String detail) {
        return new AppendOutcome(error, detail, -1L, BatchHeader.NO_TIMESTAMP);
    }
}
