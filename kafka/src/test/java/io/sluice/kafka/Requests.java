package io.sluice.kafka;

import io.sluice.engine.fake.Batches;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** A valid request of every API in every version, about one topic. */
final class Requests {

    private final String topic;
    private final Uuid topicId;
    private final String directory;

    /**
     * @param topic there, with partitions 0 and 1
     * @param directory where partition 0 may be moved
     */
    Requests(String topic, Uuid topicId, String directory) {
        this.topic = topic;
        this.topicId = topicId;
        this.directory = directory;
    }

    Uuid topicId() {
        return topicId;
    }

    ApiMessage of(ApiKeys api, int version) {
        return switch (api) {
            case PRODUCE -> produce(version);
            case FETCH -> fetch(version, 0, 0);
            case LIST_OFFSETS -> listOffsets();
            case METADATA -> metadata(version);
            case API_VERSIONS -> apiVersions();
            case CREATE_TOPICS -> createTopics(version);
            case DELETE_TOPICS -> deleteTopics(version);
            case DELETE_RECORDS -> deleteRecords();
            case INIT_PRODUCER_ID -> new InitProducerIdRequestData().setTransactionalId(null);
            case OFFSET_FOR_LEADER_EPOCH -> offsetForLeaderEpoch();
            case DESCRIBE_CONFIGS -> describeConfigs();
            case ALTER_CONFIGS -> alterConfigs();
            case ALTER_REPLICA_LOG_DIRS -> alterReplicaLogDirs();
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirsRequestData().setTopics(null);
            case CREATE_PARTITIONS -> createPartitions();
            case INCREMENTAL_ALTER_CONFIGS -> incrementalAlterConfigs();
            case DESCRIBE_CLUSTER -> new DescribeClusterRequestData();
            case DESCRIBE_PRODUCERS -> describeProducers();
            case WRITE_TXN_MARKERS -> writeMarker(9, 0, false);
            case DESCRIBE_TOPIC_PARTITIONS -> describeTopicPartitions();
            case ELECT_LEADERS, ALTER_PARTITION_REASSIGNMENTS, LIST_PARTITION_REASSIGNMENTS ->
                    ClusterRequests.of(api, topic);
            case DESCRIBE_QUORUM, UNREGISTER_BROKER, ADD_RAFT_VOTER, REMOVE_RAFT_VOTER ->
                    ClusterRequests.of(api, topic);
            default -> groups(api, version);
        };
    }

    /** About the group "g"; a member of it is "nobody". */
    private ApiMessage groups(ApiKeys api, int version) {
        return switch (api) {
            case FIND_COORDINATOR -> findCoordinator(version);
            case JOIN_GROUP -> joinGroup(version);
            case SYNC_GROUP -> syncGroup(version);
            case HEARTBEAT ->
                    new HeartbeatRequestData()
                            .setGroupId("g")
                            .setMemberId("nobody")
                            .setGenerationId(1);
            case LEAVE_GROUP -> leaveGroup(version);
            case OFFSET_COMMIT -> offsetCommit(version);
            case OFFSET_FETCH -> offsetFetch(version);
            case OFFSET_DELETE -> offsetDelete();
            case LIST_CONFIG_RESOURCES -> new ListConfigResourcesRequestData();
            case LIST_GROUPS -> new ListGroupsRequestData();
            case DESCRIBE_GROUPS -> new DescribeGroupsRequestData().setGroups(List.of("g"));
            case CONSUMER_GROUP_HEARTBEAT -> consumerHeartbeat(version);
            case CONSUMER_GROUP_DESCRIBE ->
                    new ConsumerGroupDescribeRequestData().setGroupIds(List.of("g"));
            case STREAMS_GROUP_HEARTBEAT -> streamsHeartbeat(version);
            case STREAMS_GROUP_DESCRIBE ->
                    new StreamsGroupDescribeRequestData().setGroupIds(List.of("g"));
            case DELETE_GROUPS -> new DeleteGroupsRequestData().setGroupsNames(List.of("g"));
            case SHARE_GROUP_HEARTBEAT,
                    SHARE_GROUP_DESCRIBE,
                    SHARE_FETCH,
                    SHARE_ACKNOWLEDGE,
                    INITIALIZE_SHARE_GROUP_STATE,
                    READ_SHARE_GROUP_STATE,
                    WRITE_SHARE_GROUP_STATE,
                    DELETE_SHARE_GROUP_STATE,
                    READ_SHARE_GROUP_STATE_SUMMARY,
                    DESCRIBE_SHARE_GROUP_OFFSETS,
                    ALTER_SHARE_GROUP_OFFSETS,
                    DELETE_SHARE_GROUP_OFFSETS ->
                    ShareRequests.of(api, topic, topicId);
            default -> TransactionRequests.of(api, version, topic, topicId);
        };
    }

