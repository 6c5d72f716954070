package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.client.Taker;
import io.sluice.simulator.cluster.Machine;
import java.util.List;

/** Members of a queue die, leave, and stand still. */
final class QueueMischief implements Mischief {

    private static final int AWAY_MS = 1_500;

    private final Scene scene;
    private final List<Taker> takers;

    QueueMischief(Scene scene, List<Taker> takers) {
        this.scene = scene;
        this.takers = takers;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (takers.isEmpty()) {
            return false;
        }
        Taker taker = scene.any(takers);
        int ms = 1 + scene.random().nextInt(AWAY_MS);
        return switch (fault) {
            case TAKER_DIES -> taker.die(ms);
            case TAKER_LEAVES -> taker.leave(ms);
            default -> taker.standStill(2 * ms);
        };
    }
}
