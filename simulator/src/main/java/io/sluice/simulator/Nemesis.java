package io.sluice.simulator;

import static java.util.Objects.requireNonNull;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.Plan.Kind;
import io.sluice.simulator.ProcessMischief.Returns;
import io.sluice.simulator.cluster.Machine;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes faults until it is told to stop, and mends each after a while: an operator with a bad
 * record. It never destroys the last copy of anything.
 */
final class Nemesis {

    private static final int CARE_MS = 100;

    private final Scene scene;
    private final Plan plan;
    private final Random pace;
    private final List<Fault> faults;
    private final Map<Kind, Mischief> mischiefs = new EnumMap<>(Kind.class);
    private final Returns returns;
    private final Operator operator;
    private final Part part;
    private final Crowd crowd;
    private final SortedSet<Long> made = new TreeSet<>();
    private long number;

    /**
     * @param crowd clients that may come to harm themselves
     */
    Nemesis(Plan plan, Part part, Scene scene, Crowd crowd) {
        this.part = part;
        this.crowd = crowd;
        this.scene = scene;
        this.plan = plan;
        this.pace = scene.world().random("nemesis");
        this.faults = List.copyOf(plan.faults());
        this.returns = new Returns(scene);
        this.operator = new Operator(scene);
        for (Kind kind : Kind.values()) {
            mischiefs.put(kind, mischief(kind));
        }
    }

    private Mischief mischief(Kind kind) {
        return switch (kind) {
            case PROCESS -> new ProcessMischief(scene);
            case DISK -> new DiskMischief(scene);
            case NETWORK -> new NetworkMischief(scene);
            case CLOCK -> new ClockMischief(scene);
            case QUORUM -> new QuorumMischief(scene);
            case BROKER -> new BrokerMischief(scene, operator);
            case MOVE -> new MoveMischief(scene, operator, plan.minInSync());
            case DIRECTORY -> new DirectoryMischief(scene);
            case ROT -> new RotMischief(scene);
            case TOPIC -> new TopicMischief(scene, operator, plan);
            case TRANSACTION -> new TransactionMischief(scene, crowd.tellers());
            case GROUP -> new GroupMischief(scene, crowd.members());
            case QUEUE -> new QueueMischief(scene, crowd.takers());
            case SCHEDULE -> new ScheduleMischief(scene, crowd.senders(), crowd.scheduleReaders());
        };
    }

    void begin() {
        scene.world().afterMs(1 + pace.nextInt(plan.calmMs()), this::next);
    }

    private void next() {
        if (scene.isOver()) {
            return;
        }
        number++;
        scene.next("return", number);
        returns.look();
        boolean delicate = mischiefs.values().stream().anyMatch(Mischief::isDelicate);
        if (!delicate && part.has(number)) {
            scene.next("fault", number);
            make(scene.any(faults), scene.anyMachine());
        }
        begin();
    }

    private void make(Fault fault, Machine machine) {
        scene.world().trace().tell("nemesis", "fault %d: %s, %s", number, fault, machine);
        Mischief mischief = requireNonNull(mischiefs.get(fault.kind()));
        if (mischief.make(fault, machine)) {
            made.add(number);
            scene.coverage().count("fault " + fault);
        }
    }

    /** The numbers of the faults that could be made. */
    SortedSet<Long> made() {
        return made;
    }

    /** The faults are over: everything works and runs again. */
    void heal() {
        scene.end();
        scene.world().trace().tell("nemesis", "---- faults are over ----");
        mischiefs.values().forEach(Mischief::heal);
        care();
    }

    /** Who was stopping comes back, too. */
    private void care() {
        scene.site().machines().forEach(Machine::start);
        scene.world().afterMs(CARE_MS, this::care);
    }
}
