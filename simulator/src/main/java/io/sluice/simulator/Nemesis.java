package io.sluice.simulator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.engine.fake.SimDisk;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Makes faults until it is told to stop, and mends each after a while: an operator with a bad
 * record. It never destroys the last copy of anything.
 */
final class Nemesis {

    private static final int LONGEST_MS = 6_000;
    private static final int CARE_MS = 100;
    private static final int DAY_MS = 86_400_000;
    private static final int CLIENTS_FROM = 1_000;

    private final Site site;
    private final World world;
    private final Network network;
    private final Plan plan;
    private final Coverage coverage;
    private final Random random;
    private final List<Fault> faults;
    private final ClusterTruth truth;
    private final int clients;

    /** The machine whose disk was wiped, until its replicas are in sync again; or -1. */
    private int wiped = -1;

    private long wipedEpoch;

    /** Down, and about to be started. */
    private final Set<Integer> returning = new TreeSet<>();

    private boolean over;

    Nemesis(Site site, Plan plan, Coverage coverage, ClusterTruth truth, int clients) {
        this.site = site;
        this.world = site.world();
        this.network = site.network();
        this.plan = plan;
        this.coverage = coverage;
        this.truth = truth;
        this.clients = clients;
        this.random = world.random("nemesis");
        this.faults = List.copyOf(plan.faults());
    }

    void begin() {
        world.afterMs(1 + random.nextInt(plan.calmMs()), this::next);
    }

    private void next() {
        if (over) {
            return;
        }
        for (Machine machine : site.machines()) {
            returnLater(machine);
        }
        if (wiped >= 0) {
            if (isBack(wiped) && isWhole()) {
                wiped = -1;
            }
            begin();
            return; // nothing else meanwhile: it might hit the only copies left
        }
        Fault fault = faults.get(random.nextInt(faults.size()));
        Machine machine = site.machines().get(random.nextInt(site.machines().size()));
        if (happens(fault, machine)) {
            coverage.count("fault " + fault);
        }
        begin();
    }

    private void returnLater(Machine machine) {
        if (!machine.isUp() && returning.add(machine.id())) {
            soon(() -> {
                returning.remove(machine.id());
                machine.start();
            });
        }
    }

    /**
     * Something happens within the longest time that a fault lasts, unless all is mended by then.
     */
    private void soon(Runnable task) {
        int bound = random.nextBoolean() ? LONGEST_MS : LONGEST_MS / 20;
        world.afterMs(
                10 + random.nextInt(bound),
                () -> {
                    if (!over) {
                        task.run();
                    }
                });
    }

    /** Whether it could be made. */
    private boolean happens(Fault fault, Machine machine) {
        return switch (fault) {
            case KILL, POWER_CUT, POWER_CUT_WHILE_WRITING, POWER_CUT_OF_ALL, PAUSE, CLEAN_RESTART ->
                    ofProcess(fault, machine);
            case WRITES_FAIL, FLUSHES_FAIL, SLOW_DISK, WIPED_DISK -> ofDisk(fault, machine);
            case CUT_OFF,
                    CUT_ONE_WAY,
                    CUT_LINK,
                    CUT_FROM_CLIENTS,
                    SLOW_NETWORK,
                    CONNECTIONS_BREAK ->
                    ofNetwork(fault, machine);
            case CLOCK_JUMPS -> {
                machine.clock().jump((random.nextBoolean() ? 1L : -1L) * random.nextInt(DAY_MS));
                yield true;
            }
            case CLOCK_DRIFTS -> {
                machine.clock().drift(random.nextInt(1_000) - 500L);
                yield true;
            }
            case QUORUM_CHANGES_LEADER -> site.quorum().depose();
            case METADATA_PURGED -> {
                site.quorum().purge();
                yield true;
            }
            case METADATA_LAGS -> {
                site.quorum().lag(machine.id(), 500 + random.nextInt(LONGEST_MS));
                yield true;
            }
        };
    }

    private boolean ofProcess(Fault fault, Machine machine) {
        if (!machine.isUp() || machine.isPaused()) {
            return false;
        }
        switch (fault) {
            case KILL -> machine.kill();
            case POWER_CUT -> machine.cutPower();
            case POWER_CUT_WHILE_WRITING -> machine.cutPowerAtCall(random.nextInt(60));
            case POWER_CUT_OF_ALL -> site.machines().forEach(Machine::cutPower);
            case CLEAN_RESTART -> machine.stop();
            default -> {
                machine.pause();
                soon(machine::resume);
            }
        }
        return true;
    }

