package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.util.Set;
import java.util.TreeSet;

/** Processes die, stand still or stop, and machines lose their power. */
final class ProcessMischief implements Mischief {

    private final Scene scene;

    ProcessMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (!machine.isUp() || machine.isPaused()) {
            return false;
        }
        switch (fault) {
            case KILL -> machine.kill();
            case POWER_CUT -> machine.cutPower();
            case POWER_CUT_WHILE_WRITING -> machine.cutPowerAtCall(scene.random().nextInt(60));
            case POWER_CUT_OF_ALL -> scene.site().machines().forEach(Machine::cutPower);
            case CLEAN_RESTART -> machine.stop();
            default -> {
                machine.pause();
                scene.soon(machine::resume);
            }
        }
        return true;
    }

    @Override
    public void heal() {
        scene.site().machines().forEach(Machine::resume);
    }

    /** Machines that are down, and come up again after a while. */
    static final class Returns {
        private final Scene scene;
        private final Set<Integer> returning = new TreeSet<>();

        Returns(Scene scene) {
            this.scene = scene;
        }

        void look() {
            for (Machine machine : scene.site().machines()) {
                if (!machine.isUp() && returning.add(machine.id())) {
                    scene.soon(() -> {
                        returning.remove(machine.id());
                        machine.start();
                    });
                }
            }
        }
    }
}
