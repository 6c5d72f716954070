package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups of kafka-clients 4.4 with {@code group.protocol=consumer} (KIP-848). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConsumerProtocolTest {

    private static final int PARTITIONS = 4;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker =
                BrokerProcess.start(
                        home,
                        "offsets.topic.num.partitions=4",
                        "group.consumer.session.timeout.ms=6000",
                        "group.consumer.heartbeat.interval.ms=200");
    }

    @AfterAll
    void stop() {
        assertThat(broker.stop()).isZero();
    }

    private KafkaConsumer<byte[], byte[]> member(String group, Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>();
        all.put("group.id", group);
        all.put("group.protocol", "consumer");
        all.putAll(settings);
        return Clients.consumer(broker.bootstrap(), all);
    }

    private KafkaConsumer<byte[], byte[]> oldMember(String group, String assignor) {
        Map<String, Object> all = new HashMap<>();
        all.put("group.id", group);
        all.put("session.timeout.ms", "6000");
        all.put("heartbeat.interval.ms", "200");
        all.put("partition.assignment.strategy", assignor);
        return Clients.consumer(broker.bootstrap(), all);
    }

    private void produce(String topic, int from, int to) {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = from; i < to; i++) {
                producer.send(
                        new ProducerRecord<>(
                                topic,
                                i % PARTITIONS,
                                null,
                                ByteBuffer.allocate(4).putInt(i).array()));
            }
        }
    }

    private static void pollAll(List<KafkaConsumer<byte[], byte[]>> members, Set<Integer> seen) {
        for (KafkaConsumer<byte[], byte[]> member : members) {
            for (ConsumerRecord<byte[], byte[]> record : member.poll(POLL)) {
                seen.add(ByteBuffer.wrap(record.value()).getInt());
            }
        }
    }

    private static void awaitShares(
            List<KafkaConsumer<byte[], byte[]>> members, Set<Integer> seen, Integer... shares) {
        Await.until(
                "partitions shared as " + List.of(shares),
                LIMIT,
                () -> {
                    pollAll(members, seen);
                    List<Integer> now = new ArrayList<>();
                    members.forEach(member -> now.add(member.assignment().size()));
                    return now.equals(List.of(shares));
                });
        Set<TopicPartition> all = new HashSet<>();
        members.forEach(member -> all.addAll(member.assignment()));
        assertThat(all)
                .as("nothing has two owners")
                .hasSize(Arrays.stream(shares).mapToInt(one -> one).sum());
    }

    private static void awaitRecords(
            List<KafkaConsumer<byte[], byte[]>> members, Set<Integer> seen, int count) {
        Await.until(
                count + " records",
                LIMIT,
                () -> {
                    pollAll(members, seen);
                    return seen.size() == count;
                });
    }

    private ConsumerGroupDescription described(String group) {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            return requireNonNull(
                    admin.describeConsumerGroups(List.of(group)).all().get().get(group));
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"uniform", "range"})
    void membersComeAndGoAndShareThePartitions(String assignor) {
        String topic = "by-" + assignor;
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 0, 1_000);
        Map<String, String> settings = Map.of("group.remote.assignor", assignor);
        Set<Integer> seen = new HashSet<>();
        List<TopicPartition> revoked = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> first = member(topic, settings)) {
            first.subscribe(List.of(topic), noting(revoked));
            awaitShares(List.of(first), seen, 4);
            try (KafkaConsumer<byte[], byte[]> second = member(topic, settings)) {
                second.subscribe(List.of(topic));
                awaitShares(List.of(first, second), seen, 2, 2);
                assertThat(revoked).as("only what the other got").hasSize(2);
                ConsumerGroupDescription group = described(topic);
                assertThat(group.type()).isEqualTo(GroupType.CONSUMER);
                assertThat(group.partitionAssignor()).isEqualTo(assignor);
                assertThat(group.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(group.members())
                        .allSatisfy(
                                one -> assertThat(one.assignment().topicPartitions()).hasSize(2))
                        .allSatisfy(one -> assertThat(one.upgraded()).contains(true));
            }
            awaitShares(List.of(first), seen, 4);
            awaitRecords(List.of(first), seen, 1_000);
        }
    }

    private static ConsumerRebalanceListener noting(List<TopicPartition> revoked) {
        return new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                revoked.addAll(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        };
    }

    @Test
    void aGroupGoesOnAfterTheBrokerWasKilled() {
        String topic = "killed";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 0, 400);
        Set<Integer> seen = new TreeSet<>();
        try (KafkaConsumer<byte[], byte[]> first = member(topic, Map.of());
                KafkaConsumer<byte[], byte[]> second = member(topic, Map.of())) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            List<KafkaConsumer<byte[], byte[]>> both = List.of(first, second);
            awaitShares(both, seen, 2, 2);
            awaitRecords(both, seen, 400);
            first.commitSync();
            second.commitSync();
            Set<TopicPartition> before = first.assignment();
            broker.kill();
            broker.restart();
            produce(topic, 400, 800);
            awaitRecords(both, seen, 800);
            assertThat(first.assignment()).as("nobody was disturbed").isEqualTo(before);
            first.commitSync();
            second.commitSync();
        }
        try (KafkaConsumer<byte[], byte[]> later = member(topic, Map.of())) {
            Set<TopicPartition> all = new HashSet<>();
            for (int i = 0; i < PARTITIONS; i++) {
                all.add(new TopicPartition(topic, i));
            }
            assertThat(later.committed(all).values())
                    .extracting(OffsetAndMetadata::offset)
                    .containsOnly(200L);
        }
    }

    @Test
    void aMemberThatIsNotPolledIsReplaced() {
        String topic = "vanished";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 0, 40);
        Set<Integer> seen = new HashSet<>();
        // A member that is never polled again: its poll interval ends, and it leaves.
        KafkaConsumer<byte[], byte[]> silent =
                member(topic, Map.of("max.poll.interval.ms", "1000"));
        try (KafkaConsumer<byte[], byte[]> other = member(topic, Map.of())) {
            silent.subscribe(List.of(topic));
            awaitShares(List.of(silent), new HashSet<>(), 4);
            other.subscribe(List.of(topic));
            awaitShares(List.of(other), seen, 4);
            awaitRecords(List.of(other), seen, 40);
        } finally {
            silent.close();
        }
    }

    @Test
    void aPatternIsEvaluatedByTheBroker() throws Exception {
        Clients.createTopic(broker.bootstrap(), "metrics-a", 2, Map.of());
        try (KafkaConsumer<byte[], byte[]> member = member("by-pattern", Map.of());
                Admin admin = Clients.admin(broker.bootstrap())) {
            member.subscribe(new SubscriptionPattern("metrics-.*"));
            awaitShares(List.of(member), new HashSet<>(), 2);
            Clients.createTopic(broker.bootstrap(), "metrics-b", 3, Map.of());
            awaitShares(List.of(member), new HashSet<>(), 5);
            admin.createPartitions(Map.of("metrics-a", NewPartitions.increaseTo(4))).all().get();
            awaitShares(List.of(member), new HashSet<>(), 7);
            admin.deleteTopics(List.of("metrics-b")).all().get();
            awaitShares(List.of(member), new HashSet<>(), 4);
        }
        try (KafkaConsumer<byte[], byte[]> member = member("by-bad-pattern", Map.of())) {
            member.subscribe(new SubscriptionPattern("metrics-("));
            assertThatThrownBy(() ->
                            Await.until(
                                    "the error",
                                    LIMIT,
                                    () -> {
                                        member.poll(POLL);
                                        return false;
                                    }))
                    .isInstanceOf(InvalidRegularExpression.class);
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitions() {
        String topic = "static";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        Map<String, String> instance = Map.of("group.instance.id", "one");
        Set<Integer> seen = new HashSet<>();
        List<TopicPartition> revoked = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> other = member(topic, Map.of())) {
            other.subscribe(List.of(topic), noting(revoked));
            Set<TopicPartition> before;
            try (KafkaConsumer<byte[], byte[]> first = member(topic, instance)) {
                first.subscribe(List.of(topic));
                awaitShares(List.of(first, other), seen, 2, 2);
                before = first.assignment();
            }
            revoked.clear();
            try (KafkaConsumer<byte[], byte[]> again = member(topic, instance)) {
                again.subscribe(List.of(topic));
                awaitShares(List.of(again, other), seen, 2, 2);
                assertThat(again.assignment()).isEqualTo(before);
                assertThat(revoked).as("the other is not disturbed").isEmpty();
            }
        }
    }

    /** Clients are changed one after the other, and back, while records flow. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.kafka.clients.consumer.RangeAssignor",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
            })
    void aGroupChangesItsProtocolWhileItWorks(String assignor) {
        String topic = "changed-" + assignor.length();
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 0, 400);
        Set<Integer> seen = new HashSet<>();
        try (KafkaConsumer<byte[], byte[]> old = oldMember(topic, assignor)) {
            old.subscribe(List.of(topic));
            awaitShares(List.of(old), seen, 4);
            awaitRecords(List.of(old), seen, 400);
            old.commitSync();
            try (KafkaConsumer<byte[], byte[]> young = member(topic, Map.of())) {
                young.subscribe(List.of(topic));
                awaitShares(List.of(old, young), seen, 2, 2);
                assertThat(described(topic).type()).isEqualTo(GroupType.CONSUMER);
                produce(topic, 400, 800);
                awaitRecords(List.of(old, young), seen, 800);
                old.commitSync();
                young.commitSync();
            }
            awaitShares(List.of(old), seen, 4);
            assertThat(described(topic).type()).isEqualTo(GroupType.CLASSIC);
            produce(topic, 800, 1_000);
            awaitRecords(List.of(old), seen, 1_000);
            old.commitSync();
            assertThat(old.committed(old.assignment()).values())
                    .extracting(OffsetAndMetadata::offset)
                    .containsOnly(250L);
        }
    }

    @Test
    void groupsAreListedByTypeAndDeletedWhenEmpty() throws Exception {
        String topic = "listed";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            try (KafkaConsumer<byte[], byte[]> member = member(topic, Map.of())) {
                member.subscribe(List.of(topic));
                awaitShares(List.of(member), new HashSet<>(), 4);
                assertThat(
                                admin.listGroups(
                                                new ListGroupsOptions()
                                                        .withTypes(Set.of(GroupType.CONSUMER)))
                                        .all()
                                        .get())
                        .anyMatch(one -> one.groupId().equals(topic));
                assertThat(
                                admin.listGroups(
                                                new ListGroupsOptions()
                                                        .withTypes(Set.of(GroupType.CLASSIC)))
                                        .all()
                                        .get())
                        .noneMatch(one -> one.groupId().equals(topic));
            }
            Await.until(
                    "the group is empty",
                    LIMIT,
                    () -> described(topic).groupState() == GroupState.EMPTY);
            admin.deleteConsumerGroups(List.of(topic)).all().get();
            assertThat(admin.listGroups().all().get())
                    .noneMatch(one -> one.groupId().equals(topic));
        }
    }

    @Test
    void aGroupHasSettingsOfItsOwn() throws Exception {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "configured");
        String key = "consumer.heartbeat.interval.ms";
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            assertThat(value(admin, group, key)).isEqualTo("200");
            set(admin, group, new ConfigEntry(key, "300"), AlterConfigOp.OpType.SET);
            assertThat(value(admin, group, key)).isEqualTo("300");
            assertThat(
                            admin.listConfigResources(Set.of(ConfigResource.Type.GROUP), options())
                                    .all()
                                    .get())
                    .containsExactly(group);
            assertThatThrownBy(() ->
                            set(
                                    admin,
                                    group,
                                    new ConfigEntry("consumer.heartbeat", "1"),
                                    AlterConfigOp.OpType.SET))
                    .hasCauseInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining("consumer.heartbeat");
            broker.kill();
            broker.restart();
            assertThat(value(admin, group, key)).isEqualTo("300");
            set(admin, group, new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE);
            assertThat(value(admin, group, key)).isEqualTo("200");
        }
    }

    private static ListConfigResourcesOptions options() {
        return new ListConfigResourcesOptions();
    }

    private static String value(Admin admin, ConfigResource resource, String key) throws Exception {
        Config config =
                requireNonNull(admin.describeConfigs(List.of(resource)).all().get().get(resource));
        return config.get(key).value();
    }

    private static void set(
            Admin admin, ConfigResource resource, ConfigEntry entry, AlterConfigOp.OpType type)
            throws Exception {
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(entry, type))))
                .all()
                .get();
    }
}
