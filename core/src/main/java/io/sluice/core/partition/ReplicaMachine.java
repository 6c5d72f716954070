package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;

/** What readers see of a replica, whether it leads or follows. */
public interface ReplicaMachine {

    /** NONE while it serves; else why not. */
    ErrorCode refusal();

    /** Checks a client's idea of the leader epoch (KIP-320); -1 claims nothing. */
    ErrorCode checkEpoch(int clientEpoch);

    /** The newest epoch it led or followed in, or -1. */
    int leaderEpoch();

    /** The first offset that may be read. */
    long logStart();

    /** The offset of the next record. */
    long logEnd();

    /** Below it every record is committed, as far as is known here. */
    long highWatermark();

    /** Below it no transaction is open. */
    long lastStableOffset();

    /**
     * Readers that wait; the host adds and removes.
     *
     * @param readCommitted those who wait for the last stable offset, not the high watermark
     */
    FetchWaitlist readers(boolean readCommitted);
}
