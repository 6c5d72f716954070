package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Appends whose outcome is known, and not for certain: each waits until something has come so far,
 * in that order. The leader keeps it within {@link PartitionLeader#MAX_WAITING_APPENDS}.
 *
 * @param <T> what the host knows an append by
 */
final class AppendWaitlist<T> {

    private final Deque<Waiting<T>> waiting = new ArrayDeque<>(1);
    private final String unknown;
    private final String late;
    private long nextDeadlineMs = PartitionLeader.NO_DEADLINE;

    private record Waiting<T>(T ticket, long until, long deadlineMs, AppendOutcome outcome) {}

    /**
     * @param unknown what is told where nobody waits any more
     * @param late what those are told whose time is up
     */
    private AppendWaitlist(String unknown, String late) {
        this.unknown = unknown;
        this.late = late;
    }

    /** Of stored ones, each until the high watermark has reached its end. */
    static <T> AppendWaitlist<T> stored() {
        return new AppendWaitlist<>(
                "stored, and not known to be committed",
                "stored, and not committed in time: it may still become so");
    }

    /**
     * Of such as fit nothing that is known of their producers, each until it is certain that nobody
     * else led up to the time at which it was looked at (docs/adr/refused-when-certain.md).
     */
    static <T> AppendWaitlist<T> refused() {
        String why = "not stored: it fits nothing here, and another replica may lead by now";
        return new AppendWaitlist<>(why, why);
    }

    int size() {
        return waiting.size();
    }

    /** May be too early. */
    long nextDeadlineMs() {
        return waiting.isEmpty() ? PartitionLeader.NO_DEADLINE : nextDeadlineMs;
    }

    /** Takes one in. Only a repeated one ever waits for less than the last in the queue. */
    void add(T ticket, long until, long deadlineMs, AppendOutcome outcome) {
        Deque<Waiting<T>> later = null;
        while (!waiting.isEmpty() && waiting.getLast().until > until) {
            if (later == null) {
                later = new ArrayDeque<>();
            }
            later.addFirst(waiting.removeLast());
        }
        waiting.addLast(new Waiting<>(ticket, until, deadlineMs, outcome));
        if (later != null) {
            waiting.addAll(later);
        }
        nextDeadlineMs = Math.min(nextDeadlineMs, deadlineMs);
    }

    /** It has come so far: the outcomes that waited for that are certain. */
    void reached(long far, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty() && waiting.getFirst().until <= far) {
            Waiting<T> done = waiting.removeFirst();
            outbox.reply(done.ticket, done.outcome);
        }
    }

    /** Answers all: of none of them the outcome is certain. */
    void refuse(ErrorCode reason, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty()) {
            outbox.reply(waiting.removeFirst().ticket, AppendOutcome.failed(reason, unknown));
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
                outbox.reply(one.ticket, AppendOutcome.failed(ErrorCode.REQUEST_TIMED_OUT, late));
            } else {
                nextDeadlineMs = Math.min(nextDeadlineMs, one.deadlineMs);
            }
        }
    }
}
