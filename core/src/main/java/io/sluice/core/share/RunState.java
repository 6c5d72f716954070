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
 * Without dead letters what would be buried is done at once.
 */
sealed interface RunState {

    /**
     * It waits for a consumer.
     *
     * @param deliveries so far
     * @param fromMs not before
     */
    record Available(int deliveries, long fromMs) implements RunState {
        static final Available NEW = new Available(0, 0L);

        Held heldBy(String member, long untilMs) {
            return new Held(member, deliveries + 1, untilMs);
        }
    }

    /**
     * A member has it.
     *
     * @param deliveries this one included
     * @param untilMs when the lock runs out
     */
    record Held(String member, int deliveries, long untilMs) implements RunState {
        Held renewed(long newUntilMs) {
            return new Held(member, deliveries, newUntilMs);
        }

        Available released(long fromMs) {
            return new Available(deliveries, fromMs);
        }

        /** The member never saw it: that was no delivery. */
        Available undelivered() {
            return new Available(deliveries - 1, 0L);
        }

        Burying buried(DeadReason reason) {
            return new Burying(reason, member, deliveries);
        }
    }

    /** Its dead letter is being written. */
    record Burying(DeadReason reason, String member, int deliveries) implements RunState {}

    /** For good. */
    enum Done implements RunState {
        DONE
    }
}
