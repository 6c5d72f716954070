package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.CreatePartitions;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.DeleteTopics;
import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class TopicDecisionsTest {

    private final Given given = new Given(3);

    private static List<ErrorCode> errors(ControllerReply reply) {
        return reply.outcomes().stream().map(Outcome::error).toList();
    }

    @Test
    void aTopicIsMadeWithTheDefaults() {
        Outcome outcome = given.create("orders");
        assertThat(outcome.error()).isEqualTo(ErrorCode.NONE);
        TopicImage topic = given.find("orders");
        assertThat(outcome.topic()).hasValue(topic);
        assertThat(topic.partitions()).hasSize(2);
        assertThat(topic.partitions().getFirst().leaderEpoch()).isZero();
        assertThat(given.image().topicsById()).containsEntry(topic.id(), topic);
    }

    @Test
    void whatIsSetForAllBrokersComesBeforeTheDefaults() {
        given.alter(ResourceType.BROKER, "", Given.set("num.partitions", "5"));
        given.alter(ResourceType.BROKER, "", Given.set("default.replication.factor", "3"));
        given.create("orders");
        assertThat(given.find("orders").partitions())
                .hasSize(5)
                .allMatch(partition -> partition.replicas().size() == 3);
    }

    @Test
    void namesAreChecked() {
        for (String name : List.of("", ".", "..", "a b", "a/b", "é", "x".repeat(250), "a\0")) {
            assertThat(given.create(name).error())
                    .as(name)
                    .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        }
        assertThat(given.create("x".repeat(249)).error()).isEqualTo(ErrorCode.NONE);
        assertThat(given.create("...").error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void namesThatDifferInDotAndUnderscoreAloneCollide() {
        given.create("a.b_c");
        assertThat(given.create("a_b.c").error()).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(given.create("a_b.c").detail())
                .isEqualTo(
                        "topic name a_b.c collides with a.b_c: they differ in '.' and '_' alone");
        assertThat(given.create("a-b-c").error()).isEqualTo(ErrorCode.NONE);
        ControllerReply together =
                given.run(
                        new CreateTopics(
                                List.of(given.topic("x.y", 1, 1), given.topic("x_y", 1, 1)),
                                false));
        assertThat(errors(together))
                .containsExactly(ErrorCode.NONE, ErrorCode.INVALID_TOPIC_EXCEPTION);
        given.run(new DeleteTopics(List.of(Given.byName("a.b_c"))));
        assertThat(given.create("a_b.c").error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aTopicExistsOnce() {
        given.create("orders");
        assertThat(given.create("orders").error()).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
        NewTopic twin = given.topic("twin", 1, 1);
        assertThat(errors(given.run(new CreateTopics(List.of(twin, twin), false))))
                .containsOnly(ErrorCode.INVALID_REQUEST);
        assertThat(given.image().topics()).doesNotContainKey("twin");
    }

    @Test
    void numbersAreBounded() {
        assertThat(given.create(given.topic("t", 0, 1)).error())
                .isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(given.create(given.topic("t", -2, 1)).error())
                .isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(given.create(given.topic("t", 1, 0)).error())
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(given.create(given.topic("t", 1, 4)).error())
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(given.create(given.topic("t", Integer.MAX_VALUE, 1)).error())
                .isEqualTo(ErrorCode.POLICY_VIOLATION);
        int half = TopicDecisions.MAX_PARTITIONS_PER_COMMAND / 2 + 1;
        assertThat(
                        errors(
                                given.run(
                                        new CreateTopics(
                                                List.of(
                                                        given.topic("a", half, 1),
                                                        given.topic("b", half, 1)),
                                                false))))
                .containsExactly(ErrorCode.NONE, ErrorCode.POLICY_VIOLATION);
    }

    @Test
    void anAssignmentIsTakenOrRefused() {
        Outcome good =
                given.create(given.assigned("t", Map.of(0, List.of(3, 1), 1, List.of(1, 2))));
        assertThat(good.error()).isEqualTo(ErrorCode.NONE);
        assertThat(given.find("t").partitions().getFirst().leader()).isEqualTo(3);
        List<Map<Integer, List<Integer>>> bad =
                List.of(
                        Map.of(1, List.of(1)),
                        Map.of(0, List.of()),
                        Map.of(0, List.of(1, 1)),
                        Map.of(0, List.of(9)),
                        Map.of(0, List.of(1), 1, List.of(1, 2)));
        for (Map<Integer, List<Integer>> assignment : bad) {
            assertThat(given.create(given.assigned("u", assignment)).error())
                    .as("%s", new TreeMap<>(assignment))
                    .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        }
        NewTopic both = new NewTopic("u", given.id(), 1, -1, Map.of(0, List.of(1)), Map.of());
        assertThat(given.create(both).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void configsAreCheckedAndStoredCanonically() {
        assertThat(given.create(given.configured("t", Map.of("retention.ms", "soon"))))
                .satisfies(outcome -> {
                    assertThat(outcome.error()).isEqualTo(ErrorCode.INVALID_CONFIG);
                    assertThat(outcome.detail()).startsWith("retention.ms=soon");
                });
        given.create(given.configured("t", Map.of("cleanup.policy", "compact, delete")));
        assertThat(given.find("t").configs()).containsEntry("cleanup.policy", "compact,delete");
    }

    @Test
    void validationChangesNothing() {
        CreateTopics command = new CreateTopics(List.of(given.topic("t", 3, 2)), true);
        Controller.Decision decision = given.controller().decide(command);
        assertThat(decision.events()).isEmpty();
        assertThat(decision.reply().outcomes().getFirst().topic().orElseThrow().partitions())
                .hasSize(3);
    }

    @Test
    void leadersAndFollowersSpread() {
        given.create(given.topic("t", 300, 2));
        Map<Integer, Long> leaders =
                given.find("t").partitions().stream()
                        .collect(Collectors.groupingBy(p -> p.leader(), Collectors.counting()));
        assertThat(leaders).containsOnlyKeys(1, 2, 3).containsEntry(1, 100L);
        Map<List<Integer>, Long> pairs =
                given.find("t").partitions().stream()
                        .collect(
                                Collectors.groupingBy(
                                        PartitionImage::replicas, Collectors.counting()));
        assertThat(pairs).hasSize(6).allSatisfy((pair, count) -> assertThat(count).isEqualTo(50));
    }

    @Test
    void topicsGoByNameAndByIdentity() {
        given.create("a");
        given.create("b");
        Uuid id = given.find("b").id();
        ControllerReply reply =
                given.run(
                        new DeleteTopics(
                                List.of(
                                        Given.byName("a"),
                                        new TopicRef(Optional.empty(), id),
                                        Given.byName("c"),
                                        new TopicRef(Optional.empty(), given.id()))));
        assertThat(errors(reply))
                .containsExactly(
                        ErrorCode.NONE,
                        ErrorCode.NONE,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(given.image().topics()).isEmpty();
        assertThat(given.image().topicsById()).isEmpty();
    }

    @Test
    void aTopicNamedTwiceStays() {
        given.create("a");
        Uuid id = given.find("a").id();
        ControllerReply reply =
                given.run(
                        new DeleteTopics(
                                List.of(Given.byName("a"), new TopicRef(Optional.empty(), id))));
        assertThat(errors(reply)).containsOnly(ErrorCode.INVALID_REQUEST);
        assertThat(given.image().topics()).containsKey("a");
    }

    @Test
    void deletionMayBeForbidden() {
        given.create("a");
        given.alter(ResourceType.BROKER, "", Given.set("delete.topic.enable", "false"));
        assertThat(errors(given.run(new DeleteTopics(List.of(Given.byName("a"))))))
                .containsExactly(ErrorCode.TOPIC_DELETION_DISABLED);
    }

    @Test
    void topicsGrowAndNeverShrink() {
        given.create(given.topic("a", 2, 2));
        assertThat(grow("a", 5).error()).isEqualTo(ErrorCode.NONE);
        assertThat(given.find("a").partitions())
                .extracting(PartitionImage::partition)
                .containsExactly(0, 1, 2, 3, 4);
        assertThat(grow("a", 5).error()).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(grow("a", Integer.MIN_VALUE).error()).isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(grow("a", Integer.MAX_VALUE).error()).isEqualTo(ErrorCode.POLICY_VIOLATION);
        assertThat(grow("b", 5).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(grow("a", 6, List.of(1, 2)).error()).isEqualTo(ErrorCode.NONE);
        assertThat(grow("a", 7, List.of(1)).error())
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(grow("a", 8, List.of(1, 2)).error())
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        NewPartitions twice = new NewPartitions("a", 9, List.of());
        assertThat(errors(given.run(new CreatePartitions(List.of(twice, twice), false))))
                .containsOnly(ErrorCode.INVALID_REQUEST);
    }

    @SafeVarargs
    private final Outcome grow(String topic, int count, List<Integer>... assignments) {
        return given.run(
                        new CreatePartitions(
                                List.of(new NewPartitions(topic, count, List.of(assignments))),
                                false))
                .outcomes()
                .getFirst();
    }
}
