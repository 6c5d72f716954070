package io.sluice.core.group.assignor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.assignor.Assignor.Question;
import io.sluice.core.group.assignor.Assignor.Subscriber;
import io.sluice.core.group.assignor.Assignor.Topic;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignorTest {

    private static final int SEEDS = 2_000;
    private static final Uuid ORDERS = new Uuid(1, 1);
    private static final Uuid PAYMENTS = new Uuid(1, 2);

    private final Assignor uniform = named("uniform");
    private final Assignor range = named("range");

    private static Assignor named(String name) {
        return Assignor.ALL.stream().filter(one -> one.name().equals(name)).findAny().orElseThrow();
    }

    private static Topic topic(String name, int partitions) {
        List<Set<String>> racks = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            racks.add(Set.of("rack-" + i % 3));
        }
        return new Topic(name, racks);
    }

    private static Subscriber member(Set<Uuid> topics, PartitionSet before) {
        return new Subscriber(Optional.empty(), Optional.empty(), topics, before);
    }

    private static PartitionSet set(Uuid topic, int... partitions) {
        PartitionSet.Builder set = new PartitionSet.Builder();
        for (int partition : partitions) {
            set.add(topic, partition);
        }
        return set.build();
    }

    private static PartitionSet of(Map<String, PartitionSet> shares, String id) {
        return shares.getOrDefault(id, PartitionSet.NONE);
    }

    private static Question question(Map<String, Subscriber> members, Map<Uuid, Topic> topics) {
        return new Question(new TreeMap<>(members), topics);
    }

    @Test
    void uniformMovesNoMoreThanItMust() {
        Map<Uuid, Topic> topics = Map.of(ORDERS, topic("orders", 6));
        Map<String, PartitionSet> shares =
                uniform.assign(
                        question(
                                Map.of(
                                        "a", member(Set.of(ORDERS), set(ORDERS, 0, 1, 2)),
                                        "b", member(Set.of(ORDERS), set(ORDERS, 3, 4, 5)),
                                        "c", member(Set.of(ORDERS), PartitionSet.NONE)),
                                topics));
        assertThat(of(shares, "a").size()).isEqualTo(2);
        assertThat(of(shares, "b").size()).isEqualTo(2);
        assertThat(of(shares, "c").size()).isEqualTo(2);
        assertThat(set(ORDERS, 0, 1, 2).containsAll(of(shares, "a"))).isTrue();
        assertThat(set(ORDERS, 3, 4, 5).containsAll(of(shares, "b"))).isTrue();
    }

    @Test
    void uniformPrefersTheRack() {
        Map<String, Subscriber> members = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            members.put(
                    "m" + i,
                    new Subscriber(
                            Optional.empty(),
                            Optional.of("rack-" + (2 - i)),
                            Set.of(ORDERS),
                            PartitionSet.NONE));
        }
        Map<String, PartitionSet> shares =
                uniform.assign(question(members, Map.of(ORDERS, topic("orders", 6))));
        assertThat(of(shares, "m0")).isEqualTo(set(ORDERS, 2, 5));
        assertThat(of(shares, "m1")).isEqualTo(set(ORDERS, 1, 4));
        assertThat(of(shares, "m2")).isEqualTo(set(ORDERS, 0, 3));
    }

    @Test
    void rangeGivesTheSamePartitionsOfTopicsThatAreAlike() {
        Map<Uuid, Topic> topics =
                Map.of(ORDERS, topic("orders", 5), PAYMENTS, topic("payments", 5));
        Set<Uuid> both = Set.of(ORDERS, PAYMENTS);
        Map<String, PartitionSet> shares =
                range.assign(
                        question(
                                Map.of(
                                        "a", member(both, PartitionSet.NONE),
                                        "b", member(both, PartitionSet.NONE)),
                                topics));
        for (String id : List.of("a", "b")) {
            assertThat(of(shares, id).partitions(ORDERS))
                    .isEqualTo(of(shares, id).partitions(PAYMENTS));
        }
        assertThat(of(shares, "a").partitions(ORDERS)).containsExactly(0, 1, 2);
        assertThat(of(shares, "b").partitions(ORDERS)).containsExactly(3, 4);
    }

    @Test
    void rangeLeavesARangeWithWhoHasIt() {
        Map<Uuid, Topic> topics = Map.of(ORDERS, topic("orders", 4));
        Map<String, PartitionSet> shares =
                range.assign(
                        question(
                                Map.of(
                                        "a", member(Set.of(ORDERS), set(ORDERS, 2, 3)),
                                        "b", member(Set.of(ORDERS), set(ORDERS, 0, 1))),
                                topics));
        assertThat(of(shares, "a").partitions(ORDERS)).containsExactly(2, 3);
        assertThat(of(shares, "b").partitions(ORDERS)).containsExactly(0, 1);
    }

    @Test
    void whoSubscribesToNothingGetsNothing() {
        for (Assignor assignor : Assignor.ALL) {
            Map<String, PartitionSet> shares =
                    assignor.assign(
                            question(
                                    Map.of(
                                            "a", member(Set.of(), PartitionSet.NONE),
                                            "b", member(Set.of(ORDERS), PartitionSet.NONE)),
                                    Map.of(ORDERS, topic("orders", 3))));
            assertThat(of(shares, "a").isEmpty()).as(assignor.name()).isTrue();
            assertThat(of(shares, "b").size()).as(assignor.name()).isEqualTo(3);
        }
    }

    /** Any subscriptions, any former shares, members and topics that come and go. */
    @ParameterizedTest
    @ValueSource(strings = {"uniform", "range"})
    void everyPartitionHasOneOwnerWhoWantsIt(String name) {
        Assignor assignor = named(name);
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Map<Uuid, Topic> topics = new HashMap<>();
            for (int i = 0; i < 1 + random.nextInt(5); i++) {
                topics.put(new Uuid(1, i), topic("t" + i, 1 + random.nextInt(12)));
            }
            SortedMap<String, Subscriber> members = new TreeMap<>();
            boolean alike = random.nextBoolean();
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
                members.put("m" + i, anyMember(random, alike ? topics.keySet() : null));
            }
            Map<String, PartitionSet> first = assignor.assign(new Question(members, topics));
            check(seed, members, topics, first);
            if (name.equals("uniform")) {
                checkBalance(seed, members, first);
            }
            SortedMap<String, Subscriber> again = new TreeMap<>();
            members.forEach((id, member) ->
                    again.put(
                            id,
                            new Subscriber(
                                    member.instanceId(),
                                    member.rack(),
                                    member.topics(),
                                    of(first, id))));
            assertThat(assignor.assign(new Question(again, topics)))
                    .as("seed %d: nothing has changed", seed)
                    .isEqualTo(first);
        }
    }

    private static Subscriber anyMember(Random random, @Nullable Set<Uuid> fixed) {
        Set<Uuid> wants = new TreeSet<>();
        PartitionSet.Builder before = new PartitionSet.Builder();
        for (int i = 0; i < 6; i++) {
            if (random.nextBoolean()) {
                wants.add(new Uuid(1, i));
            }
            for (int at = 0; at < 14; at++) {
                if (random.nextInt(5) == 0) {
                    before.add(new Uuid(1, i), at);
                }
            }
        }
        return new Subscriber(
                Optional.empty(),
                random.nextBoolean() ? Optional.empty() : Optional.of("rack-" + random.nextInt(3)),
                fixed == null ? wants : fixed,
                before.build());
    }

    private static void check(
            int seed,
            Map<String, Subscriber> members,
            Map<Uuid, Topic> topics,
            Map<String, PartitionSet> shares) {
        assertThat(shares.keySet()).as("seed %d", seed).isEqualTo(members.keySet());
        Map<Uuid, Set<Integer>> given = new HashMap<>();
        shares.forEach((id, share) ->
                share.forEach((topic, partition) -> {
                    assertThat(requireNonNull(members.get(id)).topics())
                            .as("seed %d", seed)
                            .contains(topic);
                    boolean isNew =
                            given.computeIfAbsent(topic, one -> new TreeSet<>()).add(partition);
                    assertThat(isNew).as("seed %d: %s-%d twice", seed, topic, partition).isTrue();
                }));
        topics.forEach((id, topic) -> {
            boolean wanted = members.values().stream().anyMatch(one -> one.topics().contains(id));
            assertThat(given.getOrDefault(id, Set.of()))
                    .as("seed %d: %s", seed, id)
                    .hasSize(wanted ? topic.partitions() : 0);
        });
    }

    /** Nobody has two more than another who wants one of them. */
    private static void checkBalance(
            int seed, Map<String, Subscriber> members, Map<String, PartitionSet> shares) {
        shares.forEach((id, share) ->
                members.forEach((other, wants) -> {
                    boolean couldGive = share.topics().stream().anyMatch(wants.topics()::contains);
                    if (couldGive) {
                        assertThat(share.size())
                                .as("seed %d: %s beside %s", seed, id, other)
                                .isLessThanOrEqualTo(of(shares, other).size() + 1);
                    }
                }));
    }
}
