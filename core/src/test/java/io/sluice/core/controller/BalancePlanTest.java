package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.BalancePlan.Limits;
import io.sluice.core.controller.BalancePlan.Load;
import io.sluice.core.controller.BalancePlan.Move;
import io.sluice.core.controller.BalancePlan.Reason;
import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class BalancePlanTest {

    private static final ToLongFunction<TopicPartition> EACH_ONE = partition -> 1;

    private final Brokers brokers = new Brokers(3);
    private final Given given = brokers.given;

    private static Limits limits(int copies, Integer... emptied) {
        return new Limits(copies, 1_000, 5, new TreeSet<>(List.of(emptied)));
    }

    private BalancePlan plan(Limits limits) {
        return BalancePlan.of(given.image(), EACH_ONE, limits);
    }

    private static long spread(Collection<Load> loads, ToLongFunction<Load> of) {
        LongStream values = loads.stream().mapToLong(of);
        long[] all = values.sorted().toArray();
        return all[all.length - 1] - all[0];
    }

    /** Carries the plan out; replicas catch up, and no copy goes before there is another. */
    private void carryOut(BalancePlan plan) {
        for (ControllerCommand command : plan.commands()) {
            assertThat(given.run(command).outcomes())
                    .extracting(Outcome::error)
                    .containsOnly(ErrorCode.NONE);
        }
        catchUp();
    }

    private void catchUp() {
        for (TopicImage topic : given.image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                List<BrokerEpoch> isr =
                        partition.replicas().stream()
                                .filter(id -> given.image().brokers().containsKey(id))
                                .map(id -> new BrokerEpoch(id, brokers.epoch(id)))
                                .toList();
                given.run(
                        new AlterPartitions(
                                partition.leader(),
                                brokers.epoch(partition.leader()),
                                List.of(
                                        new IsrChange(
                                                topic.id(),
                                                partition.partition(),
                                                partition.leaderEpoch(),
                                                partition.partitionEpoch(),
                                                isr))));
            }
        }
    }

    /** Rounds until there is nothing to do. */
    private int settle(Limits limits) {
        for (int round = 0; round < 200; round++) {
            BalancePlan plan = plan(limits);
            if (plan.moves().isEmpty()) {
                return round;
            }
            carryOut(plan);
        }
        throw new AssertionError("no end: " + plan(limits));
    }

    @Test
    void anEvenClusterStaysAsItIs() {
        given.create(given.topic("t", 12, 2));
        assertThat(plan(limits(10)).moves()).isEmpty();
        assertThat(plan(limits(10)).commands()).isEmpty();
    }

    @Test
    void aBrokerThatJoinsGetsItsShareWithoutMoreThanItTakes() {
        given.create(given.topic("t", 30, 2));
        brokers.start(4);
        BalancePlan plan = plan(limits(100));
        assertThat(plan.moves().stream().filter(Move::copies)).hasSize(15);
        assertThat(plan.before().get(4)).isEqualTo(new Load(0, 0, 0, 0));
        assertThat(spread(plan.after().values(), Load::replicas)).isLessThanOrEqualTo(1);
        settle(limits(100));
        BalancePlan end = plan(limits(100));
        assertThat(spread(end.before().values(), Load::replicas)).isLessThanOrEqualTo(1);
        assertThat(spread(end.before().values(), Load::leaders)).isLessThanOrEqualTo(1);
    }

    @Test
    void noMoreIsOnTheWayThanAllowed() {
        given.create(given.topic("t", 30, 2));
        brokers.start(4);
        BalancePlan plan = plan(limits(4));
        assertThat(plan.moves().stream().filter(Move::copies)).hasSize(4);
        for (ControllerCommand command : plan.commands()) {
            given.run(command);
        }
        assertThat(plan(limits(4)).moves().stream().filter(Move::copies)).isEmpty();
        assertThat(plan(limits(6)).moves().stream().filter(Move::copies)).hasSize(2);
    }

    @Test
    void replicasLeaveBrokersThatAreGoneOrEmptied() {
        brokers.start(4);
        given.create(given.topic("t", 12, 3));
        settle(limits(100, 4));
        assertThat(given.find("t").partitions()).noneMatch(p -> p.replicas().contains(4));
        brokers.start(5);
        given.run(new ControllerCommand.UnregisterBroker(1));
        BalancePlan plan = plan(limits(100, 4));
        assertThat(plan.moves()).anyMatch(move -> move.reason() == Reason.BROKER_GONE);
        settle(limits(100, 4));
        assertThat(given.find("t").partitions())
                .allMatch(p -> new TreeSet<>(p.replicas()).equals(new TreeSet<>(Set.of(2, 3, 5))));
    }

    @Test
    void whoIsOnlyFencedKeepsItsReplicas() {
        given.create(given.topic("t", 12, 2));
        brokers.start(4);
        settle(limits(100));
        brokers.fence(2);
        assertThat(plan(limits(100)).moves())
                .noneMatch(
                        move -> !move.to().contains(2) && move.from().contains(2) && move.copies());
    }

    @Test
    void preferredLeadersLeadAgain() {
        given.create(given.topic("t", 12, 3));
        brokers.fence(1);
        brokers.start(1);
        catchUp();
        assertThat(given.find("t").partitions()).noneMatch(p -> p.leader() == 1);
        BalancePlan plan = plan(limits(0));
        assertThat(plan.moves()).hasSize(4).allMatch(move -> move.reason() == Reason.PREFERRED);
        carryOut(plan);
        assertThat(given.find("t").partitions().stream().filter(p -> p.leader() == 1)).hasSize(4);
    }

    @Test
    void weightsCountAndNotNumbers() {
        given.create(given.assigned("big", Map.of(0, List.of(1), 1, List.of(1))));
        given.create(given.assigned("small", Map.of(0, List.of(2), 1, List.of(2), 2, List.of(3))));
        BalancePlan plan =
                BalancePlan.of(
                        given.image(),
                        partition -> partition.topic().equals("big") ? 1_000 : 10,
                        limits(10));
        assertThat(plan.moves())
                .filteredOn(move -> move.partition().topic().equals("big"))
                .singleElement()
                .satisfies(move -> assertThat(move.to()).containsExactly(3));
    }

    @Test
    void randomClustersBecomeEvenAndNeverLoseACopyOrARack() {
        for (long seed = 1; seed <= 60; seed++) {
            new BalancePlanTest().random(new Random(seed), seed);
        }
    }

    private void random(Random random, long seed) {
        int count = 3 + 3 * random.nextInt(2);
        for (int id = 4; id <= count; id++) {
            brokers.start(id);
        }
        int least = 1 + random.nextInt(2);
        for (int i = 0; i < 6; i++) {
            given.create(given.topic("t" + i, 1 + random.nextInt(20), least + random.nextInt(2)));
        }
        for (int joined = 0; joined < 3; joined++) {
            brokers.start(++count);
        }
        SortedSet<Integer> emptied = new TreeSet<>();
        if (random.nextBoolean()) {
            emptied.add(1 + random.nextInt(3));
        }
        Limits limits = new Limits(1 + random.nextInt(40), 1_000, 5, emptied);
        assertThat(plan(limits)).as("seed %d", seed).isEqualTo(plan(limits));
        int racksBefore = racks();
        settle(limits);
        BalancePlan end = plan(limits);
        if (emptied.isEmpty()) { // with racks of one size little stands against it
            assertThat(spread(end.before().values(), Load::replicas))
                    .as("seed %d: %s", seed, end.before())
                    .isLessThanOrEqualTo(2);
        }
        if (emptied.isEmpty() && least > 1) { // every leader has somebody to hand over to
            assertThat(spread(end.before().values(), Load::leaders))
                    .as("seed %d: %s", seed, end.before())
                    .isLessThanOrEqualTo(1);
        }
        assertThat(racks()).as("seed %d", seed).isGreaterThanOrEqualTo(racksBefore);
        for (TopicImage topic : given.image().topics().values()) {
            assertThat(topic.partitions())
                    .allMatch(p -> p.replicas().stream().noneMatch(emptied::contains));
        }
    }

    /** Racks of all partitions, summed. */
    private int racks() {
        int sum = 0;
        for (TopicImage topic : given.image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                Set<String> racks = new HashSet<>();
                partition
                        .replicas()
                        .forEach(id -> racks.add(brokers.broker(id).rack().orElse("none")));
                sum += racks.size();
            }
        }
        return sum;
    }
}
