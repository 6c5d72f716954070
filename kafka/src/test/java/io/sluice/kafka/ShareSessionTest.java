package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.Ids;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Share sessions, message by message. The topic has three records in one batch. */
final class ShareSessionTest {

    private static final String GROUP = "g";
    private static final int WAIT_MS = 10_000;
    private static final int FINAL = -1;

    private TestBroker broker;
    private RawClient client;
    private Uuid topicId;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        broker.createTopic("q", 1, Map.of());
        topicId = Ids.toKafka(requireNonNull(broker.image().topics().get("q")).id());
        broker.submit(
                new ControllerCommand.AlterConfigs(
                        List.of(
                                new ConfigChange(
                                        ResourceType.GROUP,
                                        GROUP,
                                        List.of(
                                                new ConfigOperation(
                                                        OperationType.SET,
                                                        "share.auto.offset.reset",
                                                        "earliest")),
                                        false)),
                        false));
        client = broker.connect();
        produce();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        broker.close();
    }

    private void produce() throws Exception {
        try (RawClient producer = broker.connect()) {
            producer.call(
                    ApiKeys.PRODUCE,
                    12,
                    new Requests("q", topicId, "").produce(12),
                    ProduceResponseData.class);
        }
    }

    private ShareFetchRequestData request(String member, int epoch) {
        return ShareRequests.fetch(GROUP, member, epoch, topicId, WAIT_MS);
    }

    private static ShareFetchResponseData fetch(RawClient by, ShareFetchRequestData request)
            throws Exception {
        return by.call(ApiKeys.SHARE_FETCH, 2, request, ShareFetchResponseData.class);
    }

    private static List<AcquiredRecords> acquired(ShareFetchResponseData answer) {
        assertThat(answer.errorCode()).as(answer.errorMessage()).isZero();
        return answer.responses().iterator().next().partitions().getFirst().acquiredRecords();
    }

    private static AcquiredRecords range(long first, long last, int deliveries) {
        return new AcquiredRecords()
                .setFirstOffset(first)
                .setLastOffset(last)
                .setDeliveryCount((short) deliveries);
    }

    private ShareAcknowledgeResponseData acknowledge(int epoch, long first, long last, int type)
            throws Exception {
        ShareAcknowledgeRequestData request =
                new ShareAcknowledgeRequestData()
                        .setGroupId(GROUP)
                        .setMemberId("one")
                        .setShareSessionEpoch(epoch);
        ShareAcknowledgeRequestData.AcknowledgeTopic topic =
                new ShareAcknowledgeRequestData.AcknowledgeTopic().setTopicId(topicId);
        ShareAcknowledgeRequestData.AcknowledgePartition partition =
                new ShareAcknowledgeRequestData.AcknowledgePartition().setPartitionIndex(0);
        partition
                .acknowledgementBatches()
                .add(
                        new ShareAcknowledgeRequestData.AcknowledgementBatch()
                                .setFirstOffset(first)
                                .setLastOffset(last)
                                .setAcknowledgeTypes(List.of((byte) type)));
        topic.partitions().add(partition);
        request.topics().add(topic);
        return client.call(
                ApiKeys.SHARE_ACKNOWLEDGE, 2, request, ShareAcknowledgeResponseData.class);
    }

    private static short errorOf(ShareAcknowledgeResponseData answer) {
        assertThat(answer.errorCode()).isZero();
        return answer.responses().iterator().next().partitions().getFirst().errorCode();
    }

    @Test
    void epochsGoOneByOneOnOneConnection() throws Exception {
        ShareFetchResponseData first = fetch(client, request("one", 0));
        assertThat(acquired(first)).containsExactly(range(0, 2, 1));
        assertThat(first.acquisitionLockTimeoutMs()).isEqualTo(30_000);
        assertThat(fetch(client, request("one", 2)).errorCode())
                .isEqualTo(Errors.INVALID_SHARE_SESSION_EPOCH.code());
        ShareFetchResponseData none = fetch(client, request("one", 1).setMaxWaitMs(0));
        assertThat(none.errorCode()).isZero();
        assertThat(none.responses()).isEmpty();
        assertThat(fetch(client, request("two", 1)).errorCode())
                .isEqualTo(Errors.SHARE_SESSION_NOT_FOUND.code());
        try (RawClient other = broker.connect()) {
            assertThat(fetch(other, request("one", 2)).errorCode())
                    .isEqualTo(Errors.SHARE_SESSION_NOT_FOUND.code());
        }
        assertThat(fetch(client, request("", 0)).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
    }

    @Test
    void whatIsHeldWhenTheConnectionGoesIsFreeAndWasDelivered() throws Exception {
        try (RawClient gone = broker.connect()) {
            assertThat(acquired(fetch(gone, request("gone", 0)))).containsExactly(range(0, 2, 1));
        }
        assertThat(acquired(fetch(client, request("one", 0)))).containsExactly(range(0, 2, 2));
    }

    @Test
    void theLastEpochGivesBackWhatIsHeldAsIfItWasNeverDelivered() throws Exception {
        fetch(client, request("one", 0));
        assertThat(errorOf(acknowledge(FINAL, 0, 0, 1))).isZero();
        assertThat(fetch(client, request("one", 1)).errorCode())
                .isEqualTo(Errors.SHARE_SESSION_NOT_FOUND.code());
        assertThat(acquired(fetch(client, request("two", 0)))).containsExactly(range(1, 2, 1));
        assertThat(fetch(client, request("two", FINAL)).errorCode()).isZero();
        assertThat(acquired(fetch(client, request("one", 0)))).containsExactly(range(1, 2, 1));
    }

    @Test
    void whatIsSaidOfRecordsIsAnsweredByPartition() throws Exception {
        fetch(client, request("one", 0));
        assertThat(acknowledge(0, 0, 0, 1).errorCode())
                .isEqualTo(Errors.INVALID_SHARE_SESSION_EPOCH.code());
        assertThat(errorOf(acknowledge(1, 0, 0, 9))).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(errorOf(acknowledge(2, 0, 0, 4))).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(errorOf(acknowledge(3, 0, 9, 1))).isEqualTo(Errors.INVALID_RECORD_STATE.code());
        assertThat(errorOf(acknowledge(4, 0, 0, 1))).isZero();
        assertThat(errorOf(acknowledge(5, 1, 1, 2))).isZero();
        ShareFetchRequestData last = request("one", 6);
        say(last, 2, 2, 3);
        ShareFetchResponseData again = fetch(client, last);
        PartitionData partition = again.responses().iterator().next().partitions().getFirst();
        assertThat(partition.acknowledgeErrorCode()).isZero();
        assertThat(partition.acquiredRecords()).containsExactly(range(1, 1, 2));
        ShareFetchRequestData early = request("two", 0);
        say(early, 0, 0, 1);
        assertThat(fetch(client, early).errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    }

    private static void say(ShareFetchRequestData request, long first, long last, int type) {
        request.topics()
                .iterator()
                .next()
                .partitions()
                .iterator()
                .next()
                .acknowledgementBatches()
                .add(
                        new ShareFetchRequestData.AcknowledgementBatch()
                                .setFirstOffset(first)
                                .setLastOffset(last)
                                .setAcknowledgeTypes(List.of((byte) type)));
    }

    @Test
    void aReleaseMayNameTheTimeOfTheNextDelivery() throws Exception {
        fetch(client, request("one", 0));
        long againMs = System.currentTimeMillis() + 1_500;
        ShareFetchRequestData release = request("one", 1).setMaxWaitMs(0);
        say(release, 0, 2, 2);
        release.topics()
                .iterator()
                .next()
                .partitions()
                .iterator()
                .next()
                .acknowledgementBatches()
                .getFirst()
                .unknownTaggedFields()
                .add(AgainField.of(againMs));
        assertThat(fetch(client, release).responses().iterator().next().partitions())
                .first()
                .matches(one -> one.acquiredRecords().isEmpty());
        ShareFetchResponseData again = fetch(client, request("one", 2).setMaxWaitMs(30_000));
        assertThat(acquired(again)).containsExactly(range(0, 2, 2));
        assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(againMs);
    }

    @Test
    void whoWaitsGetsWhatComes() throws Exception {
        fetch(client, request("one", 0));
        int waiting = client.send(ApiKeys.SHARE_FETCH, 2, request("one", 1));
        produce();
        ShareFetchResponseData answer =
                client.receive(ApiKeys.SHARE_FETCH, 2, waiting, ShareFetchResponseData.class);
        assertThat(acquired(answer)).containsExactly(range(3, 5, 1));
    }

    @Test
    void whatFollowsEndsTheWait() throws Exception {
        fetch(client, request("one", 0));
        int waiting = client.send(ApiKeys.SHARE_FETCH, 2, request("one", 1).setMaxWaitMs(60_000));
        int next = client.send(ApiKeys.SHARE_FETCH, 2, request("one", 2).setMaxWaitMs(0));
        for (int correlation : List.of(waiting, next)) {
            assertThat(
                            client.receive(
                                            ApiKeys.SHARE_FETCH,
                                            2,
                                            correlation,
                                            ShareFetchResponseData.class)
                                    .responses())
                    .isEmpty();
        }
    }

    @Test
    void anUnknownTopicIsSaidToBeOne() throws Exception {
        ShareFetchResponseData answer =
                fetch(client, ShareRequests.fetch(GROUP, "one", 0, new Uuid(7, 7), WAIT_MS));
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.responses().iterator().next().partitions().getFirst().errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void someRecordsAloneIfALimitIsWanted() throws Exception {
        ShareFetchRequestData two =
                request("one", 0).setMaxRecords(2).setShareAcquireMode((byte) 1);
        assertThat(acquired(fetch(client, two))).containsExactly(range(0, 1, 1));
        ShareFetchRequestData whole = request("two", 0).setMaxRecords(1);
        assertThat(acquired(fetch(client, whole))).containsExactly(range(2, 2, 1));
    }
}
