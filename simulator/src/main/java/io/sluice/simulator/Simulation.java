package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.partition.Partition;
import io.sluice.simulator.Plan.Kind;
import io.sluice.simulator.check.Ledger;
import io.sluice.simulator.check.Ledger.Promise;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.client.Administrator;
import io.sluice.simulator.client.Client;
import io.sluice.simulator.client.Consumer;
import io.sluice.simulator.client.OffsetKeeper;
import io.sluice.simulator.client.Producer;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Groups;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Effects;
import io.sluice.simulator.world.Effects.Effect;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import io.sluice.simulator.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run from one seed: a cluster comes up, works under faults while everything is checked, and
 * once the faults are over has to get through all that was asked of it. Then the logs are judged.
 *
 * @see Plan
 */
public final class Simulation {

    static final String TOPIC = "orders";
    private static final int TOPICS_MADE = 5;
    private static final int KEEPERS = 2;
    private static final long START_MS = 30_000;

    /** In one of so many runs the cluster keeps itself even. */
    private static final int BALANCED = 4;

    /** I-13: how long it may take until all is well after the faults. */
    private static final long HEAL_MS = 90_000;

    /** I-13, too: how long it is watched whether all stays well, and in one run of how many. */
    private static final long CALM_MS = 10_000;

    private static final int CALM_RUNS = 8;

    /** What was done to a broker in the faults may be noticed so much later. */
    private static final long ECHO_MS = 4_000;

    /** What does not come up where nothing is wrong. */
    private static final List<String> UNCALLED_FOR =
            List.of("brokers fenced", "in-sync replicas fewer", "partitions without a leader");

    private final World world;
    private final Plan plan;
    private final Coverage coverage = new Coverage();
    private final Ledger ledger = new Ledger();
    private final Site site;
    private final ClusterTruth truth;
    private final Nemesis nemesis;
    private final Topics topics;
    private final List<Work> works = new ArrayList<>();
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final List<Producer> producers = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();
    private final List<OffsetKeeper> keepers = new ArrayList<>();
    private final List<Administrator> administrators = new ArrayList<>();
    private final Health health = new Health();
    private boolean created;

    /**
     * What a run came to.
     *
     * @param faults the numbers of those that were made
     * @param empty whether nobody felt any of them
     * @param violation why it failed, or null
     */
    public record Result(
            long seed,
            Plan plan,
            long hash,
            long events,
            long virtualMs,
            int acknowledged,
            Coverage coverage,
            SortedSet<Long> faults,
            boolean empty,
            @Nullable Throwable violation) {

        /** One line for a person. */
        public String summary() {
            return "seed %d: %d brokers, %d partitions of %d replicas; %d batches acknowledged in %.1f s, %d events, trace %016x%s"
                    .formatted(
                            seed,
                            plan.brokers(),
                            plan.partitions(),
                            plan.replicas(),
                            acknowledged,
                            virtualMs / 1e3,
                            events,
                            hash,
                            violation == null ? "" : "; " + violation);
        }
    }

    private Simulation(long seed, Part part, Bug bug, Trace trace) {
        world = new World(seed, trace);
        Random random = world.random("plan");
        plan = Plan.of(random).within(part);
        Network network = new Network(world);
        site =
                new Site(
                        world,
                        network,
                        new Site.Shape(
                                plan.brokers(),
                                plan.voters(),
                                plan.loops(),
                                plan.segmentBytes(),
                                plan.directories(),
                                plan.has(Kind.DIRECTORY),
                                plan.has(Kind.CLOCK),
                                world.random("balance").nextInt(BALANCED) == 0),
                        bug);
        truth = new ClusterTruth(site, coverage);
        Watchman watchman = new Watchman(coverage, trace);
        site.watch(broker -> {
            watchman.look(broker);
            works.forEach(one -> one.look(broker));
        });
        topics = new Topics(site, truth, plan);
        Scene scene = new Scene(site, truth, coverage);
        Crowd crowd = new Crowd(scene, topics, plan, part);
        works.addAll(crowd.works());
        scene.clients(clients());
        nemesis = new Nemesis(plan, part, scene, crowd);
    }

    /** How many ends of the network clients use at most. */
    private int clients() {
        return plan.partitions() * (plan.producers() + plan.consumers())
                + 2 * TopicMischief.MOST_PARTITIONS
                + KEEPERS
                + 1
                + works.stream().mapToInt(Work::ends).sum();
    }

