package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import java.util.List;

/**
 * What a leader wants done, in this order.
 *
 * @param <T> what the host knows a waiting append by
 * @see PartitionLeader
 */
public interface LeaderOutbox<T> extends FetchWaitlist.Wakes {

    /**
     * Write the ticket's batches with these headers, at once. They are its last ones: those that
     * are missing in front are stored already.
     *
     * @return false if the log failed: the machine fails with it
     */
    boolean append(T ticket, List<BatchHeader> assigned);

    /** Make everything appended durable, then step {@link LeaderInput.Flushed}. */
    void flush();

    void reply(T ticket, AppendOutcome outcome);

    /**
     * Ask the controller for another ISR, then step {@link LeaderInput.ReplicasChanged} or {@link
     * LeaderInput.ProposalAnswered}. One is under way at a time; it is repeated when its outcome is
     * not known.
     */
    void proposeIsr(ReplicaSet.Proposal proposal);
}
