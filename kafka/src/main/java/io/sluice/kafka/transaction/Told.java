package io.sluice.kafka.transaction;

import io.sluice.core.model.ErrorCode;

/** Errors as clients of a version know them. */
final class Told {

    private Told() {}

    /**
     * @param firstWithFenced the first version that knows PRODUCER_FENCED; those before it know
     *     INVALID_PRODUCER_EPOCH for it (KIP-588)
     */
    static short fenced(ErrorCode error, short version, int firstWithFenced) {
        return error == ErrorCode.PRODUCER_FENCED && version < firstWithFenced
                ? ErrorCode.INVALID_PRODUCER_EPOCH.code()
                : error.code();
    }
}