    /** Runs a seed, with a defect planted or {@link Bug#NONE}. */
    public static Result run(long seed, Bug bug, Trace trace) {
        return run(seed, Part.ALL, bug, trace);
    }

    /** Runs a part of what a seed makes. */
    static Result run(long seed, Part part, Bug bug, Trace trace) {
        Simulation simulation = new Simulation(seed, part, bug, trace);
        Throwable violation = null;
        try {
            simulation.run();
        } catch (RuntimeException | AssertionError e) {
            violation = e;
            trace.tell("FAILED", "%s", e);
        }
        return simulation.result(violation);
    }

    private Result result(@Nullable Throwable violation) {
        return new Result(
                world.seed(),
                plan,
                world.trace().hash(),
                world.events(),
                world.nowMs(),
                ledger.acknowledgedCount(),
                coverage,
                nemesis.made(),
                world.effects().isEmpty(),
                violation);
    }

    private void run() {
        world.trace().tell("plan", "%s", plan);
        site.machines().forEach(Machine::start);
        demand("the cluster starts", this::allServe, START_MS);
        createTopic();
        demand("a topic is made", () -> created, START_MS);
        startClients();
        nemesis.begin();
        world.run(plan.faultsMs());
        countEffects();
        nemesis.heal();
        consumers.forEach(Consumer::readToTheEnd);
        works.forEach(Work::heal);
        demand("all is well again", health::isWell, HEAL_MS);
        if (world.random("calm").nextInt(CALM_RUNS) == 0) {
            staysWell();
        }
        judge();
        count();
    }

    private void countEffects() {
        Effects effects = world.effects();
        for (Machine machine : site.machines()) {
            effects.count(Effect.DISK_CALL_FAILED, machine.disk().failures());
        }
        effects.end();
        effects.forEach(coverage::count);
    }

    private void demand(String what, BooleanSupplier condition, long withinMs) {
        if (!world.runUntil(condition, withinMs)) {
            throw new Violation(
                    "I-13", "%s: not within %d ms. %s".formatted(what, withinMs, describe()));
        }
    }

    private void staysWell() {
        world.run(ECHO_MS);
        demand("all is well after that, too", health::isWell, START_MS);
        List<Long> before = UNCALLED_FOR.stream().map(coverage::of).toList();
        world.run(CALM_MS);
        List<Long> after = UNCALLED_FOR.stream().map(coverage::of).toList();
        if (!after.equals(before)) {
            throw new Violation(
                    "I-13",
                    "nothing is wrong, and there are more %s: %s, and before %s"
                            .formatted(UNCALLED_FOR, after, before));
        }
        demand("all is well still", health::isWell, START_MS);
        coverage.count("calm times watched");
    }

    private void createTopic() {
        for (int number = 0; number < plan.partitions(); number++) {
            partitions.add(new TopicPartition(TOPIC, number));
        }
        askForTopic();
    }

    private void askForTopic() {
        BrokerProcess broker = site.machine(1).broker();
        if (broker == null || created) {
            return;
        }
        List<NewTopic> wanted = new ArrayList<>();
        wanted.add(topics.topic(TOPIC, 7L, plan.partitions()));
        wanted.add(topics.topic(Groups.TOPIC, 8L, 1));
        works.forEach(one -> wanted.addAll(one.topics()));
        broker.process()
                .run(() ->
                        broker.door()
                                .submit(new CreateTopics(wanted, false), this::topicsAnswered));
    }

    private void topicsAnswered(ControllerReply reply) {
        created |=
                reply.outcomes().stream()
                        .map(ControllerReply.Outcome::error)
                        .allMatch(error ->
                                error == ErrorCode.NONE || error == ErrorCode.TOPIC_ALREADY_EXISTS);
        if (!created) {
            world.afterMs(200, this::askForTopic);
        }
    }

