package io.sluice.core.group;

import io.sluice.core.group.Standing.State;
import io.sluice.core.group.assignor.Share;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Brings one member a step nearer to its target: first it gives back what another is to have, then
 * it gets what no other holds any more. Nobody waits who need not (KIP-848, "reconciliation").
 */
final class Reconciliation {

    private Reconciliation() {}

    /**
     * @param target what the member is to have
     * @param targetEpoch of that target
     * @param owned what the member says it holds; empty if it says nothing new
     * @param free of some share, that which nobody stands in the way of
     */
    static <S extends Share<S>> Standing<S> step(
            Standing<S> now, S target, int targetEpoch, Optional<S> owned, UnaryOperator<S> free) {
        return switch (now.state()) {
            case STABLE ->
                    now.epoch() == targetEpoch ? now : next(now, target, targetEpoch, owned, free);
            case REVOKING -> {
                boolean holds = owned.map(one -> one.intersects(now.revoking())).orElse(true);
                yield holds ? now : next(now, target, targetEpoch, owned, free);
            }
            case WAITING -> next(now, target, targetEpoch, owned, free);
        };
    }

    private static <S extends Share<S>> Standing<S> next(
            Standing<S> now, S target, int targetEpoch, Optional<S> owned, UnaryOperator<S> free) {
        S kept = now.assigned().and(target);
        S excess = now.assigned().minus(target);
        // Who says nothing may hold all that it was given.
        S revoking = owned.map(excess::and).orElse(excess);
        if (!revoking.isEmpty()) {
            return new Standing<>(now.epoch(), now.previousEpoch(), State.REVOKING, kept, revoking);
        }
        S wanted = target.minus(kept);
        S granted = free.apply(wanted);
        return new Standing<>(
                targetEpoch,
                now.epoch() == targetEpoch ? now.previousEpoch() : now.epoch(),
                wanted.minus(granted).isEmpty() ? State.STABLE : State.WAITING,
                kept.plus(granted),
                revoking);
    }

    /** Whether a member that waits could go on now. */
    static <S extends Share<S>> boolean couldGoOn(
            Standing<S> now, S target, UnaryOperator<S> free) {
        return !free.apply(target.minus(now.assigned())).isEmpty();
    }
}
