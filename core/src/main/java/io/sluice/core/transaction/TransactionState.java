package io.sluice.core.transaction;

import java.util.Optional;

/**
 * Where the transaction of a transactional id is.
 *
 * <pre>
 *             ┌────────── a producer begins anew (InitProducerId) ────────────┐
 *             ▼                                                               │
 *   ──▶ EMPTY ──a partition is added──▶ ONGOING ──commit──▶ PREPARE_COMMIT ───┼─▶ COMPLETE_COMMIT
 *         │                              ▲    │            markers everywhere │     │
 *         │                              │    └─abort, time is up,            │     │
 *         │                              │      another producer──▶ PREPARE_ABORT   │
 *         │                              │                            │             │
 *         └─abort of nothing─────────────┼────────────────────▶ COMPLETE_ABORT      │
 *                                        └──a partition is added──────┴─────────────┘
 * </pre>
 *
 * An id that is not used for long is forgotten in EMPTY and the two complete states.
 */
public enum TransactionState {
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    PREPARE_COMMIT(2, "PrepareCommit"),
    PREPARE_ABORT(3, "PrepareAbort"),
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),

    /** Forgotten; seen by nobody, known as a filter. */
    DEAD(6, "Dead"),

    /** Kafka's name for the moment between fencing and aborting; here they are one. */
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private final byte number;
    private final String shown;

    TransactionState(int number, String shown) {
        this.number = (byte) number;
        this.shown = shown;
    }

    /** The number in the log. */
    byte number() {
        return number;
    }

    /** The state of that number in the log. */
    static Optional<TransactionState> of(byte number) {
        return number < 0 || number >= values().length
                ? Optional.empty()
                : Optional.of(values()[number]);
    }

    /** The name that clients know. */
    public String shown() {
        return shown;
    }

    /** The state that clients call so. */
    public static Optional<TransactionState> named(String shown) {
        for (TransactionState state : values()) {
            if (state.shown.equals(shown)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    /** The outcome is decided and not known to all partitions yet. */
    public boolean isPrepared() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }

    /** There is no transaction: one may begin, and the id may be forgotten. */
    boolean isIdle() {
        return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
    }

    boolean mayBecome(TransactionState next) {
        return switch (next) {
            case EMPTY -> isIdle();
            case ONGOING -> isIdle() || this == ONGOING;
            case PREPARE_COMMIT, PREPARE_ABORT -> this == ONGOING;
            case COMPLETE_COMMIT -> this == PREPARE_COMMIT;
            case COMPLETE_ABORT -> this == PREPARE_ABORT || isIdle();
            case DEAD, PREPARE_EPOCH_FENCE -> false;
        };
    }
}
