package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The unmodified producer, consumer and admin of kafka-clients. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class JavaClientTest {

    private TestBroker broker;
    private Admin admin;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker =
                new TestBroker(
                        home,
                        Map.of("auto.create.topics.enable", "true"),
                        io.sluice.transport.TransportSettings.DEFAULT,
                        1000,
                        55 << 20);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterAll
    void stop() throws Exception {
        admin.close();
        broker.close();
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> config = new java.util.HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> more) {
        Map<String, Object> config = new java.util.HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.putIfAbsent("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(
                config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private List<String> read(String topic, int partitions, int count, Map<String, Object> more) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(more)) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long deadline = System.nanoTime() + 15_000_000_000L;
            while (values.size() < count && System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    values.add(new String(record.value(), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"all,none", "1,gzip", "0,snappy", "all,lz4", "all,zstd"})
    void whatIsSentIsReadInOrder(String acks, String codec) throws Exception {
        String topic = "order-" + acks + "-" + codec;
        broker.createTopic(topic, 1, Map.of());
        List<String> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer =
                producer(
                        Map.of(
                                "acks",
                                acks,
                                "enable.idempotence",
                                acks.equals("all"),
                                "compression.type",
                                codec,
                                "batch.size",
                                2_000,
                                "max.in.flight.requests.per.connection",
                                5))) {
            for (int i = 0; i < 1_000; i++) {
                sent.add("value-" + i);
                producer.send(new ProducerRecord<>(topic, bytes("k"), bytes("value-" + i)));
            }
        }
        assertThat(read(topic, 1, sent.size(), Map.of())).isEqualTo(sent);
        assertThat(read(topic, 1, sent.size(), Map.of("isolation.level", "read_committed")))
                .isEqualTo(sent);
    }

    @Test
    void manyPartitionsAreReadThroughASession() throws Exception {
        broker.createTopic("wide", 20, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("linger.ms", 2))) {
            for (int i = 0; i < 2_000; i++) {
                producer.send(new ProducerRecord<>("wide", i % 20, null, bytes("v" + i)));
            }
        }
        List<String> found =
                read(
                        "wide",
                        20,
                        2_000,
                        Map.of("max.partition.fetch.bytes", 300, "fetch.max.bytes", 2_000));
        assertThat(found).hasSize(2_000).doesNotHaveDuplicates();
    }

    @Test
    void aTopicIsMadeByNamingIt() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            RecordMetadata done =
                    producer.send(new ProducerRecord<>("made.by-naming", bytes("v"))).get();
            assertThat(done.offset()).isZero();
        }
        assertThat(read("made.by-naming", 1, 1, Map.of())).containsExactly("v");
    }

    @Test
    void aRecordTooLargeIsRefusedAndTheProducerGoesOn() throws Exception {
        broker.createTopic("small", 1, Map.of("max.message.bytes", "1000"));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("batch.size", 0))) {
            Future<RecordMetadata> large =
                    producer.send(new ProducerRecord<>("small", new byte[2_000]));
            assertThatThrownBy(large::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            assertThat(producer.send(new ProducerRecord<>("small", new byte[10])).get().offset())
                    .isZero();
        }
    }

    @Test
    void aCompactedTopicNeedsKeys() throws Exception {
        broker.createTopic("keyed", 1, Map.of("cleanup.policy", "compact"));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("keyed", bytes("v"))).get())
                    .hasMessageContaining("key");
        }
    }

    @Test
    void theBrokersTimeIsTold() throws Exception {
        broker.createTopic("stamped", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            RecordMetadata done =
                    producer.send(new ProducerRecord<>("stamped", 0, 5L, null, bytes("v"))).get();
            assertThat(done.timestamp()).isGreaterThanOrEqualTo(before);
        }
    }

    @Test
    void aSecondProducerOfATransactionalIdFencesTheFirst() throws Exception {
        broker.createTopic("fenced", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> first = producer(Map.of("transactional.id", "t"));
                KafkaProducer<byte[], byte[]> second = producer(Map.of("transactional.id", "t"))) {
            first.initTransactions();
            first.beginTransaction();
            first.send(new ProducerRecord<>("fenced", bytes("v"))).get();
            second.initTransactions();
            assertThatThrownBy(first::commitTransaction).isInstanceOf(KafkaException.class);
        }
    }

    @Test
    void topicsAreMadeDescribedGrownAndDeleted() throws Exception {
        Map<Integer, List<Integer>> assignment = Map.of(0, List.of(7), 1, List.of(7));
        var made =
                admin.createTopics(
                        List.of(
                                new NewTopic("t1", 3, (short) 1)
                                        .configs(Map.of("retention.ms", "1000")),
                                new NewTopic("t2", assignment),
                                new NewTopic("t3", Optional.empty(), Optional.empty())));
        made.all().get();
        assertThat(made.numPartitions("t1").get()).isEqualTo(3);
        assertThat(made.config("t1").get().get("retention.ms").value()).isEqualTo("1000");
        assertThat(made.numPartitions("t3").get()).isEqualTo(1);
        assertThat(admin.listTopics().names().get()).contains("t1", "t2", "t3");

        TopicDescription described =
                requireNonNull(
                        admin.describeTopics(
                                        List.of("t1"),
                                        new DescribeTopicsOptions()
                                                .includeAuthorizedOperations(true))
                                .allTopicNames()
                                .get()
                                .get("t1"));
        assertThat(described.partitions()).hasSize(3);
        assertThat(described.partitions().getFirst().leader().rack()).isEqualTo("rack-a");
        assertThat(described.authorizedOperations()).contains(AclOperation.READ);
        assertThat(described.topicId()).isEqualTo(made.topicId("t1").get());

        admin.createPartitions(Map.of("t1", NewPartitions.increaseTo(5))).all().get();
        var ids = TopicCollection.ofTopicIds(List.of(described.topicId()));
        assertThat(
                        requireNonNull(
                                        admin.describeTopics(ids)
                                                .allTopicIds()
                                                .get()
                                                .get(described.topicId()))
                                .partitions())
                .hasSize(5);

        admin.deleteTopics(ids).all().get();
        admin.deleteTopics(List.of("t2", "t3")).all().get();
        assertThat(admin.listTopics().names().get()).doesNotContain("t1", "t2", "t3");
        assertThatThrownBy(() -> admin.describeTopics(ids).allTopicIds().get())
                .hasCauseInstanceOf(UnknownTopicIdException.class);
        assertThatThrownBy(() -> admin.deleteTopics(List.of("t1")).all().get())
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Test
    void badTopicsAreRefusedWithAReason() throws Exception {
        broker.createTopic("there", 1, Map.of());
        assertThatThrownBy(() -> create(new NewTopic("there", 1, (short) 1)))
                .hasCauseInstanceOf(TopicExistsException.class);
        assertThatThrownBy(() -> create(new NewTopic("a b", 1, (short) 1)))
                .hasCauseInstanceOf(InvalidTopicException.class);
        assertThatThrownBy(() ->
                        create(
                                new NewTopic("x", 1, (short) 1)
                                        .configs(Map.of("retention.msx", "1"))))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("retention.ms");
        admin.createTopics(
                        List.of(new NewTopic("only-checked", 2, (short) 1)),
                        new org.apache.kafka.clients.admin.CreateTopicsOptions().validateOnly(true))
                .all()
                .get();
        assertThat(admin.listTopics().names().get()).doesNotContain("only-checked", "x");
    }

    private void create(NewTopic topic) throws Exception {
        admin.createTopics(List.of(topic)).all().get();
    }

    @Test
    void settingsAreReadAndChanged() throws Exception {
        broker.createTopic("set", 1, Map.of());
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "set");
        alter(topic, new AlterConfigOp(new ConfigEntry("retention.ms", "5000"), OpType.SET));
        ConfigEntry entry = describe(topic).get("retention.ms");
        assertThat(entry.value()).isEqualTo("5000");
        assertThat(entry.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(entry.type()).isEqualTo(ConfigEntry.ConfigType.LONG);
        assertThat(entry.documentation()).isNotEmpty();
        assertThat(entry.synonyms()).hasSizeGreaterThanOrEqualTo(2);
        alter(
                topic,
                new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), OpType.APPEND));
        assertThat(describe(topic).get("cleanup.policy").value()).isEqualTo("delete,compact");
        alter(topic, new AlterConfigOp(new ConfigEntry("retention.ms", ""), OpType.DELETE));
        assertThat(describe(topic).get("retention.ms").source())
                .isEqualTo(ConfigEntry.ConfigSource.DEFAULT_CONFIG);
        assertThatThrownBy(() ->
                        alter(
                                topic,
                                new AlterConfigOp(
                                        new ConfigEntry("retention.ms", "x"), OpType.SET)))
                .hasCauseInstanceOf(InvalidConfigurationException.class);

        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, "7");
        ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
        alter(all, new AlterConfigOp(new ConfigEntry("log.retention.ms", "9000"), OpType.SET));
        assertThat(describe(topic).get("retention.ms").value()).isEqualTo("9000");
        assertThat(describe(self).get("log.retention.ms").source())
                .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertThat(describe(all).entries())
                .extracting(ConfigEntry::name)
                .contains("log.retention.ms");
        alter(all, new AlterConfigOp(new ConfigEntry("log.retention.ms", ""), OpType.DELETE));
    }

    private void alter(ConfigResource resource, AlterConfigOp operation) throws Exception {
        Map<ConfigResource, Collection<AlterConfigOp>> changes =
                Map.of(resource, List.of(operation));
        admin.incrementalAlterConfigs(changes).all().get();
    }

    private Config describe(ConfigResource resource) throws Exception {
        return requireNonNull(
                admin.describeConfigs(
                                List.of(resource),
                                new DescribeConfigsOptions()
                                        .includeSynonyms(true)
                                        .includeDocumentation(true))
                        .all()
                        .get()
                        .get(resource));
    }

    @Test
    void offsetsAreFoundByKindAndTime() throws Exception {
        broker.createTopic("times", 1, Map.of());
        TopicPartition partition = new TopicPartition("times", 0);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (long time : new long[] {1_000, 5_000, 3_000, 7_000, 2_000}) {
                producer.send(new ProducerRecord<>("times", 0, time, null, bytes("v"))).get();
            }
        }
        assertThat(offset(partition, OffsetSpec.earliest())).isZero();
        assertThat(offset(partition, OffsetSpec.latest())).isEqualTo(5);
        assertThat(offset(partition, OffsetSpec.maxTimestamp())).isEqualTo(3);
        assertThat(offset(partition, OffsetSpec.forTimestamp(4_000))).isEqualTo(1);
        assertThat(offset(partition, OffsetSpec.forTimestamp(6_000))).isEqualTo(3);
        assertThat(offset(partition, OffsetSpec.forTimestamp(8_000))).isEqualTo(-1);
        assertThat(offset(partition, OffsetSpec.earliestLocal())).isZero();
        assertThat(offset(partition, OffsetSpec.latestTiered())).isEqualTo(-1);

        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all().get();
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(2);
        assertThatThrownBy(() ->
                        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(99)))
                                .all()
                                .get())
                .hasCauseInstanceOf(OffsetOutOfRangeException.class);
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    @Test
    void theClusterIsDescribed() throws Exception {
        var cluster =
                admin.describeCluster(
                        new DescribeClusterOptions().includeAuthorizedOperations(true));
        assertThat(cluster.nodes().get()).hasSize(1);
        assertThat(cluster.controller().get().id()).isEqualTo(TestBroker.ID);
        assertThat(cluster.clusterId().get()).isEqualTo(broker.image().clusterId().toString());
        assertThat(cluster.authorizedOperations().get()).contains(AclOperation.CREATE);
    }

    @Test
    void replicasAreMovedBetweenDirectories() throws Exception {
        broker.createTopic("moved", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>("moved", bytes("v"))).get();
        }
        Map<String, LogDirDescription> before = directories();
        assertThat(before).hasSize(2);
        assertThat(before.values()).allMatch(one -> one.totalBytes().orElse(0) > 0);
        String from = directoryOf(before, "moved");
        String to =
                before.keySet().stream().filter(one -> !one.equals(from)).findFirst().orElseThrow();
        admin.alterReplicaLogDirs(Map.of(new TopicPartitionReplica("moved", 0, TestBroker.ID), to))
                .all()
                .get();
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!directoryOf(directories(), "moved").equals(to) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(directoryOf(directories(), "moved")).isEqualTo(to);
        assertThat(read("moved", 1, 1, Map.of())).containsExactly("v");
        assertThatThrownBy(() ->
                        admin.alterReplicaLogDirs(
                                        Map.of(
                                                new TopicPartitionReplica(
                                                        "moved", 0, TestBroker.ID),
                                                "/nowhere"))
                                .all()
                                .get())
                .isInstanceOf(ExecutionException.class);
    }

    private Map<String, LogDirDescription> directories() throws Exception {
        return requireNonNull(
                admin.describeLogDirs(Set.of(TestBroker.ID))
                        .allDescriptions()
                        .get()
                        .get(TestBroker.ID));
    }

    private static String directoryOf(Map<String, LogDirDescription> all, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return all.entrySet().stream()
                .filter(one -> one.getValue().replicaInfos().containsKey(partition))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void producersAreDescribed() throws Exception {
        broker.createTopic("produced", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>("produced", bytes("a"))).get();
            producer.send(new ProducerRecord<>("produced", bytes("b"))).get();
        }
        TopicPartition partition = new TopicPartition("produced", 0);
        var states =
                admin.describeProducers(List.of(partition))
                        .partitionResult(partition)
                        .get()
                        .activeProducers();
        assertThat(states).hasSize(1);
        assertThat(states.getFirst().lastSequence()).isEqualTo(1);
    }
}
