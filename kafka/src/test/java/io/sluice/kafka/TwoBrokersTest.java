package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.FIRST;
import static io.sluice.kafka.TwoBrokers.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.fake.Batches;
import io.sluice.kafka.codec.Ids;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients are told where one broker does not have everything. */
final class TwoBrokersTest {

    private TwoBrokers brokers;
    private RawClient atFirst;
    private RawClient atSecond;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home);
        brokers.createTopic("pairs");
        atFirst = brokers.first.connect();
        atSecond = brokers.second.connect();
    }

    @AfterEach
    void stop() throws Exception {
        atFirst.close();
        atSecond.close();
        brokers.close();
    }

    @Test
    void aFetchOfAnotherBrokerWaitsNoLongerWhenARequestComesBehindIt() throws Exception {
        brokers.createTopic("copied", true);
        FetchRequestData.FetchTopic wanted =
                new FetchRequestData.FetchTopic()
                        .setTopicId(Ids.toKafka(brokers.topic("copied").id()));
        wanted.partitions()
                .add(
                        new FetchRequestData.FetchPartition()
                                .setPartition(0)
                                .setPartitionMaxBytes(1 << 20));
        FetchRequestData fetch =
                new FetchRequestData()
                        .setReplicaState(
                                new FetchRequestData.ReplicaState()
                                        .setReplicaId(TwoBrokers.SECOND)
                                        .setReplicaEpoch(
                                                Objects.requireNonNull(
                                                                brokers.first
                                                                        .image()
                                                                        .brokers()
                                                                        .get(TwoBrokers.SECOND))
                                                        .epoch()))
                        .setMaxWaitMs(60_000)
                        .setMinBytes(1)
                        .setMaxBytes(1 << 20)
                        .setTopics(List.of(wanted));
        int waiting = atFirst.send(ApiKeys.FETCH, 17, fetch);
        int behind =
                atFirst.send(ApiKeys.METADATA, 13, new MetadataRequestData().setTopics(List.of()));
        FetchResponseData answer =
                atFirst.receive(ApiKeys.FETCH, 17, waiting, FetchResponseData.class);
        assertThat(answer.responses().getFirst().partitions().getFirst().errorCode()).isZero();
        atFirst.receive(ApiKeys.METADATA, 13, behind, MetadataResponseData.class);
    }

    private static MetadataResponseData metadata(RawClient client) throws Exception {
        return client.call(
                ApiKeys.METADATA,
                13,
                new MetadataRequestData().setTopics(null),
                MetadataResponseData.class);
    }

    private static MetadataResponsePartition pair(MetadataResponseData answer, int number) {
        return answer.topics().find("pairs").partitions().stream()
                .filter(one -> one.partitionIndex() == number)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyBrokerTellsTheSameOfTheClusterAndTakesChangesItself() throws Exception {
        for (RawClient client : List.of(atFirst, atSecond)) {
            MetadataResponseData answer = metadata(client);
            assertThat(answer.brokers()).extracting(one -> one.nodeId()).contains(FIRST, SECOND);
            assertThat(pair(answer, 0).leaderId()).isEqualTo(FIRST);
            assertThat(pair(answer, 1).leaderId()).isEqualTo(SECOND);
            assertThat(pair(answer, 1).isrNodes()).containsExactly(SECOND);
            assertThat(pair(answer, 1).offlineReplicas()).isEmpty();
        }
        assertThat(metadata(atFirst).controllerId()).isEqualTo(FIRST);
        assertThat(metadata(atSecond).controllerId()).isEqualTo(SECOND);
        atSecond.createTopic("made-at-the-second", 2, java.util.Map.of());
        assertThat(metadata(atSecond).topics().find("made-at-the-second").partitions()).hasSize(2);
    }

    @Test
    void whatAnotherBrokerLeadsIsNeverUnknownAndItsLeaderIsTold() throws Exception {
        org.apache.kafka.common.Uuid id = Ids.toKafka(brokers.topic("pairs").id());
        Requests requests = new Requests("pairs", id, "");
        for (int version : new int[] {9, 12, 13}) {
            ProduceResponseData produced =
                    atSecond.call(
                            ApiKeys.PRODUCE,
                            version,
                            requests.produce(version, -1, Batches.plain(3, 1_000L)),
                            ProduceResponseData.class);
            PartitionProduceResponse answer =
                    produced.responses().iterator().next().partitionResponses().getFirst();
            assertThat(answer.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
            if (version >= 10) {
                assertThat(answer.currentLeader().leaderId()).isEqualTo(FIRST);
                assertThat(produced.nodeEndpoints().find(FIRST).port())
                        .isEqualTo(brokers.first.address().getPort());
            }
        }
        ListOffsetsResponseData listed =
                atSecond.call(
                        ApiKeys.LIST_OFFSETS,
                        8,
                        new ListOffsetsRequestData()
                                .setReplicaId(-1)
                                .setTopics(
                                        List.of(
                                                new ListOffsetsRequestData.ListOffsetsTopic()
                                                        .setName("pairs")
                                                        .setPartitions(
                                                                List.of(
                                                                        Requests.listOffset(0, -1),
                                                                        Requests.listOffset(1, -1),
                                                                        Requests.listOffset(
                                                                                2, -1))))),
                        ListOffsetsResponseData.class);
        assertThat(listed.topics().getFirst().partitions())
                .extracting(one -> Errors.forCode(one.errorCode()))
                .containsExactly(
                        Errors.NOT_LEADER_OR_FOLLOWER,
                        Errors.NONE,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION);
        OffsetForLeaderEpochResponseData epochs =
                atSecond.call(
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                        4,
                        (OffsetForLeaderEpochRequestData)
                                requests.of(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 4),
                        OffsetForLeaderEpochResponseData.class);
        assertThat(epochs.topics().iterator().next().partitions().getFirst().errorCode())
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        DescribeProducersResponseData producers =
                atSecond.call(
                        ApiKeys.DESCRIBE_PRODUCERS,
                        0,
                        (DescribeProducersRequestData) requests.of(ApiKeys.DESCRIBE_PRODUCERS, 0),
                        DescribeProducersResponseData.class);
        assertThat(producers.topics().getFirst().partitions().getFirst().errorCode())
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
    }

    /** Who follows leads clients on, and tells tools of what it has (KIP-664). */
    @Test
    void aFollowerIsNoLeader() throws Exception {
        brokers.createTopic("copied", true);
        Requests requests = new Requests("copied", Ids.toKafka(brokers.topic("copied").id()), "");
        DescribeProducersResponseData producers;
        do {
            producers =
                    atSecond.call(
                            ApiKeys.DESCRIBE_PRODUCERS,
                            0,
                            (DescribeProducersRequestData)
                                    requests.of(ApiKeys.DESCRIBE_PRODUCERS, 0),
                            DescribeProducersResponseData.class);
        } while (producers.topics().getFirst().partitions().getFirst().errorCode()
                == Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(producers.topics().getFirst().partitions().getFirst().errorCode()).isZero();
        ProduceResponseData produced =
                atSecond.call(
                        ApiKeys.PRODUCE,
                        13,
                        requests.produce(13, -1, Batches.plain(3, 1_000L)),
                        ProduceResponseData.class);
        PartitionProduceResponse answer =
                produced.responses().iterator().next().partitionResponses().getFirst();
        assertThat(answer.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(answer.currentLeader().leaderId()).isEqualTo(FIRST);
        ListOffsetsResponseData listed =
                atSecond.call(
                        ApiKeys.LIST_OFFSETS,
                        8,
                        (ListOffsetsRequestData) requests.of(ApiKeys.LIST_OFFSETS, 8),
                        ListOffsetsResponseData.class);
        assertThat(listed.topics().getFirst().partitions())
                .extracting(one -> Errors.forCode(one.errorCode()))
                .containsExactly(Errors.NOT_LEADER_OR_FOLLOWER, Errors.NONE);
    }

    @Test
    void aBrokerThatIsGoneIsNotToldAndWhatItLedWaits() throws Exception {
        int coordinator = brokers.coordinator((byte) 0, "probe");
        assertThat(coordinator).isIn(FIRST, SECOND);
        brokers.second.fallSilent();
        brokers.first.awaitImage(
                image -> java.util.Objects.requireNonNull(image.brokers().get(SECOND)).fenced());
        MetadataResponseData answer = metadata(atFirst);
        assertThat(answer.brokers()).extracting(one -> one.nodeId()).containsExactly(FIRST);
        assertThat(pair(answer, 0).errorCode()).isZero();
        assertThat(pair(answer, 1).errorCode()).isEqualTo(Errors.LEADER_NOT_AVAILABLE.code());
        assertThat(pair(answer, 1).leaderId()).isEqualTo(-1);
        assertThat(pair(answer, 1).offlineReplicas()).containsExactly(SECOND);

        DescribeTopicPartitionsResponseData described =
                atFirst.call(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                        0,
                        new DescribeTopicPartitionsRequestData()
                                .setTopics(
                                        List.of(
                                                new DescribeTopicPartitionsRequestData
                                                                .TopicRequest()
                                                        .setName("pairs"))),
                        DescribeTopicPartitionsResponseData.class);
        DescribeTopicPartitionsResponsePartition lost =
                described.topics().find("pairs").partitions().get(1);
        assertThat(lost.leaderId()).isEqualTo(-1);
        assertThat(lost.offlineReplicas()).containsExactly(SECOND);
        assertThat(lost.eligibleLeaderReplicas()).isNotNull();

        assertThat(described(false).brokers()).hasSize(1);
        assertThat(described(true).brokers().find(SECOND).isFenced()).isTrue();
        assertThat(described(true).controllerId()).isEqualTo(FIRST);
        FindCoordinatorResponseData found =
                atFirst.call(
                        ApiKeys.FIND_COORDINATOR,
                        6,
                        new FindCoordinatorRequestData()
                                .setCoordinatorKeys(List.of("a", "b", "c", "d", "e", "f")),
                        FindCoordinatorResponseData.class);
        assertThat(found.coordinators())
                .allMatch(one ->
                        one.nodeId() == FIRST
                                || one.errorCode() == Errors.COORDINATOR_NOT_AVAILABLE.code())
                .anyMatch(one -> one.errorCode() != 0);
        assertThat(elect(1, 1)).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
        assertThat(elect(0, 1)).isEqualTo(Errors.PREFERRED_LEADER_NOT_AVAILABLE);

        assertThat(unregister(SECOND)).isEqualTo(Errors.NONE);
        assertThat(described(true).brokers()).hasSize(1);
        assertThat(unregister(SECOND)).isEqualTo(Errors.BROKER_ID_NOT_REGISTERED);
    }

    private DescribeClusterResponseData described(boolean withFenced) throws Exception {
        return atFirst.call(
                ApiKeys.DESCRIBE_CLUSTER,
                2,
                new DescribeClusterRequestData().setIncludeFencedBrokers(withFenced),
                DescribeClusterResponseData.class);
    }

    private Errors unregister(int broker) throws Exception {
        return Errors.forCode(
                atFirst.call(
                                ApiKeys.UNREGISTER_BROKER,
                                0,
                                new UnregisterBrokerRequestData().setBrokerId(broker),
                                UnregisterBrokerResponseData.class)
                        .errorCode());
    }

    private Errors elect(int type, int partition) throws Exception {
        return Errors.forCode(
                elect(ClusterRequests.elect(type, "pairs", partition))
                        .replicaElectionResults()
                        .getFirst()
                        .partitionResult()
                        .getFirst()
                        .errorCode());
    }

    private ElectLeadersResponseData elect(ElectLeadersRequestData request) throws Exception {
        return atFirst.call(ApiKeys.ELECT_LEADERS, 2, request, ElectLeadersResponseData.class);
    }

    @Test
    void electionsAreForThoseThatNeedThem() throws Exception {
        assertThat(elect(0, 0)).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        assertThat(elect(0, 9)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        ElectLeadersResponseData twice = elect(ClusterRequests.elect(0, "pairs", 0, 0, 1));
        assertThat(twice.replicaElectionResults().getFirst().partitionResult()).hasSize(2);
        ElectLeadersRequestData all = new ElectLeadersRequestData().setTopicPartitions(null);
        assertThat(elect(all).replicaElectionResults()).isEmpty();
        assertThat(elect(all.setElectionType((byte) 2)).errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
    }

    /** Who is fenced is never in sync: the move does not come to its end. */
    @Test
    void aMoveIsListedUntilItIsCancelled() throws Exception {
        brokers.second.fallSilent();
        assertThat(reassign(ClusterRequests.reassign("pairs", 0, List.of(SECOND))).errorCode())
                .isZero();
        ListPartitionReassignmentsResponseData listed = list(null);
        assertThat(listed.topics().getFirst().name()).isEqualTo("pairs");
        assertThat(listed.topics().getFirst().partitions().getFirst().addingReplicas())
                .containsExactly(SECOND);
        assertThat(listed.topics().getFirst().partitions().getFirst().removingReplicas())
                .containsExactly(FIRST);
        assertThat(list(0)).isEqualTo(listed);
        assertThat(list(1).topics()).isEmpty();
        assertThat(list(9).topics()).isEmpty();
        assertThat(reassign(ClusterRequests.reassign("pairs", 0, null)).errorCode()).isZero();
        assertThat(list(null).topics()).isEmpty();
        assertThat(Errors.forCode(reassign(ClusterRequests.reassign("pairs", 0, null)).errorCode()))
                .isEqualTo(Errors.NO_REASSIGNMENT_IN_PROGRESS);
    }

    @Test
    void aMoveThatCannotBeIsRefusedWithTheReason() throws Exception {
        for (List<Integer> replicas :
                List.of(
                        List.<Integer>of(),
                        List.of(FIRST, FIRST),
                        List.of(-1),
                        List.of(ClusterRequests.NOBODY))) {
            ReassignablePartitionResponse answer =
                    reassign(ClusterRequests.reassign("pairs", 0, replicas));
            assertThat(Errors.forCode(answer.errorCode()))
                    .isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
            assertThat(answer.errorMessage()).isNotBlank();
        }
        AlterPartitionReassignmentsRequestData more =
                ClusterRequests.reassign("pairs", 0, List.of(FIRST, SECOND))
                        .setAllowReplicationFactorChange(false);
        assertThat(Errors.forCode(reassign(more).errorCode()))
                .isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(
                        Errors.forCode(
                                reassign(ClusterRequests.reassign("absent", 0, List.of(FIRST)))
                                        .errorCode()))
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private ReassignablePartitionResponse reassign(AlterPartitionReassignmentsRequestData request)
            throws Exception {
        AlterPartitionReassignmentsResponseData answer =
                atFirst.call(
                        ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                        1,
                        request,
                        AlterPartitionReassignmentsResponseData.class);
        assertThat(answer.errorCode()).isZero();
        return answer.responses().getFirst().partitions().getFirst();
    }

    private ListPartitionReassignmentsResponseData list(
            @org.jspecify.annotations.Nullable Integer partition) throws Exception {
        return atFirst.call(
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                0,
                partition == null
                        ? new ListPartitionReassignmentsRequestData().setTopics(null)
                        : ClusterRequests.listReassignments("pairs", partition),
                ListPartitionReassignmentsResponseData.class);
    }

    @Test
    void everyBrokerTellsOfTheQuorumAsItsLeaderSeesIt() throws Exception {
        for (RawClient client : List.of(atFirst, atSecond)) {
            DescribeQuorumResponseData answer =
                    client.call(
                            ApiKeys.DESCRIBE_QUORUM,
                            2,
                            ClusterRequests.quorum("__cluster_metadata", 0),
                            DescribeQuorumResponseData.class);
            assertThat(answer.errorCode()).isZero();
            DescribeQuorumResponseData.PartitionData quorum =
                    answer.topics().getFirst().partitions().getFirst();
            assertThat(quorum.leaderId()).isEqualTo(FIRST);
            assertThat(quorum.currentVoters())
                    .extracting(one -> one.replicaId())
                    .containsExactly(FIRST, SECOND);
            assertThat(quorum.currentVoters().getFirst().logEndOffset())
                    .isEqualTo(quorum.highWatermark());
            assertThat(answer.nodes()) // the quorum in memory has no addresses
                    .extracting(node -> node.nodeId())
                    .containsExactly(FIRST, SECOND);
            DescribeQuorumResponseData other =
                    client.call(
                            ApiKeys.DESCRIBE_QUORUM,
                            2,
                            ClusterRequests.quorum("pairs", 0),
                            DescribeQuorumResponseData.class);
            assertThat(other.topics().getFirst().partitions().getFirst().errorCode())
                    .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
    }
}
