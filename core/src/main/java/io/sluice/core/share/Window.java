package io.sluice.core.share;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The records from the first that is not done to the last that was looked at, as runs without a
 * gap. Done neighbours are one run, so that what lies behind a stuck record costs next to nothing,
 * however much it is.
 */
final class Window {
    private final TreeMap<Long, Run> runs = new TreeMap<>();
    private long start;
    private long end;
    private long doneRecords;
    private int pendingRuns;

    Window(long start) {
        this.start = start;
        this.end = start;
    }

    /** The first record that is not done, or {@link #end}. */
    long start() {
        return start;
    }

    /** Behind the last that was looked at. */
    long end() {
        return end;
    }

    /** Records between start and end that are done. */
    long doneRecords() {
        return doneRecords;
    }

    /** Runs that are not done. */
    int pendingRuns() {
        return pendingRuns;
    }

    /** Takes in the next run, which begins at {@link #end}. */
    void append(Run run) {
        if (run.first() != end) {
            throw new IllegalStateException("%s does not follow %d".formatted(run, end));
        }
        end = run.last() + 1;
        put(run);
    }

    /** Puts a run in the place of one with the same records. */
    void replace(Run old, Run with) {
        if (old.isDone() || with.isDone()) {
            take(old);
            put(with);
            return;
        }
        Run was = runs.put(with.first(), with);
        if (was != old) {
            throw new IllegalStateException("%s is not %s".formatted(was, old));
        }
    }

    /** Puts two runs in the place of one. */
    void split(Run old, Run before, Run from) {
        take(old);
        put(before);
        put(from);
    }

    /** Begins earlier: all of that is done. */
    void extendBack(long newStart) {
        Run done = new Run(newStart, start - 1, Facts.PLAIN, RunState.Done.DONE);
        start = newStart;
        put(done);
    }

    /** Puts a run in the place of records that are done. */
    void revive(Run run) {
        Run done = at(run.first());
        if (done == null || !done.isDone() || done.last() < run.last()) {
            throw new IllegalStateException("%s is not all of %s".formatted(done, run));
        }
        take(done);
        put(run);
        if (done.first() < run.first()) {
            put(done.before(run.first()));
        }
        if (run.last() < done.last()) {
            put(done.from(run.last() + 1));
        }
    }

    private void take(Run run) {
        Run was = runs.remove(run.first());
        if (!run.equals(was)) {
            throw new IllegalStateException("%s is not %s".formatted(was, run));
        }
        if (run.isDone()) {
            doneRecords -= run.size();
        } else {
            pendingRuns--;
        }
    }

    private void put(Run run) {
        if (!run.isDone()) {
            runs.put(run.first(), run);
            pendingRuns++;
            return;
        }
        Map.Entry<Long, Run> before = runs.lowerEntry(run.first());
        Map.Entry<Long, Run> after = runs.higherEntry(run.first());
        boolean joinsBefore = before != null && before.getValue().isDone();
        boolean joinsAfter = after != null && after.getValue().isDone();
        long first = joinsBefore ? before.getKey() : run.first();
        long last = joinsAfter ? after.getValue().last() : run.last();
        if (joinsAfter) {
            runs.remove(after.getKey());
        }
        runs.put(first, new Run(first, last, Facts.PLAIN, RunState.Done.DONE));
        doneRecords += run.size();
    }

    /** Lets go of what is done at the front; whether the start moved. */
    boolean advance() {
        Map.Entry<Long, Run> front = runs.firstEntry();
        if (front == null || !front.getValue().isDone()) {
            return false;
        }
        runs.remove(front.getKey());
        doneRecords -= front.getValue().size();
        start = front.getValue().last() + 1;
        return true;
    }

    /** The run that holds the offset; null outside of the window. */
    @Nullable Run at(long offset) {
        if (offset < start || offset >= end) {
            return null;
        }
        return runs.floorEntry(offset).getValue();
    }

    /** The runs that hold any of the records, in order. */
    List<Run> within(long first, long last) {
        long from = Math.max(first, start);
        Run run = at(from);
        if (run == null || from > last) {
            return List.of();
        }
        if (run.last() >= last || run.last() + 1 == end) {
            return List.of(run);
        }
        List<Run> found = new ArrayList<>();
        for (Run next : runs.tailMap(run.first()).values()) {
            if (next.first() > last) {
                break;
            }
            found.add(next);
        }
        return found;
    }
}
