package io.sluice.core.share;

/**
 * What a record is to the group.
 *
 * <pre>
 *                acquire                    accept, gap
 *   Available ─────────────▶ Held ───────────────────────────▶ Done
 *      ▲  │                   │ │                                ▲
 *      │  │ expires           │ │ reject, or released at the     │ the dead letter is stored
 *      │  └───────▶ Burying ◀─┼─┘ delivery limit                 │
 *      │               │      │                                  │
 *      └───────────────┼──────┘ release, lock runs out           │
 *                      └─────────────────────────────────────────┘
 * </pre>
 *
 * Without dead letters what would be buried is done at once. Where a group wants to be asked, what
 * is Held stays so when its lock runs out, until there is an answer or the time for it is over.
 */
sealed interface RunState {

    /**
     * It waits for a consumer.
     *
     * @param deliveries so far
     * @param fromMs not before
     */
    record Available(int deliveries, long fromMs, Times times) implements RunState {
        static final Available NEW = new Available(0, 0L, Times.UNKNOWN);

        /**
         * @param nowMs 0 where nobody wants to know when it was delivered
         */
        Held heldBy(String member, long nowMs, long untilMs) {
            return new Held(
                    member,
                    deliveries + 1,
                    untilMs,
                    times.delivered(deliveries, nowMs),
                    Question.NONE,
                    false);
        }
    }

    /**
     * A member has it.
     *
     * @param deliveries this one included
     * @param untilMs when the lock runs out, or the time for an answer
     * @param question by which it was asked about; {@link Question#NONE} if it was not
     * @param isSure it asked for more time, so it has the record, by this delivery or one before
     */
    record Held(
            String member, int deliveries, long untilMs, Times times, long question, boolean isSure)
            implements RunState {
        Held renewed(long newUntilMs) {
            return new Held(member, deliveries, newUntilMs, times, Question.NONE, true);
        }

        /** Asked about, or by when it has to be answered. */
        Held asked(long number, long newUntilMs) {
            return new Held(member, deliveries, newUntilMs, times, number, isSure);
        }

        boolean isAsked() {
            return question != Question.NONE;
        }

        boolean isUnder(long number) {
            return isAsked() && question == number;
        }

        Available released(long fromMs) {
            return new Available(deliveries, fromMs, times);
        }

        /** The member never saw it: that was no delivery. */
        Available undelivered() {
            return new Available(deliveries - 1, 0L, times.undelivered(deliveries - 1));
        }

        Burying buried(DeadReason reason) {
            return new Burying(reason, member, deliveries, times);
        }
    }

    /** Its dead letter is being written. */
    record Burying(DeadReason reason, String member, int deliveries, Times times)
            implements RunState {}

    /** For good. */
    enum Done implements RunState {
        DONE
    }
}
