package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Coordinators go where their partitions are led, and know there what they knew. */
final class CoordinatorFailoverTest {

    private static final String TRANSACTIONS = "__transaction_state";
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final int WAIT_SECONDS = 20;

    private TwoBrokers brokers;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home, 2);
        brokers.createTopic("pairs", true);
    }

    @AfterEach
    void stop() throws Exception {
        brokers.close();
    }

    private static Stream<PartitionImage> partitions(ClusterImage image) {
        return image.topics().values().stream().map(TopicImage::partitions).flatMap(List::stream);
    }

    private void awaitInSync() throws Exception {
        awaitAll(one -> one.isr().size() == 2);
    }

    /** Both brokers know it. */
    private void awaitAll(Predicate<PartitionImage> condition) throws Exception {
        brokers.first.awaitImage(image -> partitions(image).allMatch(condition));
        brokers.second.awaitImage(image -> partitions(image).allMatch(condition));
    }

    private Errors commit(int broker, long offset) throws Exception {
        OffsetCommitRequestData request =
                new OffsetCommitRequestData()
                        .setGroupId("g")
                        .setTopics(
                                List.of(
                                        new OffsetCommitRequestTopic()
                                                .setName("pairs")
                                                .setPartitions(
                                                        List.of(
                                                                new OffsetCommitRequestPartition()
                                                                        .setPartitionIndex(0)
                                                                        .setCommittedOffset(offset)
                                                                        .setCommittedMetadata(
                                                                                "")))));
        try (RawClient client = brokers.broker(broker).connect()) {
            return Errors.forCode(
                    client.call(ApiKeys.OFFSET_COMMIT, 9, request, OffsetCommitResponseData.class)
                            .topics()
                            .getFirst()
                            .partitions()
                            .getFirst()
                            .errorCode());
        }
    }

    private OffsetFetchResponseGroup fetch(int broker) throws Exception {
        OffsetFetchRequestData request =
                new OffsetFetchRequestData()
                        .setGroups(
                                List.of(
                                        new OffsetFetchRequestGroup()
                                                .setGroupId("g")
                                                .setTopics(
                                                        List.of(
                                                                new OffsetFetchRequestTopics()
                                                                        .setName("pairs")
                                                                        .setPartitionIndexes(
                                                                                List.of(0))))));
        try (RawClient client = brokers.broker(broker).connect()) {
            return client.call(ApiKeys.OFFSET_FETCH, 9, request, OffsetFetchResponseData.class)
                    .groups()
                    .getFirst();
        }
    }

    /** What the group has committed, once that broker's coordinator serves. */
    private long committed(int broker) throws Exception {
        OffsetFetchResponseGroup found;
        do {
            found = fetch(broker);
        } while (found.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
        assertThat(Errors.forCode(found.errorCode())).isEqualTo(Errors.NONE);
        return found.topics().getFirst().partitions().getFirst().committedOffset();
    }

    @Test
    void offsetsGoWithTheLeadershipThereAndBack() throws Exception {
        int home = brokers.coordinator(GROUP, "g");
        int away = brokers.other(home);
        awaitInSync();
        Errors first;
        do {
            first = commit(home, 41);
        } while (first == Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(first).isEqualTo(Errors.NONE);
        assertThat(commit(away, 7)).isEqualTo(Errors.NOT_COORDINATOR);

        brokers.broker(home).fallSilent();
        awaitAll(one -> one.leader() == away);
        assertThat(committed(away)).isEqualTo(41);
        assertThat(commit(away, 42)).isEqualTo(Errors.NONE);
        assertThat(Errors.forCode(fetch(home).errorCode())).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(commit(home, 7)).isEqualTo(Errors.NOT_COORDINATOR);

        brokers.broker(home).comeBack();
        awaitInSync();
        electPreferred();
        awaitAll(one -> one.leader() == one.replicas().getFirst());
        assertThat(committed(home)).isEqualTo(42);
        assertThat(commit(away, 7)).isEqualTo(Errors.NOT_COORDINATOR);
    }

    private void electPreferred() throws Exception {
        List<TopicPartition> all = new ArrayList<>();
        brokers.first
                .image()
                .topics()
                .values()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(one ->
                                        all.add(
                                                new TopicPartition(
                                                        topic.name(), one.partition()))));
        brokers.first.submit(new ControllerCommand.ElectLeaders(false, all));
    }

    @Test
    void aTransactionIsEndedByTheNextCoordinator() throws Exception {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("transactional.id", "moving");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            int home = brokers.coordinator(TRANSACTION, "moving");
            awaitInSync();
            producer.beginTransaction();
            send(producer, "before");
            brokers.broker(home).fallSilent();
            producer.commitTransaction();
            assertThat(
                            requireNonNull(brokers.first.image().topics().get(TRANSACTIONS))
                                    .partitions())
                    .allMatch(one -> one.leader() == brokers.other(home));
            producer.beginTransaction();
            send(producer, "after");
            producer.commitTransaction();
        }
        assertThat(read(4)).containsExactlyInAnyOrder("before-0", "before-1", "after-0", "after-1");
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String value)
            throws Exception {
        for (int partition = 0; partition < 2; partition++) {
            producer.send(
                            new ProducerRecord<>(
                                    "pairs",
                                    partition,
                                    null,
                                    (value + "-" + partition).getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private List<String> read(int count) {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<org.apache.kafka.common.TopicPartition> all =
                    List.of(
                            new org.apache.kafka.common.TopicPartition("pairs", 0),
                            new org.apache.kafka.common.TopicPartition("pairs", 1));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + Duration.ofSeconds(WAIT_SECONDS).toNanos();
            while (values.size() < count && System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(200))) {
                    values.add(new String(one.value(), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }
}
