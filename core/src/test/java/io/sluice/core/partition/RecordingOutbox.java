package io.sluice.core.partition;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.TransactionMarker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Executes appends on a list, as a log would, and writes down the rest. Tickets are numbers. */
final class RecordingOutbox implements LeaderOutbox<Integer> {

    final ProducerStates producers = new ProducerStates();
    final List<BatchHeader> log = new ArrayList<>();
    final Map<Integer, AppendOutcome> replies = new LinkedHashMap<>();

    /** Of the tickets that end a transaction. */
    final Map<Integer, TransactionMarker> markers = new LinkedHashMap<>();

    final List<AbortedTransaction> aborted = new ArrayList<>();
    final List<ReplicaSet.Proposal> proposals = new ArrayList<>();
    int flushesAsked;
    boolean failAppends;

    long end() {
        return log.isEmpty() ? 0L : log.getLast().nextOffset();
    }

    AppendOutcome replyTo(int ticket) {
        AppendOutcome outcome = replies.get(ticket);
        if (outcome == null) {
            throw new AssertionError("no reply to " + ticket);
        }
        return outcome;
    }

    @Override
    public boolean append(Integer ticket, List<BatchHeader> assigned) {
        if (failAppends) {
            return false;
        }
        for (BatchHeader batch : assigned) {
            if (batch.baseOffset() != end()) {
                throw new AssertionError(batch + " is not at the end, " + end());
            }
            log.add(batch);
            if (batch.isMarker()) {
                end(batch, markers.get(ticket));
            } else {
                producers.append(batch);
            }
        }
        return true;
    }

    private void end(BatchHeader batch, @Nullable TransactionMarker marker) {
        if (marker == null) {
            throw new AssertionError("a marker that nobody wrote: " + batch);
        }
        AbortedTransaction ended =
                producers.end(
                        batch,
                        new ControlRecord(
                                marker.commit()
                                        ? ControlRecord.Kind.COMMIT
                                        : ControlRecord.Kind.ABORT,
                                marker.coordinatorEpoch()));
        if (ended != null) {
            aborted.add(ended);
        }
    }

    @Override
    public void flush() {
        flushesAsked++;
    }

    @Override
    public void reply(Integer ticket, AppendOutcome outcome) {
        if (replies.put(ticket, outcome) != null) {
            throw new AssertionError("second reply to " + ticket);
        }
    }

    @Override
    public void wake(FetchWaitlist.Waiter waiter) {
        waiter.wake();
    }

    @Override
    public void proposeIsr(ReplicaSet.Proposal proposal) {
        proposals.add(proposal);
    }
}
