package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import java.util.function.Consumer;

/** What the machine of a queue knows a request by: who takes is answered in the same step. */
sealed interface Ticket {
    /** Of a demand. */
    enum Taking implements Ticket {
        TAKING
    }

    /** Of what somebody says of records. */
    record Telling(Consumer<ErrorCode> done) implements Ticket {}
}
