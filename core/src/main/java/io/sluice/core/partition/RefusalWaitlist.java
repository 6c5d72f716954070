package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Appends that do not fit what is known of their producers. A leader that was passed over, and does
 * not know it, knows too little: producers that believe it number their batches anew, and what its
 * successor has stored of them is stored twice. So nobody is refused until it is certain that
 * nobody led instead when he was looked at; until then he waits, and is told to try again when his
 * time is up.
 *
 * @param <T> what the host knows an append by
 */
final class RefusalWaitlist<T> {

    private final Deque<Doubtful<T>> waiting = new ArrayDeque<>(0);

    private record Doubtful<T>(T ticket, AppendOutcome outcome, long sinceMs, long deadlineMs) {}

    /** Whether it is a word about what is stored, which a former leader may be wrong about. */
    static boolean mayBeWrong(ErrorCode refusal) {
        return refusal == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
                || refusal == ErrorCode.INVALID_TXN_STATE;
    }

    int size() {
        return waiting.size();
    }

    void add(T ticket, AppendOutcome outcome, long sinceMs, long deadlineMs) {
        waiting.addLast(new Doubtful<>(ticket, outcome, sinceMs, deadlineMs));
    }

    /** Nobody led instead at that time. */
    void certain(long ms, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty() && waiting.getFirst().sinceMs < ms) {
            Doubtful<T> one = waiting.removeFirst();
            outbox.reply(one.ticket, one.outcome);
        }
    }

    /** Answers all: perhaps somebody else takes them. */
    void giveUp(ErrorCode reason, LeaderOutbox<T> outbox) {
        while (!waiting.isEmpty()) {
            outbox.reply(waiting.removeFirst().ticket, undecided(reason));
        }
    }

    /** Answers those whose time is up. */
    void expire(long nowMs, LeaderOutbox<T> outbox) {
        for (int i = waiting.size(); i > 0; i--) {
            Doubtful<T> one = waiting.removeFirst();
            if (one.deadlineMs <= nowMs) {
                outbox.reply(one.ticket, undecided(ErrorCode.REQUEST_TIMED_OUT));
            } else {
                waiting.addLast(one);
            }
        }
    }

    private static AppendOutcome undecided(ErrorCode reason) {
        return AppendOutcome.failed(
                reason, "not stored: it fits nothing here, and another replica may lead by now");
    }

    long nextDeadlineMs() {
        long next = PartitionLeader.NO_DEADLINE;
        for (Doubtful<T> one : waiting) {
            next = Math.min(next, one.deadlineMs);
        }
        return next;
    }
}
