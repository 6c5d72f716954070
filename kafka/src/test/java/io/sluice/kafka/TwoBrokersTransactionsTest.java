package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.FIRST;
import static io.sluice.kafka.TwoBrokers.SECOND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions over partitions, groups and coordinators of two brokers. */
final class TwoBrokersTransactionsTest {

    private static final byte TRANSACTION = 1;
    private static final int PRODUCERS = 6;
    private static final int ROUNDS = 5;
    private static final int WAIT_SECONDS = 20;

    private TwoBrokers brokers;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home);
        brokers.createTopic("pairs");
    }

    @AfterEach
    void stop() throws Exception {
        brokers.close();
    }

    private KafkaProducer<byte[], byte[]> producer(String id) {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("transactional.id", id);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(int partition, String value) {
        return new ProducerRecord<>(
                "pairs", partition, null, value.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void commitAndAbortWhereverPartitionsGroupsAndCoordinatorsAre() throws Exception {
        Set<String> committed = new HashSet<>();
        Set<Integer> coordinators = new HashSet<>();
        Set<Integer> groupCoordinators = new HashSet<>();
        Map<String, Long> offsets = new HashMap<>();
        for (int p = 0; p < PRODUCERS; p++) {
            String id = "tx-" + p;
            coordinators.add(brokers.coordinator(TRANSACTION, id));
            groupCoordinators.add(brokers.coordinator((byte) 0, "group-" + p));
            try (KafkaProducer<byte[], byte[]> producer = producer(id)) {
                producer.initTransactions();
                for (int round = 0; round < ROUNDS; round++) {
                    producer.beginTransaction();
                    List<String> values = new ArrayList<>();
                    for (int partition = 0; partition < 2; partition++) {
                        String value = "%s-%d-%d".formatted(id, round, partition);
                        values.add(value);
                        producer.send(record(partition, value));
                    }
                    producer.sendOffsetsToTransaction(
                            Map.of(
                                    new TopicPartition("pairs", 0),
                                    new OffsetAndMetadata(round + 100L)),
                            new ConsumerGroupMetadata("group-" + p));
                    if (round % 3 == 1) {
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                        committed.addAll(values);
                        offsets.put("group-" + p, round + 100L);
                    }
                }
            }
        }
        assertThat(coordinators)
                .as("both brokers coordinate")
                .containsExactlyInAnyOrder(FIRST, SECOND);
        assertThat(groupCoordinators).containsExactlyInAnyOrder(FIRST, SECOND);
        assertThat(read(committed.size())).containsExactlyInAnyOrderElementsOf(committed);
        try (Admin admin = Admin.create(brokers.clientConfig())) {
            for (Map.Entry<String, Long> one : offsets.entrySet()) {
                Map<TopicPartition, OffsetAndMetadata> found =
                        admin.listConsumerGroupOffsets(one.getKey())
                                .partitionsToOffsetAndMetadata()
                                .get();
                assertThat(requireNonNull(found.get(new TopicPartition("pairs", 0))).offset())
                        .isEqualTo(one.getValue());
            }
            assertThat(admin.listTransactions().all().get())
                    .as("each broker lists its own")
                    .hasSize(PRODUCERS);
        }
        assertThat(listed(FIRST) + listed(SECOND)).isEqualTo(PRODUCERS);
        assertThat(listed(FIRST)).isPositive();
        assertThat(listed(SECOND)).isPositive();
    }

    private int listed(int broker) throws Exception {
        try (RawClient client = brokers.broker(broker).connect()) {
            ListTransactionsResponseData answer =
                    client.call(
                            ApiKeys.LIST_TRANSACTIONS,
                            2,
                            new ListTransactionsRequestData(),
                            ListTransactionsResponseData.class);
            assertThat(answer.errorCode()).isZero();
            return answer.transactionStates().size();
        }
    }

    /** All that is committed, up to the last stable offset of both partitions. */
    private List<String> read(int count) {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all =
                    List.of(new TopicPartition("pairs", 0), new TopicPartition("pairs", 1));
            consumer.assign(all);
            long end = System.nanoTime() + Duration.ofSeconds(WAIT_SECONDS).toNanos();
            while (values.size() < count && System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(200))) {
                    values.add(new String(one.value(), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }

    /** Producers before transaction version 2 tell the coordinator, and the partition asks it. */
    @Test
    void aPartitionAsksTheCoordinatorOfAnotherBroker() throws Exception {
        String id = idCoordinatedBy(SECOND);
        Requests requests = new Requests("pairs", Uuid.ZERO_UUID, "");
        try (RawClient atFirst = brokers.first.connect();
                RawClient atSecond = brokers.second.connect()) {
            InitProducerIdResponseData begun;
            do {
                begun =
                        atSecond.call(
                                ApiKeys.INIT_PRODUCER_ID,
                                4,
                                TransactionRequests.begin(id, 60_000),
                                InitProducerIdResponseData.class);
            } while (begun.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
            assertThat(begun.errorCode()).isZero();
            long producer = begun.producerId();
            assertThat(produce(atFirst, requests, id, producer, 11))
                    .isEqualTo(Errors.TRANSACTION_ABORTABLE);
            assertThat(produce(atFirst, requests, id, producer, 10))
                    .isEqualTo(Errors.INVALID_TXN_STATE);
            AddPartitionsToTxnResponseData added =
                    atSecond.call(
                            ApiKeys.ADD_PARTITIONS_TO_TXN,
                            3,
                            TransactionRequests.addPartitions(
                                    3, id, producer, begun.producerEpoch(), "pairs", 0, false),
                            AddPartitionsToTxnResponseData.class);
            assertThat(
                            added.resultsByTopicV3AndBelow()
                                    .find("pairs")
                                    .resultsByPartition()
                                    .find(0)
                                    .partitionErrorCode())
                    .isZero();
            assertThat(produce(atFirst, requests, id, producer, 10)).isEqualTo(Errors.NONE);
            assertThat(produce(atFirst, requests, id, producer + 1, 10))
                    .as("a producer that its coordinator does not know")
                    .isEqualTo(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
    }

    /** Nobody but the coordinator can say yes: the producer tries again until it is back. */
    @Test
    void aCoordinatorThatCannotBeReachedIsTriedAgain() throws Exception {
        String id = idCoordinatedBy(SECOND);
        Requests requests = new Requests("pairs", Uuid.ZERO_UUID, "");
        brokers.second.server().close(0);
        try (RawClient atFirst = brokers.first.connect()) {
            assertThat(produce(atFirst, requests, id, 5, 12)).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
        }
    }

    /** One turn of a loop has more for a broker than a request takes, and of one producer twice. */
    @Test
    void markersOfOneTurnGoTogetherAndEachIsAnswered() throws Exception {
        int producers = 1_500;
        List<CompletableFuture<ErrorCode>> answers = new CopyOnWriteArrayList<>();
        brokers.first
                .loop()
                .execute(() -> {
                    for (int i = 0; i < producers; i++) {
                        answers.add(write("pairs", i % 2, i, 0));
                        if (i % 500 == 0) {
                            answers.add(write("pairs", i % 2, i, 1));
                        }
                    }
                    answers.add(write("pairs", 1, 1, 0));
                    answers.add(write("__transaction_state", 0, 1, 0));
                    answers.add(write("absent", 0, 1, 0));
                });
        TestBroker.awaitUntil(() -> answers.size() == producers + 3 + 3);
        for (CompletableFuture<ErrorCode> answer : answers.subList(0, producers + 4)) {
            assertThat(TestBroker.await(answer)).isEqualTo(ErrorCode.NONE);
        }
        assertThat(TestBroker.await(answers.get(producers + 4)))
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(TestBroker.await(answers.getLast()))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private CompletableFuture<ErrorCode> write(
            String topic, int partition, long producer, int epoch) {
        CompletableFuture<ErrorCode> answer = new CompletableFuture<>();
        brokers.first.routedMarkers.write(
                new io.sluice.core.model.TopicPartition(topic, partition),
                new TransactionMarker(producer, (short) epoch, 0, true, (short) 1),
                brokers.first.loop(),
                answer::complete);
        return answer;
    }

    private String idCoordinatedBy(int broker) throws Exception {
        for (int i = 0; ; i++) {
            if (brokers.coordinator(TRANSACTION, "id-" + i) == broker) {
                return "id-" + i;
            }
        }
    }

    private static Errors produce(
            RawClient client, Requests requests, String id, long producer, int version)
            throws Exception {
        ProduceResponseData answer =
                client.call(
                        ApiKeys.PRODUCE,
                        version,
                        requests.produce(
                                        version,
                                        -1,
                                        TransactionsInPartitionsTest.batch(producer, 0, 0, "x"))
                                .setTransactionalId(id),
                        ProduceResponseData.class);
        return Errors.forCode(
                answer.responses().iterator().next().partitionResponses().getFirst().errorCode());
    }
}
