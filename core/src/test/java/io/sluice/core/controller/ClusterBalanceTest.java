package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ClusterBalanceTest {

    private static final long INTERVAL_MS = 1_000L;
    private static final long ABSENT_MS = 60_000L;

    private final Brokers brokers = new Brokers(3);
    private final Given given = brokers.given;
    private final ClusterBalance balance = new ClusterBalance();
    private final List<ControllerCommand> sent = new ArrayList<>();
    private boolean enabled = true;
    private boolean paused;
    private boolean requested;
    private boolean electing = true;
    private final SortedSet<Integer> drained = new TreeSet<>();
    private int maxMoves = 3;
    private int perBroker = 2;
    private long nowMs = 5_000L;

    ClusterBalanceTest() {
        balance.begin(nowMs);
    }

    private BalanceSettings settings() {
        return new BalanceSettings(
                enabled,
                paused,
                requested,
                drained,
                INTERVAL_MS,
                maxMoves,
                perBroker,
                20,
                5,
                1_000L,
                ABSENT_MS,
                electing,
                INTERVAL_MS);
    }

    /** One look, and what comes of it; the bounds are looked at. */
    private List<ControllerCommand> step() {
        nowMs += INTERVAL_MS;
        List<ControllerCommand> commands = balance.step(given.image(), settings(), nowMs);
        for (ControllerCommand command : commands) {
            sent.add(command);
            if (command instanceof AlterConfigs) {
                requested = false;
            } else {
                given.run(command);
            }
        }
        checkBounds();
        return commands;
    }

    private Stream<PartitionImage> partitions() {
        return given.image().topics().values().stream().flatMap(one -> one.partitions().stream());
    }

    private void checkBounds() {
        Map<Integer, Integer> coming = new TreeMap<>();
        partitions().forEach(one -> one.adding().forEach(id -> coming.merge(id, 1, Integer::sum)));
        boolean alone = partitions().filter(one -> !one.adding().isEmpty()).count() == 1;
        assertThat(coming.values().stream().mapToInt(Integer::intValue).sum())
                .isLessThanOrEqualTo(alone ? Integer.MAX_VALUE : maxMoves);
        assertThat(coming.values()).allMatch(count -> count <= perBroker);
    }

    /** Replicas of active brokers catch up, where the partition has a leader. */
    private void catchUp(Random random) {
        for (TopicImage topic : given.image().topics().values()) {
            for (PartitionImage one : topic.partitions()) {
                List<BrokerEpoch> isr =
                        one.replicas().stream()
                                .filter(id -> {
                                    BrokerImage broker = given.image().brokers().get(id);
                                    return broker != null && broker.isActive();
                                })
                                .filter(id -> one.isr().contains(id) || random.nextInt(3) > 0)
                                .map(id -> new BrokerEpoch(id, brokers.epoch(id)))
                                .toList();
                int copies = one.isr().size();
                if (one.leader() >= 0) {
                    given.run(
                            new AlterPartitions(
                                    one.leader(),
                                    brokers.epoch(one.leader()),
                                    List.of(
                                            new IsrChange(
                                                    topic.id(),
                                                    one.partition(),
                                                    one.leaderEpoch(),
                                                    one.partitionEpoch(),
                                                    isr))));
                    PartitionImage after =
                            given.find(topic.name()).partitions().get(one.partition());
                    int factor = one.target().size();
                    assertThat(after.isr().size())
                            .as("never fewer in sync than there were: %s, %s", one, after)
                            .isGreaterThanOrEqualTo(Math.min(copies, factor));
                }
            }
        }
    }

    /** Until nothing moves and nothing begins for a while. */
    private void settle(Random random) {
        int quiet = 0;
        for (int round = 0; round < 3_000; round++) {
            boolean idle = step().isEmpty();
            catchUp(random);
            quiet = idle && partitions().noneMatch(PartitionImage::isMoving) ? quiet + 1 : 0;
            if (quiet > 5) {
                return;
            }
        }
        throw new AssertionError("no end: " + balance.report(given.image(), settings(), nowMs));
    }

    private void settle() {
        settle(new Random(1));
    }

    private int replicasOn(int broker) {
        return (int) partitions().filter(one -> one.replicas().contains(broker)).count();
    }

    private int leadersOn(int broker) {
        return (int) partitions().filter(one -> one.leader() == broker).count();
    }

    @Test
    void aBrokerThatJoinsGetsItsShareOfReplicasAndLeaders() {
        given.create(given.topic("t", 24, 2));
        settle();
        sent.clear();
        brokers.start(4);
        assertThat(step()).as("somebody came just now").isEmpty();
        settle();
        assertThat(replicasOn(4)).isBetween(11, 13);
        assertThat(leadersOn(4)).isBetween(5, 7);
        assertThat(sent).isNotEmpty();
        sent.clear();
        settle();
        assertThat(sent).isEmpty();
    }

    @Test
    void whatIsToldBeforeIsWhatHappens() {
        given.create(given.topic("t", 12, 2));
        brokers.start(4);
        enabled = false;
        step();
        List<String> told =
                balance.report(given.image(), settings(), nowMs)
                        .lines()
                        .filter(line -> line.startsWith("next "))
                        .map(line -> line.substring("next ".length()))
                        .toList();
        assertThat(told).isNotEmpty();
        requested = true;
        settle();
        assertThat(requested).as("it is done").isFalse();
        List<String> done =
                balance.report(given.image(), settings(), nowMs)
                        .lines()
                        .filter(line -> line.startsWith("step "))
                        .toList();
        assertThat(done)
                .containsExactlyElementsOf(told.stream().map(move -> "step done " + move).toList());
    }

    @Test
    void nothingMovesWhenItIsOffOrPausedOrEvenEnough() {
        given.create(given.topic("t", 24, 2));
        settle();
        sent.clear();
        brokers.start(4);
        enabled = false;
        settle();
        assertThat(sent).isEmpty();
        enabled = true;
        paused = true;
        settle();
        assertThat(sent).isEmpty();
        paused = false;
        settle();
        assertThat(sent).isNotEmpty();
    }

    @Test
    void aDrainedBrokerHasNothingInTheEnd() {
        brokers.start(4);
        given.create(given.topic("t", 24, 3));
        enabled = false;
        drained.add(2);
        settle();
        assertThat(replicasOn(2)).isZero();
        assertThat(leadersOn(2)).isZero();
        assertThat(partitions()).allMatch(one -> one.replicas().size() == 3);
        assertThat(balance.report(given.image(), settings(), nowMs)).contains("left 2 0");
    }

    @Test
    void whoCannotBeReplacedStaysWhereItIs() {
        given.create(given.topic("t", 6, 3));
        drained.add(2);
        settle();
        assertThat(replicasOn(2)).isEqualTo(6);
        assertThat(balance.report(given.image(), settings(), nowMs)).contains("left 2 6");
    }

    @Test
    void onlyWhoIsAwayForLongIsTakenForGone() {
        brokers.start(4);
        given.create(given.topic("t", 16, 2));
        settle();
        electing = false;
        int before = replicasOn(4);
        assertThat(before).isPositive();
        brokers.fence(4);
        sent.clear();
        for (int i = 0; i < ABSENT_MS / INTERVAL_MS - 1; i++) {
            step();
        }
        assertThat(sent).as("it may come back").isEmpty();
        settle();
        assertThat(replicasOn(4)).isZero();
        assertThat(partitions()).allMatch(one -> one.isr().size() == 2);
    }

    @Test
    void itsOwnMovesToABrokerThatDiesAreCalledOffAndOthersMovesAreNot() {
        given.create(given.topic("t", 24, 2));
        brokers.start(4);
        brokers.start(5);
        PartitionImage first = partitions().toList().getFirst();
        List<Integer> operators = List.of(first.replicas().getFirst(), 5);
        given.run(
                new AlterReassignments(
                        List.of(
                                new Reassignment(
                                        new TopicPartition("t", 0), Optional.of(operators))),
                        false));
        step();
        step();
        assertThat(partitions().filter(PartitionImage::byBalance)).isNotEmpty();
        brokers.fence(4, 5);
        long since = nowMs;
        while (nowMs - since < ClusterBalance.TARGET_PATIENCE_MS) {
            step();
        }
        step();
        assertThat(partitions().filter(PartitionImage::byBalance)).isEmpty();
        assertThat(partitions().toList().getFirst().target()).isEqualTo(operators);
        assertThat(partitions().filter(PartitionImage::isMoving)).hasSize(1);
    }

    @Test
    void theNextControllerGoesOnWithWhatIsUnderWay() {
        given.create(given.topic("t", 24, 2));
        settle();
        brokers.start(4);
        while (partitions().noneMatch(PartitionImage::byBalance)) {
            step();
        }
        balance.begin(nowMs);
        brokers.fence(4);
        long since = nowMs;
        while (nowMs - since <= ClusterBalance.TARGET_PATIENCE_MS) {
            step();
        }
        assertThat(partitions().filter(PartitionImage::isMoving)).isEmpty();
    }

    @Test
    void whoseMoveItIsOutlivesWhatElseHappens() {
        given.create(given.topic("t", 1, 2));
        int third = 6 - partitions().toList().getFirst().replicas().stream().mapToInt(i -> i).sum();
        PartitionImage before = partitions().toList().getFirst();
        given.run(
                new AlterReassignments(
                        List.of(
                                new Reassignment(
                                        new TopicPartition("t", 0),
                                        Optional.of(List.of(before.leader(), third)))),
                        false,
                        true));
        given.run(
                new ControllerCommand.AssignDirectories(
                        third, Map.of(new TopicPartition("t", 0), Brokers.directory(third))));
        brokers.fence(before.replicas().getLast());
        assertThat(partitions().toList().getFirst().byBalance()).isTrue();
        given.run(
                new AlterReassignments(
                        List.of(new Reassignment(new TopicPartition("t", 0), Optional.empty())),
                        false));
        assertThat(partitions().toList().getFirst().byBalance()).isFalse();
    }

    @Test
    void leadersAreGivenBack() {
        given.create(given.topic("t", 12, 3));
        brokers.fence(1);
        catchUp(new Random(1));
        assertThat(leadersOn(1)).isZero();
        brokers.start(1);
        catchUp(new Random(1));
        enabled = false;
        settle();
        assertThat(leadersOn(1)).isEqualTo(4);
        assertThat(sent).allMatch(command -> command instanceof ElectLeaders);
    }

    private void report(Map<Integer, Long> bytesByPartition) {
        Map<Integer, List<PartitionLoad>> byLeader = new TreeMap<>();
        TopicImage topic = given.find("t");
        for (PartitionImage one : topic.partitions()) {
            long bytes = bytesByPartition.getOrDefault(one.partition(), 0L);
            byLeader.computeIfAbsent(one.leader(), id -> new ArrayList<>())
                    .add(new PartitionLoad(topic.id(), one.partition(), bytes, bytes));
        }
        byLeader.forEach((leader, loads) ->
                balance.loads(
                        new ReportLoads(leader, brokers.epoch(leader), loads), given.image()));
    }

    @Test
    void loadIsEvenedOutAndComesToRestThoughItWavers() {
        Random random = new Random(3);
        Map<Integer, List<Integer>> assignment = new TreeMap<>();
        for (int i = 0; i < 18; i++) {
            assignment.put(i, List.of(1 + i % 3, 1 + (i + 1) % 3));
        }
        given.create(given.assigned("t", assignment));
        Map<Integer, Long> bytes = new TreeMap<>();
        for (int i = 0; i < 18; i++) {
            bytes.put(i, i % 3 == 0 ? 1_000_000L : 10_000L); // broker 1 leads all the busy ones
        }
        report(bytes);
        settle();
        assertThat(busyLedBy()).allMatch(count -> count == 2);
        sent.clear();
        for (int round = 0; round < 200; round++) {
            Map<Integer, Long> wavering = new TreeMap<>();
            bytes.forEach(
                    (i, value) -> wavering.put(i, value * (900 + random.nextInt(200)) / 1_000));
            report(wavering);
            step();
            catchUp(random);
        }
        assertThat(sent).isEmpty();
    }

    private List<Integer> busyLedBy() {
        return Stream.of(1, 2, 3)
                .map(id ->
                        (int)
                                partitions()
                                        .filter(one -> one.partition() % 3 == 0)
                                        .filter(one -> one.leader() == id)
                                        .count())
                .toList();
    }

    @Test
    void aLeaderOfOnesOwnIsBelievedAlone() {
        given.create(given.assigned("t", Map.of(0, List.of(1), 1, List.of(2))));
        TopicImage topic = given.find("t");
        balance.loads(
                new ReportLoads(
                        2,
                        brokers.epoch(2),
                        List.of(new PartitionLoad(topic.id(), 0, 1_000_000L, 0L))),
                given.image());
        assertThat(balance.report(given.image(), settings(), nowMs))
                .contains("broker 1 active 1 1 0 0");
    }

    @Test
    void randomClustersComeToRestAndKeepEveryCopyAndRackOnTheWay() {
        for (long seed = 1; seed <= 40; seed++) {
            try {
                new ClusterBalanceTest().random(new Random(seed));
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void random(Random random) {
        maxMoves = 1 + random.nextInt(12);
        perBroker = 1 + random.nextInt(4);
        int count = 3 + random.nextInt(4);
        for (int id = 4; id <= count; id++) {
            brokers.start(id);
        }
        for (int i = 0; i < 4; i++) {
            given.create(given.topic(i == 0 ? "t" : "t" + i, 1 + random.nextInt(15), 1 + i % 3));
        }
        Map<Integer, Long> bytes = new TreeMap<>();
        for (int i = 0; i < 15; i++) {
            bytes.put(i, (long) (100_000 * -Math.log(random.nextDouble())));
        }
        report(bytes);
        Map<TopicPartition, Integer> racks = racks();
        for (int event = 0; event < 4; event++) {
            switch (random.nextInt(4)) {
                case 0 -> brokers.start(++count);
                case 1 -> drained.add(1 + random.nextInt(count));
                case 2 -> drained.clear();
                default -> requested = true;
            }
            for (int i = random.nextInt(6); i > 0; i--) { // what is planned may become void
                step();
                catchUp(random);
            }
        }
        settle(random);
        sent.clear();
        settle(random);
        assertThat(sent).as("it came to rest").isEmpty();
        assertThat(partitions()).noneMatch(PartitionImage::isMoving);
        if (drained.isEmpty()) {
            racks().forEach((name, now) ->
                    assertThat(now)
                            .as("racks of %s", name)
                            .isGreaterThanOrEqualTo(racks.getOrDefault(name, 0)));
        }
        requested = true; // also what is below the threshold
        settle(random);
        checkEven();
    }

    private Map<TopicPartition, Integer> racks() {
        Map<TopicPartition, Integer> racks =
                new TreeMap<>(Comparator.comparing(TopicPartition::toString));
        for (TopicImage topic : given.image().topics().values()) {
            for (PartitionImage one : topic.partitions()) {
                Set<String> found = new HashSet<>();
                one.replicas().forEach(id -> found.add(brokers.broker(id).rack().orElse("")));
                racks.put(ClusterBalance.name(topic, one), found.size());
            }
        }
        return racks;
    }

    /** Of what an operator would be told to do there is nothing left. */
    private void checkEven() {
        assertThat(balance.report(given.image(), settings(), nowMs)).doesNotContain("\nnext ");
    }
}
