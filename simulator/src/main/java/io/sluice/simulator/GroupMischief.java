package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.client.Member;
import io.sluice.simulator.cluster.Machine;
import java.util.List;

/** Members of a group die, leave, and stand still. */
final class GroupMischief implements Mischief {

    private static final int AWAY_MS = 2_000;

    private final Scene scene;
    private final List<Member> members;

    GroupMischief(Scene scene, List<Member> members) {
        this.scene = scene;
        this.members = members;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (members.isEmpty()) {
            return false;
        }
        Member member = scene.any(members);
        int ms = 1 + scene.random().nextInt(AWAY_MS);
        return switch (fault) {
            case MEMBER_DIES -> member.die(ms);
            case MEMBER_LEAVES -> member.leave(ms);
            default -> member.standStill(ms + scene.random().nextInt(2 * AWAY_MS));
        };
    }
}
