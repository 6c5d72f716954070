package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;

/** What a batch of a transaction needs before it is appended. */
public sealed interface Admission {

    /** Nothing: the transaction is open here, or the batch is stored already. */
    record Open() implements Admission {}

    /** The coordinator's word; with it the batch is to be appended with this guard. */
    record Guarded(long guard) implements Admission {}

    /** It has no chance. */
    record Refused(ErrorCode error, String detail) implements Admission {}
}
