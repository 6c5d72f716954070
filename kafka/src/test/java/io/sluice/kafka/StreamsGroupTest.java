package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.StreamsStatus.Code;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.CopartitionGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.TaskIds;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams groups through the door, word for word (KIP-1071). */
final class StreamsGroupTest {

    private static final String GROUP = "app";

    private TestBroker broker;
    private RawClient client;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        client = broker.connect();
        client.call(
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of(GROUP)),
                FindCoordinatorResponseData.class);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        broker.close();
    }

    /** Counts what it reads from "text", with its topics' settings. */
    private static StreamsGroupHeartbeatRequestData join(Subtopology... parts) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId("member")
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(5_000)
                .setProcessId("process")
                .setActiveTasks(List.of())
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of())
                .setTopology(new Topology().setEpoch(0).setSubtopologies(List.of(parts)));
    }

    private static Subtopology counts(String retention) {
        return new Subtopology()
                .setSubtopologyId("0")
                .setSourceTopics(List.of("text"))
                .setStateChangelogTopics(
                        List.of(
                                new TopicInfo()
                                        .setName("app-counts-changelog")
                                        .setTopicConfigs(
                                                List.of(
                                                        new KeyValue()
                                                                .setKey("retention.ms")
                                                                .setValue(retention)))));
    }

    private StreamsGroupHeartbeatResponseData beat(
            int version, StreamsGroupHeartbeatRequestData request) throws Exception {
        StreamsGroupHeartbeatResponseData answer;
        do {
            answer =
                    client.call(
                            ApiKeys.STREAMS_GROUP_HEARTBEAT,
                            version,
                            request,
                            StreamsGroupHeartbeatResponseData.class);
        } while (answer.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
        return answer;
    }

    @Test
    void itsTopicsAreMadeAndItsTasksFollow() throws Exception {
        broker.createTopic("text", 3, Map.of());
        StreamsGroupHeartbeatResponseData joined = beat(1, join(counts("12345")));
        assertThat(joined.errorCode()).isZero();
        assertThat(joined.status().getFirst().statusCode())
                .isEqualTo((byte) Code.MISSING_INTERNAL_TOPICS.ordinal());
        assertThat(joined.activeTasks()).isEmpty();
        StreamsGroupHeartbeatResponseData next =
                beat(
                        0,
                        new StreamsGroupHeartbeatRequestData()
                                .setGroupId(GROUP)
                                .setMemberId("member")
                                .setMemberEpoch(joined.memberEpoch())
                                .setEndpointInformationEpoch(joined.endpointInformationEpoch()));
        assertThat(next.status()).isEmpty();
        assertThat(next.activeTasks())
                .containsExactly(
                        new TaskIds().setSubtopologyId("0").setPartitions(List.of(0, 1, 2)));
        try (Admin admin = admin()) {
            StreamsGroupDescription group = describe(admin);
            assertThat(group.groupState()).isEqualTo(GroupState.STABLE);
            StreamsGroupSubtopologyDescription part = group.subtopologies().iterator().next();
            assertThat(part.stateChangelogTopics().values())
                    .allMatch(topic -> topic.partitions() == 3)
                    .allMatch(
                            topic -> topic.topicConfigs().equals(Map.of("retention.ms", "12345")));
            assertThat(
                            admin.describeTopics(List.of("app-counts-changelog"))
                                    .allTopicNames()
                                    .get()
                                    .values())
                    .allMatch(topic -> topic.partitions().size() == 3);
        }
    }

    @Test
    void whatCannotBeMadeIsToldWithTheReason() throws Exception {
        broker.createTopic("text", 1, Map.of());
        StreamsGroupHeartbeatResponseData joined = beat(1, join(counts("soon")));
        assertThat(joined.status().getFirst().statusDetail())
                .contains("app-counts-changelog", "could not be made", "retention.ms", "soon");
    }

    /** Kafka's own client can show it. */
    @Test
    void aGroupWithoutItsSourceIsShownAsNotReady() throws Exception {
        StreamsGroupHeartbeatResponseData joined = beat(1, join(counts("1")));
        assertThat(joined.status().getFirst().statusCode())
                .isEqualTo((byte) Code.MISSING_SOURCE_TOPICS.ordinal());
        assertThat(joined.status().getFirst().statusDetail()).contains("text");
        try (Admin admin = admin()) {
            assertThat(describe(admin).groupState()).isEqualTo(GroupState.NOT_READY);
            assertThat(describe(admin).subtopologies()).hasSize(1);
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        assertThat(beat(1, join()).errorCode()).isEqualTo(Errors.STREAMS_INVALID_TOPOLOGY.code());
        Subtopology pattern = counts("1").setSourceTopicRegex(List.of("te.*"));
        assertThat(beat(1, join(pattern)).errorMessage()).contains("te.*", "name them");
        Subtopology outside =
                counts("1")
                        .setCopartitionGroups(
                                List.of(
                                        new CopartitionGroup()
                                                .setSourceTopics(List.of((short) 1))));
        assertThat(beat(1, join(outside)).errorCode())
                .isEqualTo(Errors.STREAMS_INVALID_TOPOLOGY.code());
        assertThat(
                        beat(
                                        1,
                                        join(counts("1"))
                                                .setActiveTasks(
                                                        List.of(
                                                                new StreamsGroupHeartbeatRequestData
                                                                                .TaskIds()
                                                                        .setSubtopologyId("0")
                                                                        .setPartitions(
                                                                                List.of(-1)))))
                                .errorMessage())
                .contains("0_-1");
        assertThat(beat(1, join(counts("1")).setTopology(null)).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(beat(1, join(counts("1")).setMemberEpoch(5).setTopology(null)).errorCode())
                .isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    }

    private Admin admin() {
        return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap()));
    }

    private static StreamsGroupDescription describe(Admin admin) throws Exception {
        return requireNonNull(admin.describeStreamsGroups(List.of(GROUP)).all().get().get(GROUP));
    }
}
