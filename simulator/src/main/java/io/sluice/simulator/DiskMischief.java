package io.sluice.simulator;

import io.sluice.engine.fake.SimDisk;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** Disks fail, and are slow. */
final class DiskMischief implements Mischief {

    private final Scene scene;

    DiskMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (!machine.isUp() || machine.isDiskFaulty()) {
            return false;
        }
        switch (fault) {
            case WRITES_FAIL -> breakDisk(machine, SimDisk.Fault.WRITE_FAILS);
            case FLUSHES_FAIL -> breakDisk(machine, SimDisk.Fault.FORCE_FAILS);
            default -> {
                machine.slowDisk(2 + scene.random().nextInt(200));
                scene.soon(() -> machine.slowDisk(1));
            }
        }
        return true;
    }

    private void breakDisk(Machine machine, SimDisk.Fault fault) {
        machine.breakDisk(scene.random().nextInt(60), fault);
        scene.soon(() -> {
            if (machine.isDiskFaulty()) {
                machine.cutPower(); // and it comes back with a disk that works
            }
        });
    }

    @Override
    public void heal() {
        for (Machine machine : scene.site().machines()) {
            machine.slowDisk(1);
            if (machine.isDiskFaulty()) {
                machine.cutPower();
            }
            machine.disk().faultAt(Long.MAX_VALUE, SimDisk.Fault.POWER);
        }
    }
}
