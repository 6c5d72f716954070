package io.sluice.core.share;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Records that stand side by side and are in one state.
 *
 * @param last inclusive
 */
record Run(long first, long last, Facts facts, RunState state) {

    long size() {
        return last - first + 1;
    }

    Run with(RunState other) {
        return new Run(first, last, facts, other);
    }

    /** The part before the offset. */
    Run before(long offset) {
        return new Run(first, offset - 1, facts, state);
    }

    /** The part from the offset on. */
    Run from(long offset) {
        return new Run(offset, last, facts, state);
    }

    boolean isHeldBy(String member) {
        return state instanceof RunState.Held by && by.member().equals(member);
    }

    /** Runs that are held, in the order of offsets, as their members are told. */
    static List<Acquired> acquired(List<Run> taken) {
        taken.sort(Comparator.comparingLong(Run::first));
        List<Acquired> ranges = new ArrayList<>(taken.size());
        for (Run run : taken) {
            int deliveries = ((RunState.Held) run.state).deliveries();
            ranges.add(new Acquired(run.first, run.last, deliveries));
        }
        return ranges;
    }

    boolean isDone() {
        return state == RunState.Done.DONE;
    }
}
