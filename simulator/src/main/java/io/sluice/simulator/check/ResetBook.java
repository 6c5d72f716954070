package io.sluice.simulator.check;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Queues that are set anew: what lies behind the new start comes, whatever had become of it, what
 * lies before is done. A leader learns of it when it reads or writes what is remembered; what it
 * says until then is of the queue as it was, and of no account.
 */
public final class ResetBook {

    /** Leaders of a queue that was not set anew in between; later ones have larger epochs. */
    private static final int EPOCHS = 100_000;

    private final Map<TopicPartition, List<Reset>> resets = new HashMap<>();
    private long owed;

    ResetBook() {}

    /** One that was asked for: it may have been done from then on. */
    public static final class Reset {
        private final int term;
        private final long start;
        private boolean done;

        private Reset(int term, long start) {
            this.term = term;
            this.start = start;
        }

        /** Who ordered it hears of it. */
        public void answered(ErrorCode error) {
            done |= error == ErrorCode.NONE;
        }

        @Override
        public String toString() {
            return "reset to %d in state %d".formatted(start, term / EPOCHS);
        }
    }

    /**
     * Orders leaders of a queue: by how often it was set anew, then by their epochs.
     *
     * @param leaderEpoch -1 of one that does not lead, which stays so
     */
    public static int term(int stateEpoch, int leaderEpoch) {
        return leaderEpoch < 0 ? leaderEpoch : stateEpoch * EPOCHS + leaderEpoch;
    }

    /** A coordinator is asked for one. */
    public Reset asks(TopicPartition partition, int stateEpoch, long start) {
        Reset reset = new Reset(term(stateEpoch, 0), start);
        of(partition).add(reset);
        return reset;
    }

    private List<Reset> of(TopicPartition partition) {
        return resets.computeIfAbsent(partition, one -> new ArrayList<>());
    }

    /** Whether a leader of that term may have it for one that nobody ever had, for a reset. */
    boolean mayHaveBroughtBack(KnownRecord record, int term) {
        int latest = record.latestTerm();
        return of(record.partition()).stream()
                .anyMatch(one ->
                        one.start <= record.offset() && latest < one.term && one.term <= term);
    }

    /** Whether what a leader of that term says may be of no account. */
    boolean mayBeOver(TopicPartition partition, int term) {
        return of(partition).stream().anyMatch(one -> one.term > term);
    }

    /** Whether it may be done because a queue began behind it. */
    boolean mayHavePassed(KnownRecord record) {
        return of(record.partition()).stream().anyMatch(one -> one.start > record.offset());
    }

    /** At the end. */
    void judge(KnownRecord record) {
        Reset last = null;
        for (Reset one : of(record.partition())) {
            last = one.done && (last == null || last.term <= one.term) ? one : last;
        }
        if (last == null || record.offset() < last.start) {
            return;
        }
        owed++;
        if (record.cameTerm < last.term) {
            throw new Violation(
                    "reset",
                    "%s: it did not come after the %s. %s".formatted(record.name(), last, record));
        }
    }

    /** Records that had to come since. */
    public long owed() {
        return owed;
    }
}
