package io.sluice.core.group;

import io.sluice.core.group.ConsumerMember.Standing;
import io.sluice.core.group.ConsumerMember.State;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.Uuid;
import java.util.Optional;

/**
 * Brings one member a step nearer to its target: first it gives back what another is to have, then
 * it gets what no other holds any more. Nobody waits who need not (KIP-848, "reconciliation").
 */
final class Reconciliation {

    private Reconciliation() {}

    /** Whether nobody but the member holds a partition. */
    @FunctionalInterface
    interface Free {
        boolean test(Uuid topic, int partition);
    }

    /**
     * @param targetEpoch of the target it is to reach
     * @param owned what the member says it holds; empty if it says nothing new
     */
    static Standing step(
            ConsumerMember member, int targetEpoch, Optional<PartitionSet> owned, Free free) {
        Standing now = member.standing();
        return switch (now.state()) {
            case STABLE ->
                    now.epoch() == targetEpoch ? now : next(member, targetEpoch, owned, free);
            case REVOKING -> {
                boolean holds = owned.map(one -> one.intersects(now.revoking())).orElse(true);
                yield holds ? now : next(member, targetEpoch, owned, free);
            }
            case WAITING -> next(member, targetEpoch, owned, free);
        };
    }

    private static Standing next(
            ConsumerMember member, int targetEpoch, Optional<PartitionSet> owned, Free free) {
        Standing now = member.standing();
        PartitionSet kept = now.assigned().and(member.target());
        PartitionSet excess = now.assigned().minus(member.target());
        // Who says nothing may hold all that it was given.
        PartitionSet revoking = owned.map(excess::and).orElse(excess);
        if (!revoking.isEmpty()) {
            return new Standing(now.epoch(), now.previousEpoch(), State.REVOKING, kept, revoking);
        }
        PartitionSet.Builder granted = new PartitionSet.Builder();
        PartitionSet.Builder waiting = new PartitionSet.Builder();
        member.target()
                .minus(kept)
                .forEach((topic, partition) ->
                        (free.test(topic, partition) ? granted : waiting).add(topic, partition));
        return new Standing(
                targetEpoch,
                now.epoch() == targetEpoch ? now.previousEpoch() : now.epoch(),
                waiting.build().isEmpty() ? State.STABLE : State.WAITING,
                kept.plus(granted.build()),
                PartitionSet.NONE);
    }

    /** Whether a member that waits could go on now. */
    static boolean couldGoOn(ConsumerMember member, Free free) {
        boolean[] any = {false};
        member.target()
                .minus(member.standing().assigned())
                .forEach((topic, partition) -> any[0] |= free.test(topic, partition));
        return any[0];
    }
}
