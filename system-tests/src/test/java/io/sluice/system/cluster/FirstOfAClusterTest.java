package io.sluice.system.cluster;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that ran by itself becomes the first of a cluster: topics, records, groups and
 * transactions stay, and get more replicas by Kafka's own tool.
 */
final class FirstOfAClusterTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    private static final int RECORDS = 200;

    @TempDir Path home;

    private static KafkaProducer<String, String> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap, "transactional.id", "billing"),
                new StringSerializer(),
                new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String bootstrap) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", bootstrap,
                        "group.id", "readers",
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false",
                        "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
    }

    private static void send(KafkaProducer<String, String> producer, int from, int to) {
        producer.beginTransaction();
        for (int i = from; i < to; i++) {
            producer.send(new ProducerRecord<>("orders", 0, null, "order-" + i));
        }
        producer.commitTransaction();
    }

    @Test
    void aBrokerByItselfBecomesTheFirstOfThree() throws Exception {
        String clusterId;
        try (BrokerProcess alone = BrokerProcess.start(home.resolve("broker-1"), "node.id=1");
                Admin admin = Admin.create(Map.of("bootstrap.servers", alone.bootstrap()))) {
            clusterId = admin.describeCluster().clusterId().get();
            admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
            try (KafkaProducer<String, String> producer = producer(alone.bootstrap());
                    KafkaConsumer<String, String> consumer = consumer(alone.bootstrap())) {
                producer.initTransactions();
                send(producer, 0, RECORDS / 2);
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", 0, null, "never"));
                producer.flush();
                producer.abortTransaction();
                consumer.assign(List.of(PARTITION));
                consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(17)));
            }
            assertThat(alone.stop()).isZero();
        }
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3);
                Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            assertThat(admin.describeCluster().clusterId().get()).isEqualTo(clusterId);
            assertThat(admin.describeMetadataQuorum().quorumInfo().get().voters()).hasSize(3);
            try (KafkaProducer<String, String> producer = producer(cluster.bootstrap())) {
                producer.initTransactions();
                send(producer, RECORDS / 2, RECORDS);
            }
            reassign(cluster.bootstrap());
            Await.until("three in-sync replicas", LIMIT, () -> inSync(admin) == 3);
            cluster.broker(1).kill();
            readAll(cluster.bootstrap());
        }
    }

    private void reassign(String bootstrap) throws Exception {
        Path plan = home.resolve("plan.json");
        Files.writeString(
                plan,
                """
                {"version":1,"partitions":[
                  {"topic":"orders","partition":0,"replicas":[1,2,3]}%s]}
                """
                        .formatted(
                                internal("__consumer_offsets", bootstrap)
                                        + internal("__transaction_state", bootstrap)),
                StandardCharsets.UTF_8);
        Tool.Result done =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
                        "--bootstrap-server",
                        bootstrap,
                        "--execute",
                        "--reassignment-json-file",
                        plan.toString());
        assertThat(done.exitCode()).as(done.text() + done.errors()).isZero();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Await.until(
                    "no reassignment is left",
                    LIMIT,
                    () -> {
                        try {
                            return admin.listPartitionReassignments()
                                    .reassignments()
                                    .get()
                                    .isEmpty();
                        } catch (Exception e) {
                            return false;
                        }
                    });
        }
    }

    private static String internal(String topic, String bootstrap) throws Exception {
        StringBuilder all = new StringBuilder();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            TopicDescription told =
                    requireNonNull(
                            admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
            told.partitions()
                    .forEach(one ->
                            all.append(
                                    ",{\"topic\":\"%s\",\"partition\":%d,\"replicas\":[1,2,3]}"
                                            .formatted(topic, one.partition())));
        }
        return all.toString();
    }

    private static int inSync(Admin admin) {
        try {
            return requireNonNull(
                            admin.describeTopics(List.of("orders"))
                                    .allTopicNames()
                                    .get()
                                    .get("orders"))
                    .partitions()
                    .getFirst()
                    .isr()
                    .size();
        } catch (Exception e) {
            return 0; // asked again
        }
    }

    private static void readAll(String bootstrap) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            expected.add("order-" + i);
        }
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(bootstrap)) {
            consumer.assign(List.of(PARTITION));
            assertThat(consumer.committed(Set.of(PARTITION)).get(PARTITION))
                    .isEqualTo(new OffsetAndMetadata(17));
            consumer.seekToBeginning(List.of(PARTITION));
            Await.until(
                    "all committed records are read",
                    LIMIT,
                    () -> {
                        consumer.poll(Duration.ofMillis(200))
                                .forEach(record -> read.add(record.value()));
                        return read.size() >= RECORDS;
                    });
        }
        assertThat(read).isEqualTo(expected);
    }
}
