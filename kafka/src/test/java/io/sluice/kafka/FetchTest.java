package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import io.sluice.engine.fake.Batches;
import io.sluice.kafka.codec.Ids;
import io.sluice.transport.TransportSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Sessions, long polls and bounds of Fetch; the order of what is pipelined. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FetchTest {

    private static final int SESSIONS = 3;
    private static final int LONG_MS = 10_000;
    private static final int WAIT_MS = 500;
    private static final long EVICTABLE_MS = 120_000;

    private TestBroker broker;
    private Requests requests;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home, Map.of(), TransportSettings.DEFAULT, SESSIONS, 10 << 20);
    }

    @AfterAll
    void stop() throws Exception {
        broker.close();
    }

    @BeforeEach
    void aTopicOfItsOwn(TestInfo test) throws Exception {
        String name = test.getTestMethod().orElseThrow().getName();
        broker.createTopic(name, 3, Map.of());
        TopicImage topic = requireNonNull(broker.image().topics().get(name));
        requests = new Requests(name, Ids.toKafka(topic.id()), "/");
    }

    private void produce(int records) throws Exception {
        try (RawClient client = broker.connect()) {
            ProduceResponseData answer =
                    client.call(
                            ApiKeys.PRODUCE,
                            13,
                            requests.produce(13, -1, Batches.plain(records, 1_000L)),
                            ProduceResponseData.class);
            assertThat(
                            answer.responses()
                                    .iterator()
                                    .next()
                                    .partitionResponses()
                                    .getFirst()
                                    .errorCode())
                    .isZero();
        }
    }

    private FetchRequestData fetch(int epoch, int session, int... partitions) {
        FetchRequestData request =
                requests.fetch(17, 0, 0).setSessionEpoch(epoch).setSessionId(session);
        return request.setTopics(
                partitions.length == 0
                        ? List.of()
                        : List.of(requests.fetchTopic(17, 0, partitions)));
    }

    private static FetchResponseData call(RawClient client, FetchRequestData request)
            throws Exception {
        return client.call(ApiKeys.FETCH, 17, request, FetchResponseData.class);
    }

    private static int count(FetchResponseData answer) {
        return answer.responses().stream().mapToInt(topic -> topic.partitions().size()).sum();
    }

    @Test
    void aSessionTellsOnlyNews() throws Exception {
        try (RawClient client = broker.connect()) {
            FetchResponseData first = call(client, fetch(0, 0, 0, 1, 2));
            assertThat(first.sessionId()).isPositive();
            assertThat(count(first)).isEqualTo(3);
            assertThat(count(call(client, fetch(1, first.sessionId())))).isZero();
            produce(4);
            FetchResponseData news = call(client, fetch(2, first.sessionId()));
            assertThat(count(news)).isEqualTo(1);
            FetchResponseData.PartitionData data =
                    news.responses().getFirst().partitions().getFirst();
            assertThat(data.highWatermark()).isEqualTo(4);
            assertThat(data.records().sizeInBytes()).isPositive();

            FetchRequestData forgetting = fetch(3, first.sessionId());
            forgetting.setForgottenTopicsData(
                    List.of(
                            new FetchRequestData.ForgottenTopic()
                                    .setTopicId(requests.fetchTopic(17, 0).topicId())
                                    .setPartitions(List.of(0))));
            assertThat(count(call(client, forgetting))).isZero();

            assertThat(call(client, fetch(9, first.sessionId())).errorCode())
                    .isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH.code());
            assertThat(call(client, fetch(4, first.sessionId() + 1)).errorCode())
                    .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
            FetchRequestData byName = requests.fetch(12, 0, 0);
            byName.setSessionEpoch(4).setSessionId(first.sessionId());
            assertThat(client.call(ApiKeys.FETCH, 12, byName, FetchResponseData.class).errorCode())
                    .isEqualTo(Errors.FETCH_SESSION_TOPIC_ID_ERROR.code());
            try (RawClient thief = broker.connect()) {
                assertThat(call(thief, fetch(4, first.sessionId())).errorCode())
                        .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
            }
            assertThat(call(client, fetch(-1, first.sessionId(), 0)).sessionId()).isZero();
        }
    }

    @Test
    void sessionsAreBoundedAndGoWithTheirConnection() throws Exception {
        RawClient[] clients = new RawClient[SESSIONS + 1];
        for (int i = 0; i <= SESSIONS; i++) {
            clients[i] = broker.connect();
        }
        for (int i = 0; i < SESSIONS; i++) {
            assertThat(call(clients[i], fetch(0, 0, 0)).sessionId()).isPositive();
        }
        // Recently used, none makes room; the client is served without.
        FetchResponseData without = call(clients[SESSIONS], fetch(0, 0, 0));
        assertThat(without.sessionId()).isZero();
        assertThat(count(without)).isEqualTo(1);
        clients[0].close();
        int session = 0;
        for (int i = 0; i < 10_000 && session == 0; i++) {
            session = call(clients[SESSIONS], fetch(0, 0, 0)).sessionId();
        }
        assertThat(session).isPositive();
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void whoseSessionMadeRoomIsToldToBeginAnew() throws Exception {
        RawClient[] clients = new RawClient[SESSIONS + 1];
        int[] session = new int[SESSIONS + 1];
        for (int i = 0; i <= SESSIONS; i++) {
            clients[i] = broker.connect();
        }
        for (int i = 0; i < SESSIONS; i++) {
            session[i] = call(clients[i], fetch(0, 0, 0)).sessionId();
        }
        broker.skip(EVICTABLE_MS);
        for (int i = 1; i < SESSIONS; i++) {
            assertThat(call(clients[i], fetch(1, session[i])).errorCode()).isZero();
        }
        assertThat(call(clients[SESSIONS], fetch(0, 0, 0)).sessionId()).isPositive();
        assertThat(call(clients[0], fetch(1, session[0])).errorCode())
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND.code());
        for (int i = 1; i < SESSIONS; i++) {
            assertThat(call(clients[i], fetch(2, session[i])).errorCode()).isZero();
        }
        FetchResponseData anew = call(clients[0], fetch(0, 0, 0));
        assertThat(anew.sessionId()).as("all are in use").isZero();
        assertThat(count(anew)).isEqualTo(1);
        for (RawClient client : clients) {
            client.close();
        }
    }

    /** KIP-595: who holds more of an epoch than the leader hears at once where that epoch ends. */
    @Test
    void whoIsBeyondTheEndOfItsEpochHearsTheEndAtOnceAndGetsNoRecords() throws Exception {
        produce(5);
        try (RawClient client = broker.connect()) {
            FetchRequestData beyond = requests.fetch(17, 0, LONG_MS);
            beyond.topics()
                    .getFirst()
                    .partitions()
                    .getFirst()
                    .setFetchOffset(9)
                    .setLastFetchedEpoch(0);
            FetchResponseData.PartitionData answer =
                    call(client, beyond).responses().getFirst().partitions().getFirst();
            assertThat(answer.errorCode()).isZero();
            assertThat(answer.divergingEpoch().epoch()).isZero();
            assertThat(answer.divergingEpoch().endOffset()).isEqualTo(5);
            assertThat(answer.records().sizeInBytes()).isZero();
        }
    }

    @Test
    void aFetchWaitsUntilThereIsEnough() throws Exception {
        try (RawClient client = broker.connect()) {
            FetchRequestData waiting = requests.fetch(17, 0, LONG_MS).setMinBytes(150);
            int correlation = client.send(ApiKeys.FETCH, 17, waiting);
            produce(1); // 71 bytes: too little
            assertThat(client.isSilent(300)).isTrue();
            produce(5);
            FetchResponseData answer =
                    client.receive(ApiKeys.FETCH, 17, correlation, FetchResponseData.class);
            assertThat(
                            answer.responses()
                                    .getFirst()
                                    .partitions()
                                    .getFirst()
                                    .records()
                                    .sizeInBytes())
                    .isGreaterThanOrEqualTo(150);
        }
    }

    @Test
    void theEndOfAWaitTellsWhatHasMovedMeanwhileAndNothingElse() throws Exception {
        produce(4);
        try (RawClient client = broker.connect()) {
            FetchRequestData first = fetch(0, 0, 0, 1, 2).setMaxWaitMs(0);
            first.topics().getFirst().partitions().getFirst().setFetchOffset(4);
            int session = call(client, first).sessionId();
            FetchRequestData waiting = fetch(1, session).setMinBytes(1_000).setMaxWaitMs(WAIT_MS);
            int correlation = client.send(ApiKeys.FETCH, 17, waiting);
            try (RawClient other = broker.connect()) {
                deleteBelow(other, 2);
            }
            FetchResponseData told =
                    client.receive(ApiKeys.FETCH, 17, correlation, FetchResponseData.class);
            assertThat(count(told)).isEqualTo(1);
            FetchResponseData.PartitionData moved =
                    told.responses().getFirst().partitions().getFirst();
            assertThat(moved.partitionIndex()).isZero();
            assertThat(moved.logStartOffset()).isEqualTo(2L);
            assertThat(moved.highWatermark()).isEqualTo(4L);
            FetchRequestData again = fetch(2, session).setMinBytes(1_000).setMaxWaitMs(WAIT_MS);
            assertThat(count(call(client, again))).isZero();
        }
    }

    private void deleteBelow(RawClient client, long offset) throws Exception {
        DeleteRecordsRequestData request = new DeleteRecordsRequestData().setTimeoutMs(LONG_MS);
        request.topics()
                .add(
                        new DeleteRecordsRequestData.DeleteRecordsTopic()
                                .setName(requests.fetchTopic(12, 0).topic())
                                .setPartitions(
                                        List.of(
                                                new DeleteRecordsRequestData
                                                                .DeleteRecordsPartition()
                                                        .setPartitionIndex(0)
                                                        .setOffset(offset))));
        DeleteRecordsResponseData answer =
                client.call(ApiKeys.DELETE_RECORDS, 2, request, DeleteRecordsResponseData.class);
        assertThat(answer.topics().iterator().next().partitions().iterator().next().errorCode())
                .isZero();
    }

    @Test
    void aTopicThatGoesWhileAFetchWaitsIsToldOf() throws Exception {
        try (RawClient client = broker.connect()) {
            int correlation = client.send(ApiKeys.FETCH, 17, requests.fetch(17, 0, LONG_MS));
            try (RawClient other = broker.connect()) {
                DeleteTopicsRequestData gone =
                        new DeleteTopicsRequestData()
                                .setTimeoutMs(LONG_MS)
                                .setTopics(
                                        List.of(
                                                new DeleteTopicsRequestData.DeleteTopicState()
                                                        .setTopicId(
                                                                requests.fetchTopic(17, 0)
                                                                        .topicId())));
                other.call(ApiKeys.DELETE_TOPICS, 6, gone, DeleteTopicsResponseData.class);
            }
            FetchResponseData told =
                    client.receive(ApiKeys.FETCH, 17, correlation, FetchResponseData.class);
            assertThat(told.responses().getFirst().partitions().getFirst().errorCode())
                    .isIn(Errors.UNKNOWN_TOPIC_ID.code(), Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
    }

    @Test
    void aFetchThatWaitsHoldsUpOnlyItsConnection() throws Exception {
        try (RawClient client = broker.connect()) {
            int waiting = client.send(ApiKeys.FETCH, 17, requests.fetch(17, 0, LONG_MS));
            int behind = client.send(ApiKeys.METADATA, 9, new MetadataRequestData());
            assertThat(client.isSilent(200)).isTrue();
            produce(1);
            client.receive(ApiKeys.FETCH, 17, waiting, FetchResponseData.class);
            client.receive(ApiKeys.METADATA, 9, behind, MetadataResponseData.class);
        }
    }

    @Test
    void maxBytesBoundsAndOneBatchAlwaysComes() throws Exception {
        for (int i = 0; i < 5; i++) {
            produce(10); // 161 bytes
        }
        try (RawClient client = broker.connect()) {
            FetchRequestData small = requests.fetch(17, 0, 0).setMaxBytes(10);
            assertThat(bytes(call(client, small))).isEqualTo(161);
            FetchRequestData two = requests.fetch(17, 0, 0).setMaxBytes(400);
            assertThat(bytes(call(client, two))).isBetween(322, 400);
            FetchRequestData replica = requests.fetch(12, 0, 0).setReplicaId(TestBroker.ID);
            assertThat(
                            client.call(ApiKeys.FETCH, 12, replica, FetchResponseData.class)
                                    .responses()
                                    .getFirst()
                                    .partitions()
                                    .getFirst()
                                    .errorCode())
                    .isZero();
        }
    }

    private static int bytes(FetchResponseData answer) {
        return answer.responses().getFirst().partitions().getFirst().records().sizeInBytes();
    }

    @Test
    void manyWhoLeaveWhileTheyWaitLeaveNothingBehind() throws Exception {
        for (int i = 0; i < 200; i++) {
            try (RawClient client = broker.connect()) {
                client.send(ApiKeys.FETCH, 17, requests.fetch(17, 0, LONG_MS).setMinBytes(1_000));
                if (i % 20 == 0) {
                    produce(1);
                }
            }
        }
        try (RawClient client = broker.connect()) {
            assertThat(bytes(call(client, requests.fetch(17, 0, 0)))).isEqualTo(10 * 71);
        }
    }

    @Test
    void pipelinedProduceIsStoredAndAnsweredInOrder() throws Exception {
        int count = 200;
        try (RawClient client = broker.connect()) {
            int[] correlations = new int[count];
            for (int i = 0; i < count; i++) {
                correlations[i] =
                        client.send(
                                ApiKeys.PRODUCE,
                                9,
                                requests.produce(9, -1, Batches.of(1, 1_000L, 77L, 0, i, i)));
            }
            for (int i = 0; i < count; i++) {
                ProduceResponseData.PartitionProduceResponse answer =
                        client.receive(
                                        ApiKeys.PRODUCE,
                                        9,
                                        correlations[i],
                                        ProduceResponseData.class)
                                .responses()
                                .iterator()
                                .next()
                                .partitionResponses()
                                .getFirst();
                assertThat(answer.errorCode()).isZero();
                assertThat(answer.baseOffset()).isEqualTo(i);
            }
        }
    }

    @Test
    void aFailureWithoutAcknowledgementEndsTheConnectionAfterEarlierAnswers() throws Exception {
        try (RawClient client = broker.connect()) {
            int good =
                    client.send(ApiKeys.PRODUCE, 9, requests.produce(9, -1, Batches.plain(1, 1L)));
            java.nio.ByteBuffer broken = Batches.plain(1, 1L);
            broken.put(70, (byte) 99);
            client.send(ApiKeys.PRODUCE, 9, requests.produce(9, 0, broken));
            client.receive(ApiKeys.PRODUCE, 9, good, ProduceResponseData.class);
            assertThat(client.isEnded()).isTrue();
        }
    }
}