    private void startClients() {
        Promise[] promises = {Promise.ONCE, Promise.COMMITTED, Promise.RECEIVED};
        int number = 0;
        for (TopicPartition partition : partitions) {
            for (int i = 0; i < plan.producers(); i++) {
                Producer producer =
                        new Producer(
                                site,
                                ledger,
                                number++,
                                partition,
                                promises[i % promises.length],
                                plan.paceMs());
                producer.send(plan.batches());
                producers.add(producer);
            }
            for (int i = 0; i < plan.consumers(); i++) {
                consumers.add(new Consumer(site, ledger, number++, partition));
            }
        }
        for (int i = 0; plan.has(Kind.TOPIC) && i < TopicMischief.MOST_PARTITIONS; i++) {
            TopicPartition partition = new TopicPartition(TopicMischief.FLEETING, i);
            Promise promise = promises[i % promises.length];
            Producer producer =
                    new Producer(site, ledger, number++, partition, promise, plan.paceMs());
            producer.send(plan.batches());
            producers.add(producer);
            consumers.add(new Consumer(site, ledger, number++, partition));
        }
        for (int i = 0; i < KEEPERS; i++) {
            keepers.add(
                    new OffsetKeeper(
                            site, number++, partitions.getFirst(), plan.batches(), plan.paceMs()));
        }
        administrators.add(
                new Administrator(
                        site,
                        number++,
                        partitions.getFirst(),
                        TOPICS_MADE,
                        (int) plan.faultsMs() / TOPICS_MADE));
        for (Work work : works) {
            work.start(number);
            number += work.ends();
        }
        demandHealth();
    }

    /** Liveness: everyone serves and is in sync, every client has got through. */
    private void demandHealth() {
        for (Machine machine : site.machines()) {
            health.demand(
                    () -> serves(machine),
                    () -> machine + (machine.isUp() ? " does not serve" : " is down"));
        }
        for (Producer one : producers) {
            health.demand(() -> !hasTopic(one) || one.isDone(), one::toString);
        }
        keepers.forEach(one -> health.demand(one::isDone, one::toString));
        administrators.forEach(one -> health.demand(one::isDone, one::toString));
        works.forEach(one -> health.demand(one::isDone, one::describe));
        health.demand(
                () -> written().stream().allMatch(this::isWell),
                () -> tellOf(written().stream().filter(one -> !isWell(one))));
        for (Consumer one : consumers) {
            health.demand(() -> !hasTopic(one) || hasReadAll(one), one::toString);
        }
    }

    private static boolean serves(Machine machine) {
        BrokerProcess broker = machine.broker();
        return broker != null && broker.isServing();
    }

    private boolean allServe() {
        return site.machines().stream().allMatch(Simulation::serves);
    }

    /** Whether a partition is led, and all its replicas have everything. */
    private boolean isWell(TopicPartition partition) {
        PartitionImage image = image(partition);
        return image != null
                && image.leader() != PartitionImage.NO_LEADER
                && !image.isMoving()
                && image.isr().size() == image.replicas().size()
                && topics.isCommitted(partition, image);
    }

    /** All partitions that clients write to. */
    private List<TopicPartition> written() {
        List<TopicPartition> all = new ArrayList<>(partitions);
        all.addAll(truth.partitions(TopicMischief.FLEETING));
        works.forEach(one -> all.addAll(one.partitions()));
        return all;
    }

    private boolean hasTopic(Client one) {
        return partitions.contains(one.topicPartition()) || image(one.topicPartition()) != null;
    }

    private boolean hasReadAll(Consumer one) {
        return identity(one.topicPartition()).equals(one.identity())
                && one.position() >= topics.end(one.topicPartition());
    }

    private TopicPartition identity(TopicPartition partition) {
        TopicImage topic = truth.image().topics().get(partition.topic());
        return topic == null ? partition : Client.identity(partition, topic.id());
    }

    private @Nullable PartitionImage image(TopicPartition partition) {
        return truth.partition(partition);
    }

    /** What is left undone, and what else may have to do with it. */
    private String describe() {
        List<String> all = new ArrayList<>(health.undone());
        List<TopicPartition> demanded = written();
        Stream<TopicPartition> others =
                truth.partitions().stream().filter(one -> !demanded.contains(one) && !isWell(one));
        all.add("beside that, quorum leader " + site.quorum().leader());
        all.add(tellOf(others));
        site.machines().stream()
                .filter(Machine::hasRot)
                .forEach(one -> all.add(one + " has a wrong bit"));
        return String.join("; ", all);
    }

    private String tellOf(Stream<TopicPartition> some) {
        return some.map(this::describe).collect(Collectors.joining("; "));
    }

