package io.sluice.storage;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Tells the cleaner, as it goes through a log from its start, which batches were aborted and which
 * markers are not needed any more: those of a transaction none of whose batches was met. A batch
 * that is met and removed keeps its marker until the next time. On an I/O thread.
 */
final class CleanedTransactions {

    private final CleaningPlan plan;

    /** Those that begin later. */
    private final PriorityQueue<AbortedTransaction> ahead =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));

    private final Map<Long, Aborted> aborted = new HashMap<>();

    /** Producers of whose transaction, which was committed, a batch was met. */
    private final Set<Long> committed = new HashSet<>();

    private boolean begun;

    private static final class Aborted {
        private final AbortedTransaction transaction;
        private boolean met;

        Aborted(AbortedTransaction transaction) {
            this.transaction = transaction;
        }
    }

    CleanedTransactions(CleaningPlan plan) {
        this.plan = plan;
    }

    /** A segment begins; they come in order, and none is left out behind the first. */
    void begin(CleaningPlan.Part part) throws IOException {
        for (AbortedTransaction one : of(part)) {
            if (!begun || one.firstOffset() >= part.baseOffset()) {
                ahead.add(one); // else it was met in an earlier segment
            }
        }
        begun = true;
    }

    private List<AbortedTransaction> of(CleaningPlan.Part part) throws IOException {
        List<AbortedTransaction> found = new ArrayList<>(0);
        List<CleaningPlan.Part> parts = plan.parts();
        for (int i = parts.indexOf(part); i < parts.size(); i++) {
            TransactionIndex index = parts.get(i).segment().aborted();
            if (index.collect(part.baseOffset(), part.endOffset(), found)) {
                return found;
            }
        }
        for (AbortedTransaction later : plan.abortedLater()) {
            if (later.firstOffset() < part.endOffset()) {
                found.add(later);
            }
        }
        return found;
    }

    private void reach(long offset) {
        while (!ahead.isEmpty() && ahead.peek().firstOffset() <= offset) {
            AbortedTransaction next = ahead.poll();
            aborted.put(next.producerId(), new Aborted(next));
        }
    }

    /** Whether a data batch was aborted. */
    boolean isAborted(BatchHeader batch) {
        reach(batch.lastOffset());
        if (!batch.isTransactional()) {
            return false;
        }
        Aborted of = aborted.get(batch.producerId());
        if (of == null) {
            committed.add(batch.producerId());
            return false;
        }
        of.met = true;
        return true;
    }

    /**
     * A control batch was met.
     *
     * @param keeps takes the transaction whose abort is still to be told to readers
     * @return whether nobody needs the batch
     */
    boolean isNeedless(BatchHeader batch, ControlRecord control, List<AbortedTransaction> keeps) {
        reach(batch.lastOffset());
        return switch (control.kind()) {
            case COMMIT -> !committed.remove(batch.producerId());
            case ABORT -> {
                Aborted of = aborted.remove(batch.producerId());
                if (of != null && of.met) {
                    keeps.add(of.transaction);
                }
                yield of == null || !of.met;
            }
            case OTHER -> batch.recordCount() == 0;
        };
    }
}
