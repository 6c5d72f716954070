package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Appends that are stored and wait for their commit, in the order of the offset waited for. The
 * leader keeps it within {@link PartitionLeader#MAX_WAITING_APPENDS}.
 *
 * @param <T> what the host knows an append by
 */
final class CommitWaitlist<T> {

    private final Deque<Waiting<T>> waiting = new ArrayDeque<>(1);
    private long nextDeadlineMs = PartitionLeader.NO_DEADLINE;

    private record Waiting<T>(T ticket, long untilOffset, long deadlineMs, AppendOutcome outcome) {}

    int size() {
        return waiting.size();
    }

    /** May be too early. */
    long nextDeadlineMs() {
        return waiting.isEmpty() ? PartitionLeader.NO_DEADLINE : nextDeadlineMs;
    }

    /** Takes one in. Only a repeated one ever waits for less than the last in the queue. */
    void add(T ticket, long untilOffset, long deadlineMs, AppendOutcome outcome) {
        Deque<Waiting<T>> later = null;
        while (!waiting.isEmpty() && waiting.getLast().untilOffset > untilOffset) {
            if (later == null) {
                later = new ArrayDeque<>();
            }
            later.addFirst(waiting.removeLast());
        }
        waiting.addLast(new Waiting<>(ticket, untilOffset, deadlineMs, outcome));
        if (later != null) {
            waiting.addAll(later);
        }
        nextDeadlineMs = Math.min(nextDeadlineMs, deadlineMs);
    }

    /** Everything below the offset is committed. */
    void committed(long offset, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty() && waiting.getFirst().untilOffset <= offset) {
            Waiting<T> done = waiting.removeFirst();
            outbox.reply(done.ticket, done.outcome);
        }
    }

    /** Answers all: none of them is known to be committed. */
    void refuse(ErrorCode reason, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty()) {
            outbox.reply(
                    waiting.removeFirst().ticket,
                    AppendOutcome.failed(reason, "stored, and not known to be committed"));
        }
        nextDeadlineMs = PartitionLeader.NO_DEADLINE;
    }

    /** Answers those whose time is up. */
    void expire(long nowMs, LeaderOutbox<T> outbox) {
        nextDeadlineMs = PartitionLeader.NO_DEADLINE;
        Iterator<Waiting<T>> all = waiting.iterator();
        while (all.hasNext()) {
            Waiting<T> one = all.next();
            if (one.deadlineMs <= nowMs) {
                all.remove();
                outbox.reply(
                        one.ticket,
                        AppendOutcome.failed(
                                ErrorCode.REQUEST_TIMED_OUT,
                                "stored, and not committed in time: it may still become so"));
            } else {
                nextDeadlineMs = Math.min(nextDeadlineMs, one.deadlineMs);
            }
        }
    }
}
