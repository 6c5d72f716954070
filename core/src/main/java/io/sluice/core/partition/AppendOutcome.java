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
    static AppendOutcome failed(ErrorCode error, String detail) {
        return new AppendOutcome(error, detail, -1L, BatchHeader.NO_TIMESTAMP);
    }
}
