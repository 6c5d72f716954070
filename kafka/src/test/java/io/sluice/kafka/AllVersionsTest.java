package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Every version of every API that is served, and what is told of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AllVersionsTest {

    private TestBroker broker;
    private Requests requests;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        broker.createTopic("here", 2, Map.of());
        TopicImage topic = requireNonNull(broker.image().topics().get("here"));
        requests = new Requests("here", Ids.toKafka(topic.id()), home.resolve("two").toString());
        awaitCoordinators();
    }

    /** The topics of groups and transactions are made, and their coordinators have loaded. */
    private void awaitCoordinators() throws Exception {
        try (RawClient client = broker.connect()) {
            TransactionDoorTest.awaitCoordinators(client);
            client.call(
                    ApiKeys.FIND_COORDINATOR,
                    6,
                    requests.of(ApiKeys.FIND_COORDINATOR, 6),
                    FindCoordinatorResponseData.class);
            awaitStates(client);
            ListGroupsResponseData listed;
            do {
                listed =
                        client.call(
                                ApiKeys.LIST_GROUPS,
                                5,
                                requests.of(ApiKeys.LIST_GROUPS, 5),
                                ListGroupsResponseData.class);
            } while (listed.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
            OffsetCommitResponseData committed =
                    client.call(
                            ApiKeys.OFFSET_COMMIT,
                            9,
                            requests.of(ApiKeys.OFFSET_COMMIT, 9),
                            OffsetCommitResponseData.class);
            assertThat(committed.topics().getFirst().partitions().getFirst().errorCode()).isZero();
        }
    }

    /** The topic that remembers queues is made, and its coordinators have loaded. */
    private void awaitStates(RawClient client) throws Exception {
        client.call(
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData()
                        .setKeyType((byte) 2)
                        .setCoordinatorKeys(List.of("g:" + requests.topicId() + ":0")),
                FindCoordinatorResponseData.class);
        ReadShareGroupStateSummaryResponseData told;
        do {
            told =
                    client.call(
                            ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY,
                            1,
                            requests.of(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, 1),
                            ReadShareGroupStateSummaryResponseData.class);
        } while (!told.results().isEmpty());
    }

    @AfterAll
    void stop() throws Exception {
        broker.close();
    }

    @TestFactory
    List<DynamicTest> everyVersionIsAnsweredWithoutAnError() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Api api : Api.values()) {
            for (int version = api.lowest(); version <= api.highest(); version++) {
                int each = version;
                tests.add(
                        DynamicTest.dynamicTest(
                                api + " v" + version,
                                () -> isAnswered(ApiKeys.forId(api.key()), each)));
            }
        }
        return tests;
    }

    private void isAnswered(ApiKeys api, int version) throws Exception {
        try (RawClient client = broker.connect()) {
            client.send(api, version, requests.of(api, version));
            ByteBufferAccessor bytes = new ByteBufferAccessor(client.receiveBytes());
            new ResponseHeaderData(bytes, api.responseHeaderVersion((short) version));
            AbstractResponse response = AbstractResponse.parseResponse(api, bytes, (short) version);
            assertThat(bytes.remaining()).isZero();
            assertThat(response.errorCounts().keySet())
                    .as(response.toString())
                    .isSubsetOf(expected(api, version));
        }
    }

    /** Some group requests cannot but be refused, by a coordinator that knows why. */
    private static Set<Errors> expected(ApiKeys api, int version) {
        return switch (api) {
            case JOIN_GROUP -> Set.of(version < 4 ? Errors.NONE : Errors.MEMBER_ID_REQUIRED);
            case SYNC_GROUP, HEARTBEAT -> Set.of(Errors.UNKNOWN_MEMBER_ID);
            case LEAVE_GROUP -> Set.of(Errors.NONE, Errors.UNKNOWN_MEMBER_ID);
            case SHARE_ACKNOWLEDGE -> Set.of(Errors.SHARE_SESSION_NOT_FOUND);
            case ALTER_SHARE_GROUP_OFFSETS, DELETE_SHARE_GROUP_OFFSETS ->
                    Set.of(Errors.GROUP_ID_NOT_FOUND);
            case CONSUMER_GROUP_DESCRIBE, STREAMS_GROUP_DESCRIBE, SHARE_GROUP_DESCRIBE ->
                    Set.of(Errors.NONE, Errors.GROUP_ID_NOT_FOUND);
            case ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, END_TXN, TXN_OFFSET_COMMIT ->
                    Set.of(Errors.NONE, Errors.INVALID_PRODUCER_ID_MAPPING);
            case DESCRIBE_TRANSACTIONS -> Set.of(Errors.TRANSACTIONAL_ID_NOT_FOUND);
            case DELETE_GROUPS, OFFSET_DELETE -> Set.of(Errors.NONE, Errors.GROUP_ID_NOT_FOUND);
            case ELECT_LEADERS -> Set.of(Errors.NONE, Errors.ELECTION_NOT_NEEDED);
            case ALTER_PARTITION_REASSIGNMENTS ->
                    Set.of(Errors.NONE, Errors.NO_REASSIGNMENT_IN_PROGRESS);
            case ADD_RAFT_VOTER, REMOVE_RAFT_VOTER -> Set.of(Errors.INVALID_REQUEST);
            case UNREGISTER_BROKER -> Set.of(Errors.BROKER_ID_NOT_REGISTERED);
            default -> Set.of(Errors.NONE);
        };
    }

    @Test
    void theTableIsThatOfTheMessageClasses() {
        for (Api api : Api.values()) {
            ApiMessageType type = ApiMessageType.fromApiKey(api.key());
            assertThat(type.name()).isEqualTo(api.name());
            assertThat(api.lowest()).as(api.name()).isEqualTo(type.lowestSupportedVersion());
            // The last version of InitProducerId is told to those alone whom it is allowed.
            boolean alsoUnstable = api == Api.INIT_PRODUCER_ID;
            assertThat(api.highest())
                    .as(api.name())
                    .isEqualTo(type.highestSupportedVersion(alsoUnstable));
            assertThat(api.newRequest()).hasSameClassAs(type.newRequest());
        }
    }

    @Test
    void everyErrorIsThatOfTheField() {
        for (ErrorCode error : ErrorCode.values()) {
            assertThat(Errors.forCode(error.code()).name()).isEqualTo(error.name());
        }
    }

    @Test
    void aClientThatIsTooNewLearnsWhatIsServed() throws Exception {
        try (RawClient client = broker.connect()) {
            int correlation = 5;
            byte[] frame =
                    RawClient.frame(
                            ApiKeys.API_VERSIONS,
                            (short) 5,
                            correlation,
                            new ApiVersionsRequestData());
            ByteBuffer.wrap(frame).putShort(6, (short) 99);
            client.sendBytes(frame);
            ApiVersionsResponseData answer =
                    client.receive(
                            ApiKeys.API_VERSIONS, 0, correlation, ApiVersionsResponseData.class);
            assertThat(answer.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(answer.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion())
                    .isEqualTo(Api.API_VERSIONS.highest());
            assertThat(answer.apiKeys().find(ApiKeys.PRODUCE.id).minVersion()).isZero();
        }
    }

    @Test
    void whatIsNotServedEndsTheConnection() throws Exception {
        try (RawClient client = broker.connect()) {
            byte[] frame =
                    RawClient.frame(
                            ApiKeys.ALTER_CLIENT_QUOTAS, (short) 0, 1, new RequestHeaderData());
            client.sendBytes(frame);
            assertThat(client.isEnded()).isTrue();
        }
        try (RawClient client = broker.connect()) {
            byte[] frame =
                    RawClient.frame(
                            ApiKeys.METADATA, (short) 13, 1, requests.of(ApiKeys.METADATA, 13));
            ByteBuffer.wrap(frame).putShort(6, (short) 14);
            client.sendBytes(frame);
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aClientOfAnotherClusterIsSentAway() throws Exception {
        try (RawClient client = broker.connect()) {
            ApiVersionsRequestData request =
                    new ApiVersionsRequestData()
                            .setClientSoftwareName("raw")
                            .setClientSoftwareVersion("1")
                            .setClusterId("another")
                            .setNodeId(TestBroker.ID);
            ApiVersionsResponseData answer =
                    client.call(ApiKeys.API_VERSIONS, 5, request, ApiVersionsResponseData.class);
            assertThat(answer.errorCode()).isEqualTo(Errors.REBOOTSTRAP_REQUIRED.code());
            request.setClusterId(null).setNodeId(-1).setClientSoftwareName("<bad>");
            answer = client.call(ApiKeys.API_VERSIONS, 5, request, ApiVersionsResponseData.class);
            assertThat(answer.errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        }
    }
}
