package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** Clocks are set, and go wrong. */
final class ClockMischief implements Mischief {

    private static final int DAY_MS = 86_400_000;

    private final Scene scene;

    ClockMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (fault == Fault.CLOCK_JUMPS) {
            long sign = scene.random().nextBoolean() ? 1L : -1L;
            machine.clock().jump(sign * scene.random().nextInt(DAY_MS));
        } else {
            machine.clock().drift(scene.random().nextInt(1_000) - 500L);
        }
        return true;
    }

    @Override
    public void heal() {
        scene.site().machines().forEach(machine -> machine.clock().drift(0));
    }
}
