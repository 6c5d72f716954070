package io.sluice.core.partition;

import io.sluice.core.model.ErrorCode;

/**
 * Whether another replica leads instead of this one, or did, for all that this one knows: it may be
 * cut from the controller (docs/adr/cut-off-leaders.md). What is known of that is the lease of its
 * broker, and when those who could be elected followed. Who is to be refused by what is stored here
 * waits until it is certain (docs/adr/refused-when-certain.md).
 *
 * @param <T> what the host knows an append by
 */
final class Doubt<T> {

    private final Isr isr;
    private final Lease lease;
    private final AppendWaitlist<T> refused = AppendWaitlist.refused();
    private boolean current;

    /** While the lease is over: when it is in doubt, if nobody is heard until then. */
    private long beginsMs = PartitionLeader.NO_DEADLINE;

    Doubt(Isr isr, Lease lease) {
        this.isr = isr;
        this.lease = lease;
    }

    /** Another may lead by now. */
    boolean isCurrent() {
        return current;
    }

    /** When it has to be looked at again, or {@link PartitionLeader#NO_DEADLINE}. */
    long nextDeadlineMs() {
        return Math.min(beginsMs, refused.nextDeadlineMs());
    }

    /**
     * Whether the controller counts on this broker, so that its word is one of now. It may be heard
     * late, when it has long counted on another: by a process that stood still.
     */
    boolean isSure(long nowMs) {
        return !lease.isOver(nowMs);
    }

    /** It leads no longer. */
    void end() {
        current = false;
        beginsMs = PartitionLeader.NO_DEADLINE;
    }

    /**
     * Looks while it leads.
     *
     * @param any whether one that lacks records could be elected
     * @return whether doubt begins now
     */
    boolean begins(boolean any, long nowMs) {
        beginsMs = isSure(nowMs) ? PartitionLeader.NO_DEADLINE : beginsMs(any);
        boolean before = current;
        current = nowMs >= beginsMs;
        if (current) {
            beginsMs = PartitionLeader.NO_DEADLINE; // it ends by a word, not by time
        }
        return current && !before;
    }

    /** When it begins if nobody is heard until then, and the lease is over. */
    long beginsMs(boolean any) {
        long aloneMs = isr.ledAloneUntilMs(false, any);
        boolean never = aloneMs > PartitionLeader.NO_DEADLINE - lease.sessionMs();
        return never ? PartitionLeader.NO_DEADLINE : aloneMs + lease.sessionMs();
    }

    /** How many wait. */
    int waiting() {
        return refused.size();
    }

    /**
     * Tells him at once, or when it is certain that nobody else led up to now.
     *
     * @param any as at {@link #begins}
     */
    void tell(
            T ticket,
            AppendOutcome outcome,
            long deadlineMs,
            boolean any,
            long nowMs,
            LeaderOutbox<T> outbox) {
        if (nowMs < ledAloneUntilMs(any, nowMs)) {
            outbox.reply(ticket, outcome);
        } else {
            refused.add(ticket, nowMs + 1, deadlineMs, outcome);
        }
    }

    /** Somebody was heard: perhaps it is certain now. */
    void heard(boolean any, long nowMs, LeaderOutbox<T> outbox) {
        if (refused.size() > 0) {
            refused.reached(ledAloneUntilMs(any, nowMs), outbox);
        }
    }

    private long ledAloneUntilMs(boolean any, long nowMs) {
        return isr.ledAloneUntilMs(isSure(nowMs), any);
    }

    /** Answers all who wait: nothing is certain. */
    void refuse(ErrorCode reason, LeaderOutbox<T> outbox) {
        refused.refuse(reason, outbox);
    }

    /** Answers those whose time is up. */
    void expire(long nowMs, LeaderOutbox<T> outbox) {
        refused.expire(nowMs, outbox);
    }
}
