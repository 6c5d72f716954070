package io.sluice.simulator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ControllerCommand.UnregisterBroker;
import io.sluice.core.controller.PartitionImage;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.util.List;

/**
 * Brokers come back with nothing: on a new disk, or as another machine that takes the place of one
 * that is gone for good. And an operator strikes a broker off the list that is there.
 */
final class BrokerMischief implements Mischief {

    private static final int NOBODY = -1;
    private static final long NO_EPOCH = -1L;

    /** How often an order is repeated until it is followed. */
    private static final int AGAIN_MS = 300;

    private final Scene scene;
    private final Operator operator;

    /** Whose disk is gone, until the cluster knows; or {@link #NOBODY}. */
    private int emptied = NOBODY;

    private long emptiedEpoch;

    BrokerMischief(Scene scene, Operator operator) {
        this.scene = scene;
        this.operator = operator;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (fault == Fault.BROKER_UNREGISTERED) {
            return epoch(machine.id()) != NO_EPOCH
                    && operator.order(new UnregisterBroker(machine.id()));
        }
        List<Machine> dispensable =
                scene.site().machines().stream().filter(this::isDispensable).toList();
        if (dispensable.isEmpty()) {
            return false;
        }
        empty(fault, scene.any(dispensable));
        return true;
    }

    private void empty(Fault fault, Machine machine) {
        switch (fault) {
            case WIPED_DISK -> {
                expectEmpty(machine);
                machine.wipe();
            }
            case WIPED_DIRECTORY -> {
                expectEmpty(machine);
                machine.wipe(scene.any(machine.directories()));
            }
            default -> replace(machine);
        }
    }

    private void expectEmpty(Machine machine) {
        emptied = machine.id();
        emptiedEpoch = epoch(machine.id());
        machine.kill();
    }

    /** The new one starts only once the old one is struck off the list. */
    private void replace(Machine machine) {
        machine.retire();
        expectEmpty(machine);
        machine.wipe();
        unregister(machine, emptiedEpoch);
    }

    private void unregister(Machine machine, long epoch) {
        if (scene.isOver() || epoch(machine.id()) != epoch || epoch == NO_EPOCH) {
            machine.recommission();
            return;
        }
        operator.order(new UnregisterBroker(machine.id()));
        scene.world().afterMs(AGAIN_MS, () -> unregister(machine, epoch));
    }

    /**
     * Whether every partition that has a replica there is led by another one, which holds all, and
     * nothing else goes wrong. A replica that is being added may be in sync soon, and then alone.
     */
    private boolean isDispensable(Machine machine) {
        return !machine.isStopping()
                && scene.isCalmBeside(machine)
                && scene.site().machines().stream().noneMatch(Machine::hasRot)
                && scene.partitions()
                        .filter(one -> one.replicas().contains(machine.id()))
                        .allMatch(one -> isLedBeside(one, machine.id()));
    }

    private boolean isLedBeside(PartitionImage one, int broker) {
        return one.leader() != PartitionImage.NO_LEADER
                && one.leader() != broker
                && scene.site().isAsKnown(one.leader()) // or an earlier run, which just ended
                && !one.adding().contains(broker);
    }

    private long epoch(int broker) {
        BrokerImage known = scene.truth().image().brokers().get(broker);
        return known == null ? NO_EPOCH : known.epoch();
    }

    /**
     * As long as the cluster takes an empty disk for a full one, even one that is to hold nothing:
     * a topic that is made meanwhile may be given to it.
     */
    @Override
    public boolean isDelicate() {
        boolean isIt = emptied != NOBODY && epoch(emptied) == emptiedEpoch;
        if (!isIt) {
            emptied = NOBODY;
        }
        return isIt;
    }

    @Override
    public void heal() {
        scene.site().machines().forEach(Machine::recommission);
    }
}
