package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kafka-clients 4.4: produce, consume by assignment, administer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class JavaClientTest {

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
    }

    @AfterAll
    void stop() {
        assertThat(broker.stop()).as("exit code of a clean stop").isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void whatGoesInComesOut(String codec) {
        String topic = "packages-" + codec;
        Map<String, byte[]> packages = DataSet.packages(20_000);
        Clients.createTopic(broker.bootstrap(), topic, 3, Map.of());

        send(topic, packages, Map.of("compression.type", codec, "linger.ms", "5"));

        Map<String, byte[]> found = contents(topic);
        assertThat(found.keySet()).isEqualTo(new TreeMap<>(packages).keySet());
        packages.forEach((name, stanza) -> assertThat(found.get(name)).as(name).isEqualTo(stanza));
    }

    @Test
    void aTopicIsMadeByFirstUse() {
        send("made-by-use", Map.of("key", new byte[] {1, 2, 3}), Map.of());

        assertThat(contents("made-by-use")).containsOnlyKeys("key");
    }

    @Test
    void topicsAreAdministered() throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            Clients.createTopic(broker.bootstrap(), "life", 2, Map.of("retention.ms", "60000"));
            assertThatThrownBy(() ->
                            admin.createTopics(List.of(new NewTopic("life", 1, (short) 1)))
                                    .all()
                                    .get())
                    .hasCauseInstanceOf(TopicExistsException.class);

            admin.createPartitions(Map.of("life", NewPartitions.increaseTo(5))).all().get();
            TopicDescription life =
                    requireNonNull(
                            admin.describeTopics(List.of("life"))
                                    .allTopicNames()
                                    .get()
                                    .get("life"));
            assertThat(life.partitions()).hasSize(5);
            assertThat(life.partitions()).allMatch(partition -> partition.leader() != null);

            admin.deleteTopics(List.of("life")).all().get();
            assertThat(admin.listTopics().names().get()).doesNotContain("life");
            assertThatThrownBy(() -> admin.deleteTopics(List.of("life")).all().get())
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    @Test
    void settingsChangeAtRunTime() throws Exception {
        Clients.createTopic(broker.bootstrap(), "settings", 1, Map.of());
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "settings");
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    topic,
                                    List.of(
                                            set("retention.ms", "1234"),
                                            set("sluice.flush", "os"))))
                    .all()
                    .get();
            Map<String, String> values = new HashMap<>();
            requireNonNull(admin.describeConfigs(List.of(topic)).all().get().get(topic))
                    .entries()
                    .forEach(entry -> values.put(entry.name(), entry.value()));
            assertThat(values)
                    .containsEntry("retention.ms", "1234")
                    .containsEntry("sluice.flush", "os");

            assertThatThrownBy(() ->
                            admin.incrementalAlterConfigs(
                                            Map.of(topic, List.of(set("retention.ms", "soon"))))
                                    .all()
                                    .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining("retention.ms")
                    .hasMessageContaining("soon");
        }
    }

    @Test
    void recordsAreDeletedFromTheFront() throws Exception {
        Clients.createTopic(broker.bootstrap(), "front", 1, Map.of());
        TopicPartition front = new TopicPartition("front", 0);
        for (int i = 0; i < 10; i++) {
            send("front", Map.of("k" + i, new byte[] {(byte) i}), Map.of());
        }
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            admin.deleteRecords(Map.of(front, RecordsToDelete.beforeOffset(4))).all().get();
            assertThat(
                            admin.listOffsets(Map.of(front, OffsetSpec.earliest()))
                                    .partitionResult(front)
                                    .get()
                                    .offset())
                    .isEqualTo(4);
            assertThat(
                            admin.listOffsets(Map.of(front, OffsetSpec.latest()))
                                    .partitionResult(front)
                                    .get()
                                    .offset())
                    .isEqualTo(10);
        }
        assertThat(Clients.readAll(broker.bootstrap(), "front"))
                .extracting(ConsumerRecord::offset)
                .containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void offsetsAreFoundByTime() throws Exception {
        Clients.createTopic(broker.bootstrap(), "times", 1, Map.of());
        TopicPartition times = new TopicPartition("times", 0);
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("linger.ms", "20"))) {
            long base = System.currentTimeMillis() - 100_000;
            for (int i = 0; i < 1000; i++) {
                producer.send(new ProducerRecord<>("times", 0, base + i * 10L, null, new byte[50]));
            }
            producer.flush();
            try (Admin admin = Clients.admin(broker.bootstrap())) {
                assertThat(
                                admin.listOffsets(
                                                Map.of(
                                                        times,
                                                        OffsetSpec.forTimestamp(base + 4_995)))
                                        .partitionResult(times)
                                        .get()
                                        .offset())
                        .isEqualTo(500);
                assertThat(
                                admin.listOffsets(Map.of(times, OffsetSpec.maxTimestamp()))
                                        .partitionResult(times)
                                        .get()
                                        .offset())
                        .isEqualTo(999);
            }
        }
    }

    @Test
    void directoriesAndProducersAreDescribed() throws Exception {
        Clients.createTopic(broker.bootstrap(), "described", 1, Map.of());
        send("described", Map.of("a", new byte[100]), Map.of());
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            int node = admin.describeCluster().nodes().get().iterator().next().id();
            assertThat(admin.describeLogDirs(Set.of(node)).allDescriptions().get().get(node))
                    .isNotEmpty()
                    .allSatisfy((path, dir) -> {
                        assertThat(dir.error()).isNull();
                        assertThat(dir.totalBytes()).isPresent();
                    });
            TopicPartition partition = new TopicPartition("described", 0);
            assertThat(
                            admin.describeProducers(List.of(partition))
                                    .partitionResult(partition)
                                    .get()
                                    .activeProducers())
                    .singleElement()
                    .satisfies(state -> assertThat(state.lastSequence()).isZero());
        }
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private void send(String topic, Map<String, byte[]> records, Map<String, ?> settings) {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), settings)) {
            records.forEach((key, value) ->
                    producer.send(
                            new ProducerRecord<>(
                                    topic, key.getBytes(StandardCharsets.UTF_8), value),
                            (metadata, e) -> failure.compareAndSet(null, e)));
        }
        assertThat(failure.get()).isNull();
    }

    private Map<String, byte[]> contents(String topic) {
        Map<String, byte[]> contents = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), topic)) {
            String key = new String(record.key(), StandardCharsets.UTF_8);
            assertThat(contents.put(key, record.value())).as("twice: %s", key).isNull();
        }
        return contents;
    }
}
