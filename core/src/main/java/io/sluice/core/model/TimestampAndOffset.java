package io.sluice.core.model;

/**
 * A record found by its time.
 *
 * @param timestamp milliseconds since 1970, {@link BatchHeader#NO_TIMESTAMP} when nothing was found
 * @param offset the record's offset, {@code -1} when nothing was found
 * @param leaderEpoch the epoch it was written in, {@link BatchHeader#NO_LEADER_EPOCH} if unknown
 */
public record TimestampAndOffset(long timestamp, long offset, int leaderEpoch) {

    /** Nothing was found. */
    public static final TimestampAndOffset NONE =
            new TimestampAndOffset(BatchHeader.NO_TIMESTAMP, -1L, BatchHeader.NO_LEADER_EPOCH);
}
