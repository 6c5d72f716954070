package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.codec.SettleField;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What producers with a transactional id are told, by raw frames. */
final class TransactionDoorTest {

    private static final String ID = "t";

    private TestBroker broker;
    private RawClient client;
    private Uuid topicId;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        broker.createTopic("here", 2, Map.of());
        topicId = Ids.toKafka(requireNonNull(broker.image().topics().get("here")).id());
        client = broker.connect();
        awaitCoordinators(client);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        broker.close();
    }

    /** The topics of groups and transactions are made, and their coordinators have loaded. */
    static void awaitCoordinators(RawClient client) throws Exception {
        for (byte type = 0; type < 2; type++) {
            FindCoordinatorResponseData found =
                    client.call(
                            ApiKeys.FIND_COORDINATOR,
                            6,
                            new FindCoordinatorRequestData()
                                    .setKeyType(type)
                                    .setCoordinatorKeys(List.of("g")),
                            FindCoordinatorResponseData.class);
            assertThat(found.coordinators().getFirst().errorCode()).isZero();
            assertThat(found.coordinators().getFirst().nodeId()).isEqualTo(TestBroker.ID);
        }
        short error;
        do {
            error =
                    client.call(
                                    ApiKeys.LIST_TRANSACTIONS,
                                    2,
                                    new ListTransactionsRequestData(),
                                    ListTransactionsResponseData.class)
                            .errorCode();
        } while (error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
    }

    private InitProducerIdResponseData begin(int version, InitProducerIdRequestData request)
            throws Exception {
        return client.call(
                ApiKeys.INIT_PRODUCER_ID, version, request, InitProducerIdResponseData.class);
    }

    private long begun() throws Exception {
        InitProducerIdResponseData begun = begin(5, TransactionRequests.begin(ID, 60_000));
        assertThat(begun.errorCode()).isZero();
        return begun.producerId();
    }

    private short addOffsets(int version, long producerId, int epoch) throws Exception {
        return client.call(
                        ApiKeys.ADD_OFFSETS_TO_TXN,
                        version,
                        TransactionRequests.addOffsets(ID, producerId, epoch, "g"),
                        AddOffsetsToTxnResponseData.class)
                .errorCode();
    }

    private short commit(int version, long producerId, int epoch, long offset) throws Exception {
        return client.call(
                        ApiKeys.TXN_OFFSET_COMMIT,
                        version,
                        TransactionRequests.commit(
                                version, ID, producerId, epoch, "g", "here", topicId, offset),
                        TxnOffsetCommitResponseData.class)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode();
    }

    private EndTxnResponseData end(int version, long producerId, int epoch, boolean commit)
            throws Exception {
        return client.call(
                ApiKeys.END_TXN,
                version,
                TransactionRequests.end(ID, producerId, epoch, commit),
                EndTxnResponseData.class);
    }

    private OffsetFetchResponseData.OffsetFetchResponsePartitions fetch(boolean stable)
            throws Exception {
        OffsetFetchRequestData request =
                new OffsetFetchRequestData()
                        .setRequireStable(stable)
                        .setGroups(
                                List.of(
                                        new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                                .setGroupId("g")
                                                .setTopics(
                                                        List.of(
                                                                new OffsetFetchRequestData
                                                                                .OffsetFetchRequestTopics()
                                                                        .setName("here")
                                                                        .setPartitionIndexes(
                                                                                List.of(0))))));
        return client.call(ApiKeys.OFFSET_FETCH, 9, request, OffsetFetchResponseData.class)
                .groups()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
    }

    /** The offset that anybody sees, once no transaction may change it. */
    private long stableOffset() throws Exception {
        OffsetFetchResponseData.OffsetFetchResponsePartitions found;
        do {
            found = fetch(true);
        } while (found.errorCode() == ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
        assertThat(found.errorCode()).isZero();
        return found.committedOffset();
    }

    /** Who answers for a half message names when it began: another transaction is not ended. */
    @Test
    void anAnswerAboutATransactionThatIsNotOpenEndsNone() throws Exception {
        long producer = begun();
        assertThat(addOffsets(3, producer, 0)).isZero();
        EndTxnRequestData answer = TransactionRequests.end(ID, producer, 0, true);
        SettleField.startMs(answer, 5L);
        assertThat(client.call(ApiKeys.END_TXN, 5, answer, EndTxnResponseData.class).errorCode())
                .isEqualTo(ErrorCode.INVALID_TXN_STATE.code());
        assertThat(end(4, producer, 0, true).errorCode()).isZero();
    }

    @Test
    void producersLearnTheTransactionVersion() throws Exception {
        for (int version = 3; version <= 5; version++) {
            ApiVersionsResponseData told =
                    client.call(
                            ApiKeys.API_VERSIONS,
                            version,
                            new ApiVersionsRequestData()
                                    .setClientSoftwareName("raw")
                                    .setClientSoftwareVersion("1"),
                            ApiVersionsResponseData.class);
            assertThat(told.finalizedFeaturesEpoch()).isNotNegative();
            assertThat(told.finalizedFeatures().find("transaction.version").maxVersionLevel())
                    .isEqualTo((short) 2);
            assertThat(told.supportedFeatures().find("transaction.version").minVersion())
                    .isEqualTo((short) (version < 4 ? 1 : 0));
            assertThat(told.apiKeys().find(ApiKeys.INIT_PRODUCER_ID.id).maxVersion())
                    .isEqualTo((short) 5);
        }
    }

    @Test
    void beginsWithTheNextEpochAndFencesTheOneBefore() throws Exception {
        long producerId = begun();
        InitProducerIdResponseData second = begin(3, TransactionRequests.begin(ID, 60_000));
        assertThat(second.producerId()).isEqualTo(producerId);
        assertThat(second.producerEpoch()).isEqualTo((short) 1);
        InitProducerIdRequestData zombie =
                TransactionRequests.begin(ID, 60_000)
                        .setProducerId(producerId)
                        .setProducerEpoch((short) 0);
        assertThat(begin(4, zombie).errorCode()).isEqualTo(ErrorCode.PRODUCER_FENCED.code());
        assertThat(begin(3, zombie).errorCode()).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
        assertThat(end(1, producerId, 0, true).errorCode())
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
        assertThat(end(2, producerId, 0, true).errorCode())
                .isEqualTo(ErrorCode.PRODUCER_FENCED.code());
        assertThat(addOffsets(1, producerId, 0)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
        assertThat(addOffsets(2, producerId, 0)).isEqualTo(ErrorCode.PRODUCER_FENCED.code());
    }

    @Test
    void refusesWhatCannotBegin() throws Exception {
        assertThat(begin(5, TransactionRequests.begin("", 60_000)).errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(begin(5, TransactionRequests.begin(ID, 900_001)).errorCode())
                .isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT.code());
        assertThat(begin(6, TransactionRequests.begin(ID, 60_000).setEnable2Pc(true)).errorCode())
                .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code());
        assertThat(
                        begin(6, TransactionRequests.begin(ID, 60_000).setKeepPreparedTxn(true))
                                .errorCode())
                .isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
        assertThat(begin(5, TransactionRequests.begin(ID, 60_000).setProducerId(7)).errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    @Test
    void offsetsOfVersionTwoCountWhenCommitted() throws Exception {
        long producerId = begun();
        int epoch = 0;
        for (int version = 5; version <= 6; version++) {
            long offset = 10L * version;
            assertThat(commit(version, producerId, epoch, offset)).isZero();
            assertThat(fetch(true).errorCode()).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
            assertThat(fetch(false).committedOffset()).isNotEqualTo(offset);
            EndTxnResponseData ended = end(5, producerId, epoch, true);
            assertThat(ended.errorCode()).isZero();
            assertThat(ended.producerId()).isEqualTo(producerId);
            assertThat(ended.producerEpoch()).isEqualTo((short) (epoch + 1));
            assertThat(stableOffset()).isEqualTo(offset);
            assertThat(commit(version, producerId, epoch, offset + 1))
                    .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
            epoch = ended.producerEpoch();
        }
        assertThat(commit(5, producerId, epoch, 99)).isZero();
        assertThat(end(5, producerId, epoch, false).errorCode()).isZero();
        assertThat(stableOffset()).isEqualTo(60);
    }

    @Test
    void offsetsOfOlderVersionsAreAddedFirst() throws Exception {
        long producerId = begun();
        assertThat(commit(3, producerId, 0, 5)).isEqualTo(ErrorCode.INVALID_TXN_STATE.code());
        assertThat(commit(4, producerId, 0, 5)).isEqualTo(ErrorCode.TRANSACTION_ABORTABLE.code());
        for (int version = 0; version <= 4; version++) {
            short added;
            do {
                added = addOffsets(version, producerId, 0);
            } while (added == ErrorCode.CONCURRENT_TRANSACTIONS.code());
            assertThat(added).isZero();
            assertThat(commit(version, producerId, 0, 10 + version)).isZero();
            assertThat(end(Math.min(version, 4), producerId, 0, true).errorCode()).isZero();
            assertThat(stableOffset()).isEqualTo(10 + version);
        }
    }

    @Test
    void aTopicThatIsNotThereHasNoOffsets() throws Exception {
        long producerId = begun();
        TxnOffsetCommitRequestData request =
                TransactionRequests.commit(6, ID, producerId, 0, "g", "", Uuid.randomUuid(), 1L);
        TxnOffsetCommitResponseData answer =
                client.call(
                        ApiKeys.TXN_OFFSET_COMMIT, 6, request, TxnOffsetCommitResponseData.class);
        assertThat(answer.topics().getFirst().partitions().getFirst().errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void partitionsAreAddedAndVerified() throws Exception {
        long producerId = begun();
        assertThat(addPartition(3, producerId, "gone", false))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(addPartition(3, producerId, "__consumer_offsets", false))
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        assertThat(addPartition(5, producerId, "here", true))
                .isEqualTo(ErrorCode.TRANSACTION_ABORTABLE.code());
        for (int version = 0; version <= 5; version++) {
            assertThat(addPartition(version, producerId, "here", false)).isZero();
        }
        assertThat(addPartition(5, producerId, "here", true)).isZero();
        DescribeTransactionsResponseData.TransactionState state = describe();
        assertThat(state.transactionState()).isEqualTo("Ongoing");
        assertThat(state.topics().find("here").partitions()).containsExactly(1);
        assertThat(state.transactionTimeoutMs()).isEqualTo(60_000);
        assertThat(listed(new ListTransactionsRequestData())).containsExactly(ID);
        assertThat(listed(new ListTransactionsRequestData().setTransactionalIdPattern("x.*")))
                .isEmpty();
        assertThat(listed(new ListTransactionsRequestData().setTransactionalIdPattern(ID + "?")))
                .containsExactly(ID);
        assertThat(listed(new ListTransactionsRequestData().setStateFilters(List.of("Empty"))))
                .isEmpty();
        assertThat(listed(new ListTransactionsRequestData().setDurationFilter(60_000))).isEmpty();
        ListTransactionsResponseData odd =
                client.call(
                        ApiKeys.LIST_TRANSACTIONS,
                        2,
                        new ListTransactionsRequestData().setStateFilters(List.of("Odd")),
                        ListTransactionsResponseData.class);
        assertThat(odd.unknownStateFilters()).containsExactly("Odd");
        assertThat(odd.transactionStates()).isEmpty();
        ListTransactionsResponseData bad =
                client.call(
                        ApiKeys.LIST_TRANSACTIONS,
                        2,
                        new ListTransactionsRequestData().setTransactionalIdPattern("("),
                        ListTransactionsResponseData.class);
        assertThat(bad.errorCode()).isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION.code());
    }

    private List<String> listed(ListTransactionsRequestData request) throws Exception {
        return client
                .call(ApiKeys.LIST_TRANSACTIONS, 2, request, ListTransactionsResponseData.class)
                .transactionStates()
                .stream()
                .map(ListTransactionsResponseData.TransactionState::transactionalId)
                .toList();
    }

    private DescribeTransactionsResponseData.TransactionState describe() throws Exception {
        return client.call(
                        ApiKeys.DESCRIBE_TRANSACTIONS,
                        0,
                        new DescribeTransactionsRequestData().setTransactionalIds(List.of(ID)),
                        DescribeTransactionsResponseData.class)
                .transactionStates()
                .getFirst();
    }

    private short addPartition(int version, long producerId, String topic, boolean verify)
            throws Exception {
        AddPartitionsToTxnResponseData answer =
                client.call(
                        ApiKeys.ADD_PARTITIONS_TO_TXN,
                        version,
                        TransactionRequests.addPartitions(
                                version, ID, producerId, 0, topic, 1, verify),
                        AddPartitionsToTxnResponseData.class);
        return (version < 4
                        ? answer.resultsByTopicV3AndBelow().find(topic)
                        : answer.resultsByTransaction().find(ID).topicResults().find(topic))
                .resultsByPartition()
                .find(1)
                .partitionErrorCode();
    }

    @Test
    void whatIsOpenForTooLongIsAbortedAndItsProducerFenced() throws Exception {
        InitProducerIdResponseData begun = begin(5, TransactionRequests.begin(ID, 2_000));
        long producerId = begun.producerId();
        assertThat(commit(5, producerId, 0, 7)).isZero();
        broker.skip(3_000);
        String state;
        do {
            state = describe().transactionState();
        } while (state.equals("Ongoing"));
        assertThat(stableOffset()).isEqualTo(-1);
        assertThat(end(5, producerId, 0, true).errorCode())
                .isEqualTo(ErrorCode.PRODUCER_FENCED.code());
        assertThat(begin(5, TransactionRequests.begin(ID, 2_000)).producerEpoch())
                .isGreaterThan((short) 1);
    }
}
