package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups of kafka-clients 4.4 by the classic protocol. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GroupsTest {

    private static final int PARTITIONS = 4;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker =
                BrokerProcess.start(
                        home,
                        "group.initial.rebalance.delay.ms=0",
                        "offsets.topic.num.partitions=8");
    }

    @AfterAll
    void stop() {
        assertThat(broker.stop()).isZero();
    }

    private KafkaConsumer<byte[], byte[]> member(String group, Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>();
        all.put("group.id", group);
        all.put("session.timeout.ms", "6000");
        all.put("heartbeat.interval.ms", "300");
        all.putAll(settings);
        return Clients.consumer(broker.bootstrap(), all);
    }

    private void produce(String topic, int count) {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = 0; i < count; i++) {
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

    /** Polls until the partitions are shared so, counted by member. */
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
    }

    @ParameterizedTest
    @ValueSource(classes = {RangeAssignor.class, CooperativeStickyAssignor.class})
    void membersComeAndGoAndShareThePartitions(Class<?> assignor) {
        String topic = "shared-" + assignor.getSimpleName();
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 1_000);
        Map<String, String> settings = Map.of("partition.assignment.strategy", assignor.getName());
        Set<Integer> seen = new HashSet<>();
        try (KafkaConsumer<byte[], byte[]> first = member(topic, settings)) {
            first.subscribe(List.of(topic));
            awaitShares(List.of(first), seen, 4);
            try (KafkaConsumer<byte[], byte[]> second = member(topic, settings)) {
                second.subscribe(List.of(topic));
                awaitShares(List.of(first, second), seen, 2, 2);
                Set<TopicPartition> both = new HashSet<>(first.assignment());
                both.addAll(second.assignment());
                assertThat(both).hasSize(PARTITIONS);
            }
            awaitShares(List.of(first), seen, 4);
            Await.until(
                    "all records",
                    LIMIT,
                    () -> {
                        pollAll(List.of(first), seen);
                        return seen.size() == 1_000;
                    });
        }
    }

    @Test
    void committedOffsetsSurviveRestartAndKill() {
        String topic = "committed";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        produce(topic, 400);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            offsets.put(new TopicPartition(topic, i), new OffsetAndMetadata(10L * i, "at " + i));
        }
        try (KafkaConsumer<byte[], byte[]> member = member("survivors", Map.of())) {
            member.subscribe(List.of(topic));
            Set<Integer> seen = new TreeSet<>();
            awaitShares(List.of(member), seen, 4);
            // Until the client has used the answer to its first look for committed offsets:
            // committed() takes one that was left over for its own, and that one is of before.
            Await.until(
                    "records before the kill",
                    LIMIT,
                    () -> {
                        pollAll(List.of(member), seen);
                        return seen.size() == 400;
                    });
            member.commitSync(offsets);
            broker.kill();
            broker.restart();
            assertThat(member.committed(offsets.keySet(), LIMIT)).isEqualTo(offsets);

            // The member goes on by itself, after the coordinator has loaded.
            produce(topic, 400);
            Await.until(
                    "records after the kill",
                    LIMIT,
                    () -> {
                        pollAll(List.of(member), seen);
                        return member.assignment().size() == PARTITIONS
                                && member.assignment().stream()
                                        .allMatch(one -> member.position(one) == 200);
                    });
            member.commitSync();
        }
        assertThat(broker.stop()).isZero();
        broker.restart();
        try (KafkaConsumer<byte[], byte[]> member = member("survivors", Map.of())) {
            Map<TopicPartition, OffsetAndMetadata> found =
                    member.committed(offsets.keySet(), LIMIT);
            assertThat(found.values())
                    .allSatisfy(
                            offset -> assertThat(requireNonNull(offset).offset()).isEqualTo(200));
        }
    }

    @Test
    void everyAsynchronousCommitEnds() {
        String topic = "asynchronous";
        Clients.createTopic(broker.bootstrap(), topic, 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> member = member("asynchronous", Map.of())) {
            member.assign(List.of(partition));
            List<Long> done = new ArrayList<>();
            for (long offset = 1; offset <= 500; offset++) {
                long each = offset;
                member.commitAsync(
                        Map.of(partition, new OffsetAndMetadata(each)),
                        (offsets, failure) -> {
                            assertThat(failure).isNull();
                            done.add(each);
                        });
            }
            Await.until(
                    "commits",
                    LIMIT,
                    () -> {
                        member.poll(Duration.ofMillis(10));
                        return done.size() == 500;
                    });
            assertThat(requireNonNull(member.committed(Set.of(partition)).get(partition)).offset())
                    .isEqualTo(500);
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitionsWithoutARebalance() throws Exception {
        String topic = "static";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        Set<Integer> seen = new HashSet<>();
        Map<String, String> one = Map.of("group.instance.id", "one");
        Map<String, String> two = Map.of("group.instance.id", "two");
        try (KafkaConsumer<byte[], byte[]> stays = member(topic, one)) {
            stays.subscribe(List.of(topic));
            Set<TopicPartition> had;
            int generation;
            try (KafkaConsumer<byte[], byte[]> leaves = member(topic, two)) {
                leaves.subscribe(List.of(topic));
                awaitShares(List.of(stays, leaves), seen, 2, 2);
                had = Set.copyOf(leaves.assignment());
                generation = stays.groupMetadata().generationId();
            }
            try (KafkaConsumer<byte[], byte[]> back = member(topic, two)) {
                back.subscribe(List.of(topic));
                awaitShares(List.of(stays, back), seen, 2, 2);
                assertThat(back.assignment()).isEqualTo(had);
                assertThat(stays.groupMetadata().generationId()).isEqualTo(generation);
            }
            ConsumerGroupDescription described = describe(topic);
            assertThat(described.members()).hasSize(2);
        }
    }

    private ConsumerGroupDescription describe(String group) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            return requireNonNull(
                    admin.describeConsumerGroups(List.of(group)).all().get().get(group));
        }
    }

    @Test
    void groupsAreAdministered() throws Exception {
        String topic = "administered";
        Clients.createTopic(broker.bootstrap(), topic, PARTITIONS, Map.of());
        TopicPartition partition = new TopicPartition(topic, 1);
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            try (KafkaConsumer<byte[], byte[]> member = member(topic, Map.of())) {
                member.subscribe(List.of(topic));
                awaitShares(List.of(member), new HashSet<>(), 4);
                member.commitSync(Map.of(partition, new OffsetAndMetadata(0)));
                ConsumerGroupDescription described = describe(topic);
                assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(described.members()).hasSize(1);
                assertThat(described.members().iterator().next().assignment().topicPartitions())
                        .hasSize(PARTITIONS);
                assertThat(admin.listGroups().all().get())
                        .anyMatch(group -> group.groupId().equals(topic));
            }
            assertThat(describe(topic).groupState()).isEqualTo(GroupState.EMPTY);
            admin.alterConsumerGroupOffsets(topic, Map.of(partition, new OffsetAndMetadata(7)))
                    .all()
                    .get();
            assertThat(admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get())
                    .containsEntry(partition, new OffsetAndMetadata(7));
            admin.deleteConsumerGroupOffsets(topic, Set.of(partition)).all().get();
            assertThat(admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get())
                    .isEmpty();
            admin.deleteConsumerGroups(List.of(topic)).all().get();
            assertThat(admin.listGroups().all().get())
                    .noneMatch(group -> group.groupId().equals(topic));
            assertThat(
                            admin.describeTopics(List.of("__consumer_offsets"))
                                    .allTopicNames()
                                    .get()
                                    .values())
                    .allMatch(described -> described.isInternal());
        }
    }
}
