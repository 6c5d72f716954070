package io.sluice.core.share;

import io.sluice.core.share.RunState.Available;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is next: the available records of a queue, by priority and then by offset; apart from them
 * those whose time has not come, and those that stand behind another one of their key (I-26).
 *
 * <p>In key order the records of one key are a {@link Line}. While one of them is out, with a
 * consumer or on its way to the dead letters, nobody of its line is called; else its head is.
 */
final class Lineup {
    private static final Comparator<Run> BY_RANK =
            (a, b) -> {
                int rank = Integer.compare(b.facts().priority(), a.facts().priority());
                return rank != 0 ? rank : Long.compare(a.first(), b.first());
            };
    private static final Comparator<Run> BY_TIME =
            (a, b) -> {
                int rank = Long.compare(fromMs(a), fromMs(b));
                return rank != 0 ? rank : Long.compare(a.first(), b.first());
            };
    private static final Comparator<Run> BY_END =
            (a, b) -> {
                int rank = Long.compare(a.facts().expiresAtMs(), b.facts().expiresAtMs());
                return rank != 0 ? rank : Long.compare(a.first(), b.first());
            };

    private final TreeSet<Run> ready = new TreeSet<>(BY_RANK);
    private final TreeSet<Run> later = new TreeSet<>(BY_TIME);
    private final TreeSet<Run> expiring = new TreeSet<>(BY_END);
    private final Map<Long, Line> lines = new HashMap<>();
    private final boolean keyOrder;

    private long laterRecords;

    /** Since time passed last. */
    private boolean readyGrew;

    /** The records of one key that are not done. */
    private static final class Line {
        private final TreeMap<Long, Run> waiting = new TreeMap<>();
        private int out;
        private @Nullable Run called;
    }

    Lineup(boolean keyOrder) {
        this.keyOrder = keyOrder;
    }

    private static long fromMs(Run run) {
        return ((Available) run.state()).fromMs();
    }

    /** An available run stands in line from now on. */
    void add(Run run) {
        if (run.facts().expiresAtMs() != Facts.NEVER) {
            expiring.add(run);
        }
        if (inLine(run)) {
            Line line = lines.computeIfAbsent(run.facts().keyHash(), key -> new Line());
            line.waiting.put(run.first(), run);
            call(line);
        } else {
            standFirst(run);
        }
    }

    /** Nobody of its key is before it. Most have no time to wait for. */
    private void standFirst(Run run) {
        if (fromMs(run) == 0) {
            ready.add(run);
            readyGrew = true;
        } else {
            later.add(run);
            laterRecords += run.size();
        }
    }

    /** An available run stands in line no more. */
    void remove(Run run) {
        expiring.remove(run);
        if (inLine(run)) {
            Line line = line(run);
            line.waiting.remove(run.first());
            call(line);
            close(line, run);
        } else {
            uncall(run);
        }
    }

    /** A run that was removed is with a consumer: nobody else of its key may be. */
    void out(Run run) {
        if (inLine(run)) {
            Line line = lines.computeIfAbsent(run.facts().keyHash(), key -> new Line());
            line.out++;
            call(line);
        }
    }

    /** What was out is not so any more: it came back, or is done. */
    void in(Run run) {
        if (inLine(run)) {
            Line line = line(run);
            line.out--;
            call(line);
            close(line, run);
        }
    }

    private boolean inLine(Run run) {
        return keyOrder && run.facts().keyed();
    }

    private Line line(Run run) {
        Line line = lines.get(run.facts().keyHash());
        if (line == null) {
            throw new IllegalStateException("no line for the key of " + run);
        }
        return line;
    }

    private void close(Line line, Run run) {
        if (line.out == 0 && line.waiting.isEmpty()) {
            lines.remove(run.facts().keyHash());
        }
    }

    /** Sees to it that the head of the line, and nobody else of it, may be called. */
    private void call(Line line) {
        Run head =
                line.out > 0 || line.waiting.isEmpty()
                        ? null
                        : line.waiting.firstEntry().getValue();
        if (head == line.called) {
            return;
        }
        if (line.called != null) {
            uncall(line.called);
        }
        if (head != null) {
            standFirst(head);
        }
        line.called = head;
    }

    private void uncall(Run run) {
        if (!ready.remove(run) && later.remove(run)) {
            laterRecords -= run.size();
        }
    }

    /** Those whose time has come by now are ready; whether any are that were not before. */
    boolean passTime(long nowMs) {
        boolean any = readyGrew;
        readyGrew = false;
        while (!later.isEmpty() && fromMs(later.getFirst()) <= nowMs) {
            Run due = later.pollFirst();
            laterRecords -= due.size();
            ready.add(due);
            any = true;
        }
        return any;
    }

    /** A run whose time to live is over by now, still in line; null if there is none. */
    @Nullable Run expired(long nowMs) {
        return !expiring.isEmpty() && expiring.getFirst().facts().expiresAtMs() <= nowMs
                ? expiring.getFirst()
                : null;
    }

    /** Who is next, still in line; null if nobody is ready. */
    @Nullable Run next() {
        return ready.isEmpty() ? null : ready.getFirst();
    }

    /** Records whose time has not come, and that nobody of their key is before. */
    long laterRecords() {
        return laterRecords;
    }

    /** When time changes something. */
    long nextDeadlineMs() {
        long laterMs = later.isEmpty() ? Long.MAX_VALUE : fromMs(later.getFirst());
        long endMs =
                expiring.isEmpty() ? Long.MAX_VALUE : expiring.getFirst().facts().expiresAtMs();
        return Math.min(laterMs, endMs);
    }
}