    private String describe(TopicPartition partition) {
        PartitionImage image = image(partition);
        if (image == null) {
            return partition + " is not known";
        }
        Partition led = topics.led(partition);
        return "%s of %s: leader %d in epoch %d, in sync %s, eligible %s, partition epoch %d%s, the leader has %s"
                .formatted(
                        partition,
                        image.replicas(),
                        image.leader(),
                        image.leaderEpoch(),
                        image.isr(),
                        image.eligible(),
                        image.partitionEpoch(),
                        image.isMoving() ? ", moves to " + image.target() : "",
                        led == null ? "nothing" : led.status());
    }

    /** Reads every replica, from the disks. */
    private void judge() {
        for (Administrator one : administrators) {
            for (String topic : one.made()) {
                if (image(new TopicPartition(topic, 0)) == null) {
                    throw new Violation("metadata", topic + " was made and is not there");
                }
            }
        }
        for (TopicPartition partition : written()) {
            PartitionImage image = image(partition);
            if (image == null) {
                throw new Violation("I-13", partition + " is gone");
            }
            List<Stored> log = agreed(partition, image);
            works.stream()
                    .filter(one -> one.partitions().contains(partition))
                    .findAny()
                    .ifPresentOrElse(
                            one -> one.judge(partition, log),
                            () -> ledger.judge(identity(partition), log));
        }
        works.forEach(one -> one.conclude(coverage));
    }

    /** What all replicas have that is not deleted. */
    private List<Stored> agreed(TopicPartition partition, PartitionImage image) {
        long end = topics.end(partition);
        SortedMap<Integer, List<Stored>> copies = new TreeMap<>();
        for (int replica : image.replicas()) {
            Dump.of(site.machine(replica), partition)
                    .ifPresent(all -> copies.put(replica, committed(all, end)));
        }
        if (copies.isEmpty()) {
            throw new Violation("I-8", partition + " has no replica without damage");
        }
        if (works.stream().anyMatch(one -> one.forgetsBegin(partition))) {
            long begin =
                    copies.values().stream().mapToLong(one -> begin(one, end)).max().orElse(0L);
            copies.replaceAll((replica, copy) -> from(copy, begin));
        }
        int one = copies.firstKey();
        List<Stored> first = copies.firstEntry().getValue();
        copies.forEach((replica, copy) -> {
            if (!copy.equals(first)) {
                throw new Violation(
                        "I-10",
                        "%s differs between broker-%d and broker-%d: %s"
                                .formatted(partition, one, replica, difference(first, copy)));
            }
        });
        return first;
    }

    private static long begin(List<Stored> copy, long end) {
        return copy.isEmpty() ? end : copy.getFirst().baseOffset();
    }

    private static List<Stored> from(List<Stored> copy, long begin) {
        return copy.stream().filter(one -> one.baseOffset() >= begin).toList();
    }

    private static List<Stored> committed(List<Stored> all, long end) {
        return all.stream().filter(one -> one.nextOffset() <= end).toList();
    }

    private static String difference(List<Stored> one, List<Stored> other) {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            if (!one.get(i).equals(other.get(i))) {
                return one.get(i) + " and " + other.get(i);
            }
        }
        return one.size() + " batches and " + other.size();
    }

    private void count() {
        coverage.count("runs");
        coverage.count("runs of %d brokers".formatted(plan.brokers()));
        coverage.count("batches acknowledged", ledger.acknowledgedCount());
        coverage.count("batches read", ledger.readCount());
        coverage.count(
                "answers that refuse", producers.stream().mapToInt(Producer::refusals).sum());
        coverage.count(
                "batches whose topic went", producers.stream().mapToInt(Producer::gone).sum());
        coverage.count(
                "batches read from followers",
                consumers.stream().mapToInt(Consumer::fromFollowers).sum());
        keepers.forEach(one -> coverage.count("offsets committed", one.acknowledged()));
        coverage.count("quorum elections", site.quorum().elections());
        coverage.count("metadata snapshots given to brokers", site.quorum().installs());
        coverage.count("metadata entries of unknown outcome", site.quorum().unknownOutcomes());
        if (ledger.acknowledgedCount() == 0 && producers.size() > 0) {
            throw new Violation("vacuous", "nothing was acknowledged");
        }
    }
}
