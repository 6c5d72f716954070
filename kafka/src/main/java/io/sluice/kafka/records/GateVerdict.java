package io.sluice.kafka.records;

import io.sluice.core.model.ErrorCode;

/**
 * What a coordinator's word about a partition in a transaction is to a producer (KIP-890). A
 * producer that is older than the word gets one that it knows how to take.
 */
final class GateVerdict {

    private static final short FIRST_WITH_ABORTABLE = 11;

    private GateVerdict() {}

    /** The error for a Produce request of that version. */
    static ErrorCode toProducer(ErrorCode verdict, short version) {
        return switch (verdict) {
            // To be tried again, and every producer does so on this one.
            case CONCURRENT_TRANSACTIONS,
                    NETWORK_EXCEPTION,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR,
                    REQUEST_TIMED_OUT ->
                    ErrorCode.NOT_ENOUGH_REPLICAS;
            case INVALID_TXN_STATE, TRANSACTION_ABORTABLE ->
                    version >= FIRST_WITH_ABORTABLE
                            ? ErrorCode.TRANSACTION_ABORTABLE
                            : ErrorCode.INVALID_TXN_STATE;
            case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
            default -> verdict;
        };
    }

    static String detail(ErrorCode verdict) {
        return "the coordinator of the transaction says " + verdict;
    }
}
