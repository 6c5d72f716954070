package io.sluice.core.share;

/**
 * Records that are to be written to the dead letters.
 *
 * @param last inclusive
 * @param member the last one that had it; empty if nobody is known to
 * @param times of their deliveries
 */
public record DeadLetter(
        long first, long last, DeadReason reason, int deliveries, String member, Times times) {

    static DeadLetter of(Run run, RunState.Burying dead) {
        return new DeadLetter(
                run.first(),
                run.last(),
                dead.reason(),
                dead.deliveries(),
                dead.member(),
                dead.times());
    }

    /** How many records they are. */
    public long size() {
        return last - first + 1;
    }

    /** Whether it stands behind the other one, and tells the same. */
    boolean follows(DeadLetter other) {
        return other.last + 1 == first && equals(new DeadLetter(first, last, other));
    }

    private DeadLetter(long first, long last, DeadLetter of) {
        this(first, last, of.reason, of.deliveries, of.member, of.times);
    }

    DeadLetter upTo(long newLast) {
        return new DeadLetter(first, newLast, this);
    }
}