    private boolean ofDisk(Fault fault, Machine machine) {
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
                machine.slowDisk(2 + random.nextInt(200));
                soon(() -> machine.slowDisk(1));
            }
        }
        return true;
    }

    private void breakDisk(Machine machine, SimDisk.Fault fault) {
        machine.breakDisk(random.nextInt(60), fault);
        soon(() -> {
            if (machine.isDiskFaulty()) {
                machine.cutPower(); // and it comes back with a disk that works
            }
        });
    }

    /** Only where every replica that it has is in sync elsewhere, too, and all is well there. */
    private boolean wipe(Machine machine) {
        boolean allUp =
                site.machines().stream()
                        .allMatch(one -> one.isUp() && !one.isPaused() && !one.isDiskFaulty());
        if (!allUp || network.hasCuts() || !isWhole() || leadsOrIsAlone(machine.id())) {
            return false;
        }
        wiped = machine.id();
        wipedEpoch = epoch(wiped);
        machine.kill();
        machine.wipe();
        return true;
    }

    /** Whether the cluster knows the broker by its new disk. */
    private boolean isBack(int broker) {
        BrokerImage known = truth.image().brokers().get(broker);
        return known != null && known.epoch() > wipedEpoch && known.isActive();
    }

    private long epoch(int broker) {
        BrokerImage known = truth.image().brokers().get(broker);
        return known == null ? -1L : known.epoch();
    }

    private boolean isWhole() {
        return partitions().allMatch(one -> one.isr().size() == one.replicas().size());
    }

    private boolean leadsOrIsAlone(int broker) {
        return partitions()
                .anyMatch(one ->
                        one.leader() == broker
                                || one.replicas().size() == 1 && one.replicas().contains(broker));
    }

    private Stream<PartitionImage> partitions() {
        return truth.image().topics().values().stream()
                .flatMap(topic -> topic.partitions().stream());
    }

    private boolean ofNetwork(Fault fault, Machine machine) {
        Machine other = site.machines().get(random.nextInt(site.machines().size()));
        switch (fault) {
            case CUT_OFF -> cutOff(machine, random.nextInt(3));
            case CUT_FROM_CLIENTS -> {
                for (int end = CLIENTS_FROM; end < CLIENTS_FROM + clients; end++) {
                    cut(machine.id(), end, random.nextInt(3));
                }
            }
            case SLOW_NETWORK -> {
                network.slow(1 + random.nextInt(300));
                soon(() -> network.slow(1));
            }
            case CONNECTIONS_BREAK -> network.reset(random.nextInt(100));
            default -> {
                if (other == machine) {
                    return false;
                }
                cut(machine.id(), other.id(), fault == Fault.CUT_LINK ? 0 : 1 + random.nextInt(2));
            }
        }
        return true;
    }

    /** From the other brokers, not from its clients. */
    private void cutOff(Machine machine, int ways) {
        world.trace().tell(machine.toString(), "is cut off from the other brokers");
        for (Machine other : site.machines()) {
            if (other != machine) {
                cut(machine.id(), other.id(), ways);
            }
        }
    }

    /**
     * @param ways 0 both, 1 forth, 2 back
     */
    private void cut(int one, int other, int ways) {
        if (ways != 2) {
            network.cut(one, other);
        }
        if (ways != 1) {
            network.cut(other, one);
        }
        soon(() -> network.heal(one, other));
    }

    /** The faults are over: everything works and runs again. */
    void heal() {
        over = true;
        world.trace().tell("nemesis", "---- faults are over ----");
        network.healAll();
        for (Machine machine : site.machines()) {
            machine.slowDisk(1);
            machine.clock().drift(0);
            machine.resume();
            if (machine.isDiskFaulty()) {
                machine.cutPower();
            }
            machine.disk().faultAt(Long.MAX_VALUE, SimDisk.Fault.POWER);
        }
        care();
    }

    /** Who was stopping comes back, too. */
    private void care() {
        site.machines().forEach(Machine::start);
        world.afterMs(CARE_MS, this::care);
    }
}
