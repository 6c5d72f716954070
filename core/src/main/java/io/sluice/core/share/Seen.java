package io.sluice.core.share;

import io.sluice.core.share.RunState.Available;
import io.sluice.core.share.RunState.Burying;
import io.sluice.core.share.RunState.Done;
import io.sluice.core.share.RunState.Held;

/**
 * What records are to the group, as somebody sees it who looks and takes nothing.
 *
 * @param last inclusive
 * @param deliveries so far; one that is under way counts
 * @param member who holds them, or had them last when they died; empty if nobody is known to
 * @param timeMs of what is held, when the lock runs out, or the time for an answer; of what waits
 *     for its time, that time; else 0
 */
public record Seen(
        long first, long last, Standing standing, int deliveries, String member, long timeMs) {

    /** Where a record stands. */
    public enum Standing {
        /** It may be delivered now, or when what is before it in its order is done. */
        AVAILABLE,
        /** It is not delivered before a time. */
        LATER,
        /** A member has it. */
        HELD,
        /** A member had it, and is asked what became of it. */
        ASKED,
        /** Its dead letter is under way. */
        DEAD,
        /** Nothing more becomes of it. */
        DONE
    }

    static Seen done(long first, long last) {
        return new Seen(first, last, Standing.DONE, 0, "", 0L);
    }

    /** Those of a run that are between two offsets. */
    static Seen of(Run run, long from, long to, long nowMs) {
        long first = Math.max(from, run.first());
        long last = Math.min(to, run.last());
        return switch (run.state()) {
            case Available(int deliveries, long fromMs, Times times) ->
                    fromMs > nowMs
                            ? new Seen(first, last, Standing.LATER, deliveries, "", fromMs)
                            : new Seen(first, last, Standing.AVAILABLE, deliveries, "", 0L);
            case Held by ->
                    new Seen(
                            first,
                            last,
                            by.isAsked() ? Standing.ASKED : Standing.HELD,
                            by.deliveries(),
                            by.member(),
                            by.untilMs());
            case Burying dead ->
                    new Seen(first, last, Standing.DEAD, dead.deliveries(), dead.member(), 0L);
            case Done done -> done(first, last);
        };
    }
}
