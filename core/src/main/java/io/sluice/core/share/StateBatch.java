package io.sluice.core.share;

import java.util.List;

/**
 * What is remembered of records side by side, over restarts and changes of the leader.
 *
 * @param last inclusive
 */
public record StateBatch(long first, long last, Fate fate) {

    /** What is to become of them. */
    public sealed interface Fate {}

    /**
     * To be delivered.
     *
     * @param deliveries so far; one that was under way counts
     * @param fromMs not before; 0 for at once
     * @param times of the deliveries
     */
    public record Pending(int deliveries, long fromMs, Times times) implements Fate {

        /** When it was delivered is not known. */
        public Pending(int deliveries, long fromMs) {
            this(deliveries, fromMs, Times.UNKNOWN);
        }
    }

    /** A dead letter is being written. */
    public record Dead(DeadReason reason, int deliveries, Times times) implements Fate {

        /** When it was delivered is not known. */
        public Dead(DeadReason reason, int deliveries) {
            this(reason, deliveries, Times.UNKNOWN);
        }
    }

    /** Nothing more. */
    public enum Settled implements Fate {
        SETTLED
    }

    public StateBatch {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("records %d to %d".formatted(first, last));
        }
    }

    /** Adds records behind those of the list; neighbours of one fate are one batch. */
    static void add(List<StateBatch> to, long first, long last, Fate fate) {
        StateBatch before = to.isEmpty() ? null : to.getLast();
        if (before != null && before.last + 1 == first && before.fate.equals(fate)) {
            to.set(to.size() - 1, new StateBatch(before.first, last, fate));
        } else {
            to.add(new StateBatch(first, last, fate));
        }
    }

    /** The same of the records from the offset on. */
    StateBatch from(long offset) {
        return new StateBatch(offset, last, fate);
    }
}
