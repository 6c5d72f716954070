package io.sluice.core.share;

import io.sluice.core.share.RunState.Held;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What members hold, in the order in which their locks run out. */
final class Locks {
    private static final Comparator<Run> BY_END =
            (a, b) -> {
                int rank = Long.compare(of(a).untilMs(), of(b).untilMs());
                return rank != 0 ? rank : Long.compare(a.first(), b.first());
            };

    private final TreeSet<Run> held = new TreeSet<>(BY_END);
    private long records;

    static Held of(Run run) {
        return (Held) run.state();
    }

    void add(Run run) {
        held.add(run);
        records += run.size();
    }

    void remove(Run run) {
        held.remove(run);
        records -= run.size();
    }

    long records() {
        return records;
    }

    /** The first whose lock has run out by now; null if there is none. */
    @Nullable Run over(long nowMs) {
        return nextEndMs() <= nowMs && !held.isEmpty() ? held.getFirst() : null;
    }

    /** One whose lock is longer than that; null if there is none. */
    @Nullable Run beyond(long latestMs) {
        return !held.isEmpty() && of(held.getLast()).untilMs() > latestMs ? held.getLast() : null;
    }

    /** Those nobody was asked about whose locks end by then. */
    List<Run> unasked(long untilMs) {
        List<Run> found = new ArrayList<>();
        for (Run run : held) {
            if (of(run).untilMs() > untilMs) {
                break;
            }
            if (!of(run).isAsked()) {
                found.add(run);
            }
        }
        return found;
    }

    /** What a member holds and was not asked about. */
    List<Run> unasked(String member) {
        List<Run> found = new ArrayList<>();
        for (Run run : held) {
            if (run.isHeldBy(member) && !of(run).isAsked()) {
                found.add(run);
            }
        }
        return found;
    }

    /** When the next one ends; {@link Long#MAX_VALUE} if none does. */
    long nextEndMs() {
        return held.isEmpty() ? Long.MAX_VALUE : of(held.getFirst()).untilMs();
    }
}
