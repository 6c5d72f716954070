package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Machine;
import java.nio.file.Path;

/** One of a machine's log directories fails, there is no room, or logs change their directory. */
final class DirectoryMischief implements Mischief {

    private final Scene scene;

    DirectoryMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (!machine.isUp() || machine.isDiskFaulty()) {
            return false;
        }
        if (fault == Fault.LOG_CHANGES_DIRECTORY) {
            return changeDirectory(machine);
        }
        if (fault == Fault.DISK_FULL) {
            machine.fillDisk();
        } else {
            machine.failDirectory(scene.any(machine.directories()));
        }
        scene.soon(() -> {
            if (machine.isDiskFaulty()) {
                machine.cutPower(); // and it comes back with a disk that works
            }
        });
        return true;
    }

    private boolean changeDirectory(Machine machine) {
        BrokerProcess broker = machine.broker();
        if (broker == null || machine.directories().size() == 1 || machine.isPaused()) {
            return false;
        }
        if (machine.hasRot()) {
            return false; // a move copies bytes as they are: nobody could tell where it is then
        }
        Path target = scene.any(machine.directories());
        return broker.moveAny(
                scene.random().nextInt(100),
                target,
                error -> {
                    scene.world()
                            .trace()
                            .tell(machine.toString(), "moves a log to %s: %s", target, error);
                });
    }
}
