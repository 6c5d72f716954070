package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.TransactionGate;
import io.sluice.kafka.codec.Ids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions as partitions see them, through the door: the coordinator is what a test says it is,
 * and markers come by hand.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TransactionsInPartitionsTest {

    private TestBroker broker;
    private Requests requests;
    private String topic;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
    }

    @AfterAll
    void stop() throws Exception {
        broker.close();
    }

    @BeforeEach
    void aTopicOfItsOwn(TestInfo test) throws Exception {
        topic = test.getTestMethod().orElseThrow().getName();
        broker.createTopic(topic, 1, Map.of());
        TopicImage image = requireNonNull(broker.image().topics().get(topic));
        requests = new Requests(topic, Ids.toKafka(image.id()), "/");
        broker.gate = answering(call -> ErrorCode.NONE);
    }

    /** A coordinator with an answer for its first call, its second, and so on. */
    private static TransactionGate answering(IntFunction<ErrorCode> verdicts) {
        AtomicInteger calls = new AtomicInteger();
        return (id, producer, epoch, partitions, add, loop, answer) -> {
            ErrorCode verdict = verdicts.apply(calls.getAndIncrement());
            Map<TopicPartition, ErrorCode> all = new LinkedHashMap<>();
            partitions.forEach(one -> all.put(one, verdict));
            loop.execute(() -> answer.accept(all));
        };
    }

    static ByteBuffer batch(long producer, int epoch, int sequence, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1_000L, null, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producer, (short) epoch, sequence, records)
                .buffer();
    }

    private ErrorCode produce(int version, ByteBuffer batch) throws Exception {
        return produce(version, batch, "transfers");
    }

    private ErrorCode produce(int version, ByteBuffer batch, @Nullable String id) throws Exception {
        try (RawClient client = broker.connect()) {
            ProduceRequestData request =
                    requests.produce(version, -1, batch).setTransactionalId(id);
            ProduceResponseData answer =
                    client.call(ApiKeys.PRODUCE, version, request, ProduceResponseData.class);
            return code(
                    answer.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .getFirst()
                            .errorCode());
        }
    }

    private static ErrorCode code(short number) {
        return ErrorCode.valueOf(Errors.forCode(number).name());
    }

    private ErrorCode end(long producer, int epoch, boolean commit) throws Exception {
        return end(requests.writeMarker(producer, epoch, commit));
    }

    private ErrorCode end(WriteTxnMarkersRequestData request) throws Exception {
        try (RawClient client = broker.connect()) {
            WriteTxnMarkersResponseData answer =
                    client.call(
                            ApiKeys.WRITE_TXN_MARKERS,
                            2,
                            request,
                            WriteTxnMarkersResponseData.class);
            return code(
                    answer.markers()
                            .getFirst()
                            .topics()
                            .getFirst()
                            .partitions()
                            .getFirst()
                            .errorCode());
        }
    }

    private FetchRequestData committed(long offset, int waitMs) {
        return requests.fetch(17, offset, waitMs).setIsolationLevel((byte) 1);
    }

    private static FetchResponseData.PartitionData data(FetchResponseData answer) {
        return answer.responses().getFirst().partitions().getFirst();
    }

    private FetchResponseData.PartitionData fetch(FetchRequestData request) throws Exception {
        try (RawClient client = broker.connect()) {
            return data(client.call(ApiKeys.FETCH, 17, request, FetchResponseData.class));
        }
    }

    @Test
    void aFetchWaitsForTheEnd() throws Exception {
        assertThat(produce(12, batch(1, 0, 0, "a"))).isEqualTo(ErrorCode.NONE);
        assertThat(fetch(requests.fetch(17, 0, 0)).records().sizeInBytes()).isPositive();
        FetchResponseData.PartitionData before = fetch(committed(0, 0));
        assertThat(before.records().sizeInBytes()).isZero();
        assertThat(before.highWatermark()).isEqualTo(1L);
        assertThat(before.lastStableOffset()).isZero();
        try (RawClient waiting = broker.connect()) {
            int correlation = waiting.send(ApiKeys.FETCH, 17, committed(0, 15_000));
            assertThat(end(1, 1, true)).isEqualTo(ErrorCode.NONE);
            FetchResponseData.PartitionData after =
                    data(waiting.receive(ApiKeys.FETCH, 17, correlation, FetchResponseData.class));
            assertThat(after.records().sizeInBytes()).isPositive();
            assertThat(after.lastStableOffset()).isEqualTo(2L);
            assertThat(after.abortedTransactions()).isEmpty();
        }
    }

    @Test
    void abortedOnesAreToldToThoseWhoAsk() throws Exception {
        produce(12, batch(1, 0, 0, "a"));
        produce(12, batch(2, 0, 0, "b"));
        end(1, 1, false);
        end(2, 1, true);
        assertThat(fetch(committed(0, 0)).abortedTransactions())
                .containsExactly(
                        new FetchResponseData.AbortedTransaction()
                                .setProducerId(1)
                                .setFirstOffset(0));
        assertThat(fetch(committed(3, 0)).abortedTransactions()).isEmpty();
        assertThat(fetch(requests.fetch(17, 0, 0)).abortedTransactions()).isNull();
    }

    @Test
    void aRealConsumerSeesWhatIsCommitted() throws Exception {
        produce(12, batch(1, 0, 0, "aborted"));
        produce(12, batch(2, 0, 0, "committed", "too"));
        end(1, 1, false);
        produce(12, batch(1, 1, 0, "next"));
        end(2, 1, true);
        end(1, 2, true);
        produce(12, batch(2, 1, 0, "open"));
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(
                "bootstrap.servers",
                broker.address().getHostString() + ":" + broker.address().getPort());
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", 1);
        List<String> seen = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            org.apache.kafka.common.TopicPartition partition =
                    new org.apache.kafka.common.TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
            assertThat(end).isEqualTo(7L);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofSeconds(5))) {
                    seen.add(one.value());
                }
            }
        }
        assertThat(seen).containsExactly("committed", "too", "next");
    }

    @Test
    void theCoordinatorsWordIsPutForTheProducersVersion() throws Exception {
        Map<ErrorCode, List<ErrorCode>> expected = new LinkedHashMap<>();
        ErrorCode again = ErrorCode.NOT_ENOUGH_REPLICAS;
        expected.put(ErrorCode.COORDINATOR_NOT_AVAILABLE, List.of(again, again, again));
        expected.put(ErrorCode.CONCURRENT_TRANSACTIONS, List.of(again, again, again));
        expected.put(
                ErrorCode.TRANSACTION_ABORTABLE,
                List.of(
                        ErrorCode.INVALID_TXN_STATE,
                        ErrorCode.TRANSACTION_ABORTABLE,
                        ErrorCode.TRANSACTION_ABORTABLE));
        ErrorCode fenced = ErrorCode.INVALID_PRODUCER_EPOCH;
        expected.put(ErrorCode.PRODUCER_FENCED, List.of(fenced, fenced, fenced));
        for (Map.Entry<ErrorCode, List<ErrorCode>> one : expected.entrySet()) {
            broker.gate = answering(call -> one.getKey());
            for (int i = 0; i < 3; i++) {
                assertThat(produce(10 + i, batch(1, 0, 0, "a")))
                        .as("%s, version %d", one.getKey(), 10 + i)
                        .isEqualTo(one.getValue().get(i));
            }
        }
        broker.gate = answering(call -> ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(produce(13, batch(1, 0, 0, "a"))).isEqualTo(again);
        assertThat(fetch(requests.fetch(17, 0, 0)).highWatermark()).isZero();
    }

    @Test
    void aCoordinatorThatStillEndsTheOneBeforeIsAskedAgain() throws Exception {
        broker.gate =
                answering(call -> call < 3 ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.NONE);
        assertThat(produce(12, batch(1, 0, 0, "a"))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void onlyTheFirstBatchAsks() throws Exception {
        broker.gate =
                answering(call -> call == 0 ? ErrorCode.NONE : ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(produce(12, batch(1, 0, 0, "a"))).isEqualTo(ErrorCode.NONE);
        assertThat(produce(12, batch(1, 0, 1, "b"))).isEqualTo(ErrorCode.NONE);
        assertThat(produce(12, batch(1, 0, 1, "b"))).as("a retry").isEqualTo(ErrorCode.NONE);
        assertThat(fetch(requests.fetch(17, 0, 0)).highWatermark()).isEqualTo(2L);
    }

    /** Sent at once; the coordinator takes its time with every batch that asks it. */
    @Test
    void aBatchDoesNotOvertakeOneThatWaitsForTheCoordinator() throws Exception {
        TransactionGate prompt = broker.gate;
        AtomicInteger calls = new AtomicInteger();
        broker.gate =
                (id, producer, epoch, partitions, add, loop, answer) ->
                        loop.execute(() -> {
                            long waitMs = 100L + 200L * calls.getAndIncrement();
                            loop.schedule(
                                    waitMs,
                                    () ->
                                            prompt.admit(
                                                    id,
                                                    producer,
                                                    epoch,
                                                    partitions,
                                                    add,
                                                    loop,
                                                    answer));
                        });
        try (RawClient client = broker.connect()) {
            List<Integer> sent = new ArrayList<>();
            sent.add(send(client, batch(1, 0, 0, "a")));
            sent.add(send(client, batch(1, 0, 1, "b")));
            assertThat(received(client, sent.get(0))).isEqualTo(ErrorCode.NONE);
            sent.add(send(client, batch(1, 0, 2, "c")));
            assertThat(received(client, sent.get(1))).isEqualTo(ErrorCode.NONE);
            assertThat(received(client, sent.get(2))).isEqualTo(ErrorCode.NONE);
        }
        assertThat(fetch(requests.fetch(17, 0, 0)).highWatermark()).isEqualTo(3L);
    }

    private int send(RawClient client, ByteBuffer batch) throws Exception {
        return client.send(
                ApiKeys.PRODUCE,
                12,
                requests.produce(12, -1, batch).setTransactionalId("transfers"));
    }

    private static ErrorCode received(RawClient client, int correlation) throws Exception {
        ProduceResponseData answer =
                client.receive(ApiKeys.PRODUCE, 12, correlation, ProduceResponseData.class);
        return code(
                answer.responses().iterator().next().partitionResponses().getFirst().errorCode());
    }

    @Test
    void aMarkerInBetweenMakesTheWordVoid() throws Exception {
        TransactionGate open = broker.gate;
        broker.gate =
                (id, producer, epoch, partitions, add, loop, answer) -> {
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    end(1, 1, false);
                                } catch (Exception e) {
                                    broker.defects.add(e);
                                }
                                open.admit(id, producer, epoch, partitions, add, loop, answer);
                            });
                };
        assertThat(produce(12, batch(1, 0, 0, "a"))).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(fetch(committed(0, 0)).lastStableOffset()).isEqualTo(1L);
    }

    @Test
    void aTransactionHasAnId() throws Exception {
        assertThat(produce(12, batch(1, 0, 0, "a"), null))
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    @Test
    void lateMarkersAreRefused() throws Exception {
        produce(12, batch(1, 3, 0, "a"));
        assertThat(end(1, 3, true)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(1, 4, true)).isEqualTo(ErrorCode.NONE);
        assertThat(end(1, 4, true)).as("repeated").isEqualTo(ErrorCode.NONE);
        WriteTxnMarkersRequestData old = requests.writeMarker(1, 5, false);
        old.markers().getFirst().setCoordinatorEpoch(-7);
        assertThat(end(old)).isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        Requests elsewhere = new Requests("nowhere", org.apache.kafka.common.Uuid.ZERO_UUID, "/");
        assertThat(end(elsewhere.writeMarker(1, 5, true)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void openTransactionsAreDescribed() throws Exception {
        produce(12, batch(1, 0, 0, "a"));
        end(1, 1, true);
        produce(12, batch(1, 1, 0, "b"));
        try (RawClient client = broker.connect()) {
            DescribeProducersResponseData.ProducerState state =
                    client.call(
                                    ApiKeys.DESCRIBE_PRODUCERS,
                                    0,
                                    requests.of(ApiKeys.DESCRIBE_PRODUCERS, 0),
                                    DescribeProducersResponseData.class)
                            .topics()
                            .getFirst()
                            .partitions()
                            .getFirst()
                            .activeProducers()
                            .getFirst();
            assertThat(state.currentTxnStartOffset()).isEqualTo(2L);
            assertThat(state.coordinatorEpoch()).isZero();
            assertThat(state.producerEpoch()).isOne();
        }
    }

    @Test
    void anAdministratorEndsATransactionThatHangs() throws Exception {
        produce(12, batch(1, 3, 0, "a"));
        org.apache.kafka.common.TopicPartition partition =
                new org.apache.kafka.common.TopicPartition(topic, 0);
        try (Admin admin =
                Admin.create(
                        Map.of(
                                "bootstrap.servers",
                                broker.address().getHostString()
                                        + ":"
                                        + broker.address().getPort()))) {
            ProducerState open = describe(admin, partition);
            assertThat(open.currentTransactionStartOffset()).hasValue(0L);
            admin.abortTransaction(
                            new AbortTransactionSpec(
                                    partition,
                                    open.producerId(),
                                    (short) open.producerEpoch(),
                                    open.coordinatorEpoch().orElse(0)))
                    .all()
                    .get(15, TimeUnit.SECONDS);
            assertThat(describe(admin, partition).currentTransactionStartOffset()).isEmpty();
        }
        FetchResponseData.PartitionData after = fetch(committed(0, 0));
        assertThat(after.lastStableOffset()).isEqualTo(2L);
        assertThat(after.abortedTransactions()).hasSize(1);
    }

    private static ProducerState describe(
            Admin admin, org.apache.kafka.common.TopicPartition partition) throws Exception {
        return admin.describeProducers(List.of(partition))
                .partitionResult(partition)
                .get(15, TimeUnit.SECONDS)
                .activeProducers()
                .getFirst();
    }

    @Test
    void listedOffsetsEndAtTheLastStableOne() throws Exception {
        produce(12, batch(1, 0, 0, "a"));
        assertThat(listed(-1L, 0)).isEqualTo(1L);
        assertThat(listed(-1L, 1)).isZero();
        assertThat(listed(500L, 0)).isZero();
        assertThat(listed(500L, 1)).isEqualTo(-1L);
        assertThat(listed(-3L, 1)).isEqualTo(-1L);
        end(1, 1, false);
        assertThat(listed(-1L, 1)).isEqualTo(2L);
    }

    private long listed(long time, int isolation) throws Exception {
        ListOffsetsRequestData request =
                new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setIsolationLevel((byte) isolation)
                        .setTopics(
                                List.of(
                                        new ListOffsetsRequestData.ListOffsetsTopic()
                                                .setName(topic)
                                                .setPartitions(
                                                        List.of(Requests.listOffset(0, time)))));
        try (RawClient client = broker.connect()) {
            return client.call(ApiKeys.LIST_OFFSETS, 8, request, ListOffsetsResponseData.class)
                    .topics()
                    .getFirst()
                    .partitions()
                    .getFirst()
                    .offset();
        }
    }
}
