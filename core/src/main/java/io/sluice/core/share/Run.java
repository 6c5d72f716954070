package io.sluice.core.share;

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

    boolean isDone() {
        return state == RunState.Done.DONE;
    }
}
