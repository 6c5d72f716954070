package io.sluice.core.transaction;

import io.sluice.core.model.ErrorCode;
import java.util.Optional;

/**
 * What follows from a producer's command.
 *
 * @param next what is to be remembered from now on, if anything changes
 * @param reply empty if the command waits until the markers of the transaction are written
 */
record Verdict(Optional<Transaction> next, Optional<TransactionReply> reply) {

    static Verdict answer(TransactionReply reply) {
        return new Verdict(Optional.empty(), Optional.of(reply));
    }

    static Verdict done(ErrorCode error) {
        return answer(new TransactionReply.Done(error));
    }

    static Verdict refused(ErrorCode error) {
        return answer(TransactionReply.Granted.refused(error));
    }

    static Verdict store(Transaction next, TransactionReply reply) {
        return new Verdict(Optional.of(next), Optional.of(reply));
    }

    static Verdict await() {
        return new Verdict(Optional.empty(), Optional.empty());
    }

    static Verdict storeAndAwait(Transaction next) {
        return new Verdict(Optional.of(next), Optional.empty());
    }
}
