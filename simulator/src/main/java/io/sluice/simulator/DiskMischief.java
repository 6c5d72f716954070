package io.sluice.simulator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.engine.fake.SimDisk;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** Disks fail, are slow, or are replaced by empty ones. */
final class DiskMischief implements Mischief {

    private final Scene scene;

    /** The machine whose disk was wiped, until its replicas are in sync again; or -1. */
    private int wiped = -1;

    private long wipedEpoch;

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
            case WIPED_DISK -> {
                return wipe(machine);
            }
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

    /** Only where every replica that it has is in sync elsewhere, too, and all is well there. */
    private boolean wipe(Machine machine) {
        if (!scene.isCalm() || !scene.isWhole() || leadsOrIsAlone(machine.id())) {
            return false;
        }
        wiped = machine.id();
        wipedEpoch = epoch(wiped);
        machine.kill();
        machine.wipe();
        return true;
    }

    @Override
    public boolean isDelicate() {
        if (wiped >= 0 && isBack(wiped) && scene.isWhole()) {
            wiped = -1;
            return true; // until the next look
        }
        return wiped >= 0;
    }

    /** Whether the cluster knows the broker by its new disk. */
    private boolean isBack(int broker) {
        BrokerImage known = scene.truth().image().brokers().get(broker);
        return known != null && known.epoch() > wipedEpoch && known.isActive();
    }

    private long epoch(int broker) {
        BrokerImage known = scene.truth().image().brokers().get(broker);
        return known == null ? -1L : known.epoch();
    }

    private boolean leadsOrIsAlone(int broker) {
        return scene.partitions()
                .anyMatch(one ->
                        one.leader() == broker
                                || one.replicas().size() == 1 && one.replicas().contains(broker));
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