    private static StreamsGroupHeartbeatRequestData streamsHeartbeat(int version) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId("streams-" + version)
                .setMemberId("member")
                .setRebalanceTimeoutMs(10_000)
                .setProcessId("process")
                .setActiveTasks(List.of())
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of())
                .setTopology(
                        new StreamsGroupHeartbeatRequestData.Topology()
                                .setSubtopologies(
                                        List.of(
                                                new StreamsGroupHeartbeatRequestData.Subtopology()
                                                        .setSubtopologyId("0")
                                                        .setSourceTopics(List.of("absent")))));
    }

    private static FindCoordinatorRequestData findCoordinator(int version) {
        return version < 4
                ? new FindCoordinatorRequestData().setKey("g")
                : new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"));
    }

    private static JoinGroupRequestData joinGroup(int version) {
        JoinGroupRequestData request =
                new JoinGroupRequestData()
                        .setGroupId("joined-" + version)
                        .setSessionTimeoutMs(10_000)
                        .setRebalanceTimeoutMs(10_000)
                        .setProtocolType("consumer");
        request.protocols()
                .add(
                        new JoinGroupRequestData.JoinGroupRequestProtocol()
                                .setName("range")
                                .setMetadata(new byte[] {0, 1, 0, 0, 0, 0}));
        return request;
    }

    private static ConsumerGroupHeartbeatRequestData consumerHeartbeat(int version) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId("beating-" + version)
                .setMemberId(version == 0 ? "" : "member")
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(10_000)
                .setSubscribedTopicNames(List.of("t"))
                .setTopicPartitions(List.of());
    }

    private static SyncGroupRequestData syncGroup(int version) {
        SyncGroupRequestData request =
                new SyncGroupRequestData().setGroupId("g").setMemberId("nobody").setGenerationId(1);
        return version < 5 ? request : request.setProtocolType("consumer").setProtocolName("range");
    }

    private static LeaveGroupRequestData leaveGroup(int version) {
        return version < 3
                ? new LeaveGroupRequestData().setGroupId("g").setMemberId("nobody")
                : new LeaveGroupRequestData()
                        .setGroupId("g")
                        .setMembers(
                                List.of(
                                        new LeaveGroupRequestData.MemberIdentity()
                                                .setMemberId("nobody")));
    }

    private OffsetCommitRequestData offsetCommit(int version) {
        OffsetCommitRequestData.OffsetCommitRequestTopic offsets =
                new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setPartitions(
                                List.of(
                                        new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                                .setPartitionIndex(0)
                                                .setCommittedOffset(version)
                                                .setCommittedMetadata("v" + version)));
        if (version >= 10) {
            offsets.setTopicId(topicId);
        } else {
            offsets.setName(topic);
        }
        return new OffsetCommitRequestData().setGroupId("g").setTopics(List.of(offsets));
    }

    private OffsetFetchRequestData offsetFetch(int version) {
        if (version < 8) {
            return new OffsetFetchRequestData()
                    .setGroupId("g")
                    .setTopics(
                            List.of(
                                    new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                            .setName(topic)
                                            .setPartitionIndexes(List.of(0, 1))));
        }
        OffsetFetchRequestData.OffsetFetchRequestTopics offsets =
                new OffsetFetchRequestData.OffsetFetchRequestTopics()
                        .setPartitionIndexes(List.of(0, 1));
        if (version >= 10) {
            offsets.setTopicId(topicId);
        } else {
            offsets.setName(topic);
        }
        return new OffsetFetchRequestData()
                .setGroups(
                        List.of(
                                new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                        .setGroupId("g")
                                        .setTopics(List.of(offsets))));
    }

    private OffsetDeleteRequestData offsetDelete() {
        OffsetDeleteRequestData request = new OffsetDeleteRequestData().setGroupId("g");
        request.topics()
                .add(
                        new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                                .setName(topic)
                                .setPartitions(
                                        List.of(
                                                new OffsetDeleteRequestData
                                                                .OffsetDeleteRequestPartition()
                                                        .setPartitionIndex(0))));
        return request;
    }

    static MemoryRecords records(ByteBuffer batch) {
        return MemoryRecords.readableRecords(batch);
    }

    ProduceRequestData produce(int version) {
        return produce(version, 1, Batches.plain(3, 1_000L));
    }

    ProduceRequestData produce(int version, int acks, ByteBuffer batch) {
        ProduceRequestData.TopicProduceData data =
                new ProduceRequestData.TopicProduceData()
                        .setPartitionData(
                                List.of(
                                        new ProduceRequestData.PartitionProduceData()
                                                .setIndex(0)
                                                .setRecords(records(batch))));
        if (version >= 13) {
            data.setTopicId(topicId);
        } else {
            data.setName(topic);
        }
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) acks).setTimeoutMs(10_000);
        request.topicData().add(data);
        return request;
    }

    /** Of a transaction in partition 0, version 2. */
    WriteTxnMarkersRequestData writeMarker(long producerId, int epoch, boolean commit) {
        return new WriteTxnMarkersRequestData()
                .setMarkers(
                        List.of(
                                new WriteTxnMarkersRequestData.WritableTxnMarker()
                                        .setProducerId(producerId)
                                        .setProducerEpoch((short) epoch)
                                        .setTransactionResult(commit)
                                        .setTransactionVersion((byte) 2)
                                        .setTopics(
                                                List.of(
                                                        new WriteTxnMarkersRequestData
                                                                        .WritableTxnMarkerTopic()
                                                                .setName(topic)
                                                                .setPartitionIndexes(
                                                                        List.of(0))))));
    }

    FetchRequestData fetch(int version, long offset, int maxWaitMs) {
        return new FetchRequestData()
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setTopics(List.of(fetchTopic(version, offset, 0)));
    }

    FetchRequestData.FetchTopic fetchTopic(int version, long offset, int... partitions) {
        FetchRequestData.FetchTopic wanted = new FetchRequestData.FetchTopic();
        if (version >= 13) {
            wanted.setTopicId(topicId);
        } else {
            wanted.setTopic(topic);
        }
        for (int partition : partitions) {
            wanted.partitions()
                    .add(
                            new FetchRequestData.FetchPartition()
                                    .setPartition(partition)
                                    .setFetchOffset(offset)
                                    .setPartitionMaxBytes(1 << 20));
        }
        return wanted;
    }

    private ListOffsetsRequestData listOffsets() {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(
                        List.of(
                                new ListOffsetsRequestData.ListOffsetsTopic()
                                        .setName(topic)
                                        .setPartitions(
                                                List.of(listOffset(0, -1), listOffset(1, -2)))));
    }

    static ListOffsetsRequestData.ListOffsetsPartition listOffset(int partition, long time) {
        return new ListOffsetsRequestData.ListOffsetsPartition()
                .setPartitionIndex(partition)
                .setTimestamp(time);
    }

    private MetadataRequestData metadata(int version) {
        return new MetadataRequestData()
                .setAllowAutoTopicCreation(true)
                .setTopics(
                        List.of(
                                version >= 12
                                        ? new MetadataRequestData.MetadataRequestTopic()
                                                .setName(null)
                                                .setTopicId(topicId)
                                        : new MetadataRequestData.MetadataRequestTopic()
                                                .setName(topic)));
    }

    private static ApiVersionsRequestData apiVersions() {
        return new ApiVersionsRequestData()
                .setClientSoftwareName("raw-client")
                .setClientSoftwareVersion("1.0");
    }

    private static CreateTopicsRequestData createTopics(int version) {
        CreateTopicsRequestData request =
                new CreateTopicsRequestData().setTimeoutMs(10_000).setValidateOnly(false);
        CreateTopicsRequestData.CreatableTopic made =
                new CreateTopicsRequestData.CreatableTopic()
                        .setName("made-v" + version)
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1);
        made.configs()
                .add(
                        new CreateTopicsRequestData.CreatableTopicConfig()
                                .setName("retention.ms")
                                .setValue("1000"));
        request.topics().add(made);
        return request;
    }

    /** What CreateTopics of that version made; version 1 deletes what version 7 made. */
    private static DeleteTopicsRequestData deleteTopics(int version) {
        String name = "made-v" + (version == 1 ? 7 : version);
        DeleteTopicsRequestData request = new DeleteTopicsRequestData().setTimeoutMs(10_000);
        return version >= 6
                ? request.setTopics(
                        List.of(new DeleteTopicsRequestData.DeleteTopicState().setName(name)))
                : request.setTopicNames(List.of(name));
    }

    private DeleteRecordsRequestData deleteRecords() {
        return new DeleteRecordsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(
                        List.of(
                                new DeleteRecordsRequestData.DeleteRecordsTopic()
                                        .setName(topic)
                                        .setPartitions(
                                                List.of(
                                                        new DeleteRecordsRequestData
                                                                        .DeleteRecordsPartition()
                                                                .setPartitionIndex(1)
                                                                .setOffset(0L)))));
    }

    private OffsetForLeaderEpochRequestData offsetForLeaderEpoch() {
        OffsetForLeaderEpochRequestData request =
                new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        request.topics()
                .add(
                        new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                                .setTopic(topic)
                                .setPartitions(
                                        List.of(
                                                new OffsetForLeaderEpochRequestData
                                                                .OffsetForLeaderPartition()
                                                        .setPartition(0)
                                                        .setLeaderEpoch(0)
                                                        .setCurrentLeaderEpoch(-1))));
        return request;
    }

    private DescribeConfigsRequestData describeConfigs() {
        return new DescribeConfigsRequestData()
                .setResources(
                        List.of(
                                new DescribeConfigsRequestData.DescribeConfigsResource()
                                        .setResourceType((byte) 2)
                                        .setResourceName(topic)
                                        .setConfigurationKeys(null)))
                .setIncludeSynonyms(true);
    }

    private AlterConfigsRequestData alterConfigs() {
        AlterConfigsRequestData request = new AlterConfigsRequestData().setValidateOnly(true);
        AlterConfigsRequestData.AlterConfigsResource resource =
                new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType((byte) 2)
                        .setResourceName(topic);
        resource.configs()
                .add(
                        new AlterConfigsRequestData.AlterableConfig()
                                .setName("retention.ms")
                                .setValue("1000000"));
        request.resources().add(resource);
        return request;
    }

    private IncrementalAlterConfigsRequestData incrementalAlterConfigs() {
        IncrementalAlterConfigsRequestData request =
                new IncrementalAlterConfigsRequestData().setValidateOnly(true);
        IncrementalAlterConfigsRequestData.AlterConfigsResource resource =
                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType((byte) 2)
                        .setResourceName(topic);
        resource.configs()
                .add(
                        new IncrementalAlterConfigsRequestData.AlterableConfig()
                                .setName("retention.ms")
                                .setConfigOperation((byte) 0)
                                .setValue("1000000"));
        request.resources().add(resource);
        return request;
    }

    private AlterReplicaLogDirsRequestData alterReplicaLogDirs() {
        AlterReplicaLogDirsRequestData request = new AlterReplicaLogDirsRequestData();
        AlterReplicaLogDirsRequestData.AlterReplicaLogDir into =
                new AlterReplicaLogDirsRequestData.AlterReplicaLogDir().setPath(directory);
        into.topics()
                .add(
                        new AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic()
                                .setName(topic)
                                .setPartitions(List.of(1)));
        request.dirs().add(into);
        return request;
    }

    private CreatePartitionsRequestData createPartitions() {
        CreatePartitionsRequestData request =
                new CreatePartitionsRequestData().setTimeoutMs(10_000).setValidateOnly(true);
        request.topics()
                .add(
                        new CreatePartitionsRequestData.CreatePartitionsTopic()
                                .setName(topic)
                                .setCount(5)
                                .setAssignments(null));
        return request;
    }

    private DescribeProducersRequestData describeProducers() {
        DescribeProducersRequestData request = new DescribeProducersRequestData();
        request.topics()
                .add(
                        new DescribeProducersRequestData.TopicRequest()
                                .setName(topic)
                                .setPartitionIndexes(List.of(0)));
        return request;
    }

    private DescribeTopicPartitionsRequestData describeTopicPartitions() {
        return new DescribeTopicPartitionsRequestData()
                .setTopics(
                        List.of(
                                new DescribeTopicPartitionsRequestData.TopicRequest()
                                        .setName(topic)));
    }
}
