package io.sluice.core.group;

import io.sluice.core.group.assignor.Share;

/**
 * How far a member, whose share the broker decides, has come towards its target.
 *
 * @param <S> what members have
 * @param epoch of the target it has reached; 0 before the first, {@link #AWAY}
 * @param previousEpoch what it may still hold if the last answer was lost
 * @param assigned what it may use
 * @param revoking what it must give back
 */
public record Standing<S extends Share<S>>(
        int epoch, int previousEpoch, State state, S assigned, S revoking) {

    /** The epoch of a static member that has gone for a moment. */
    static final int AWAY = -2;

    /**
     * Where a member is between two targets.
     *
     * <pre>
     *            has more than its target            gave them back
     *   STABLE ─────────────────────────▶ REVOKING ─────────────────┐
     *     ▲ ▲                                                       ▼
     *     │ └──── all of the target is its own ◀──────────── next assignment
     *     │                                                         │ some are another's still
     *     └──────── they were given back ──────────── WAITING ◀─────┘
     * </pre>
     */
    public enum State {
        STABLE,
        REVOKING,
        WAITING
    }

    /** Of somebody who comes new, or again under another id, with what it is known to have. */
    static <S extends Share<S>> Standing<S> atFirst(S assigned, S nothing) {
        return new Standing<>(0, 0, State.STABLE, assigned, nothing);
    }

    /** Gone for a moment, with all that it may use. */
    Standing<S> away(S nothing) {
        return new Standing<>(AWAY, epoch, State.STABLE, assigned, nothing);
    }

    /** What nobody else may have. */
    S holds() {
        return assigned.plus(revoking);
    }
}
