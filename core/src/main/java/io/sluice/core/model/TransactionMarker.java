package io.sluice.core.model;

/**
 * The end of a transaction, as a coordinator tells it to each partition that took part (KIP-98).
 *
 * @param producerEpoch of the transaction; under {@link #TRANSACTION_V2} the one that follows it,
 *     which ends the old one for good (KIP-890)
 * @param coordinatorEpoch the leader epoch of the coordinator's partition; an older one is fenced
 * @param transactionVersion 0 or 1 of clients before KIP-890, or {@link #TRANSACTION_V2}
 */
public record TransactionMarker(
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        boolean commit,
        short transactionVersion) {

    /** From this version on every transaction has an epoch of its own (KIP-890). */
    public static final short TRANSACTION_V2 = 2;

    /** Whether the epoch must be larger than that of the records it ends. */
    public boolean endsEpoch() {
        return transactionVersion >= TRANSACTION_V2;
    }
}
