package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which batches a leader takes: by their producers' sequences, and by the guards they bring. */
final class Admittance {

    private static final Admission OPEN = new Admission.Open();

    private final ProducerStates producers;
    private final TransactionGuards guards;

    Admittance(ProducerStates producers, TransactionGuards guards) {
        this.producers = producers;
        this.guards = guards;
    }

    /** What is to be done with an append's batches. */
    Verdict verdict(List<BatchHeader> batches, long guard) {
        for (int i = 1; i < batches.size(); i++) {
            if (batches.get(i).hasProducer() && !batches.get(i).isContinued()) {
                return new Verdict.Refuse(
                        ErrorCode.INVALID_RECORD,
                        "an idempotent producer sends one batch at a time, not " + batches.size());
            }
        }
        BatchHeader batch = batches.getFirst();
        Verdict verdict = batch.hasProducer() ? producers.check(batches) : producers.check(batch);
        if (batch.isTransactional() && !producers.isOpen(batch)) {
            Verdict refusal = opening(batch, guard, verdict);
            return refusal == null ? verdict : refusal;
        }
        return verdict;
    }

    /** Why a batch may not open its transaction, or null; an older epoch is told first. */
    private @Nullable Verdict opening(BatchHeader batch, long guard, Verdict verdict) {
        if (verdict instanceof Verdict.Duplicate || isFenced(verdict)) {
            return verdict;
        }
        if (producers.openTransactions() >= ProducerStates.MAX_OPEN_TRANSACTIONS) {
            return new Verdict.Refuse(
                    ErrorCode.REQUEST_TIMED_OUT,
                    ProducerStates.MAX_OPEN_TRANSACTIONS + " transactions are open here");
        }
        return guards.refusal(batch, guard, producers.knows(batch.producerId()));
    }

    private static boolean isFenced(Verdict verdict) {
        return verdict instanceof Verdict.Refuse refuse
                && refuse.error() == ErrorCode.INVALID_PRODUCER_EPOCH;
    }

    /** See {@link PartitionLeader#beginTransaction}. */
    Admission begin(BatchHeader batch, boolean epochPerTransaction) {
        Verdict verdict = producers.check(batch);
        if (verdict instanceof Verdict.Refuse refuse && isFenced(refuse)) {
            return new Admission.Refused(refuse.error(), refuse.detail());
        }
        if (verdict instanceof Verdict.Duplicate || producers.isOpen(batch)) {
            return OPEN;
        }
        return new Admission.Guarded(guards.give(batch, epochPerTransaction));
    }
}
