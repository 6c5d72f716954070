package io.sluice.kafka.codec;

import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * The APIs that are served, with the versions of each. The same table as kafka-clients' own, which
 * costs a third of a second to initialise and is therefore left alone on the way to the first
 * request; a test holds the two together.
 */
public enum Api {
    PRODUCE(0, 3, 13, 9),
    FETCH(1, 4, 18, 12),
    LIST_OFFSETS(2, 1, 11, 6),
    METADATA(3, 0, 13, 9),
    OFFSET_COMMIT(8, 2, 10, 8),
    OFFSET_FETCH(9, 1, 10, 6),
    FIND_COORDINATOR(10, 0, 6, 3),
    JOIN_GROUP(11, 0, 9, 6),
    HEARTBEAT(12, 0, 4, 4),
    LEAVE_GROUP(13, 0, 5, 4),
    SYNC_GROUP(14, 0, 5, 4),
    DESCRIBE_GROUPS(15, 0, 6, 5),
    LIST_GROUPS(16, 0, 5, 3),
    API_VERSIONS(18, 0, 5, 3),
    CREATE_TOPICS(19, 2, 7, 5),
    DELETE_TOPICS(20, 1, 6, 4),
    DELETE_RECORDS(21, 0, 2, 2),
    INIT_PRODUCER_ID(22, 0, 6, 2),
    OFFSET_FOR_LEADER_EPOCH(23, 2, 4, 4),
    ADD_PARTITIONS_TO_TXN(24, 0, 5, 3),
    ADD_OFFSETS_TO_TXN(25, 0, 4, 3),
    END_TXN(26, 0, 5, 3),
    TXN_OFFSET_COMMIT(28, 0, 6, 3),
    WRITE_TXN_MARKERS(27, 1, 2, 1),
    DESCRIBE_CONFIGS(32, 1, 4, 4),
    ALTER_CONFIGS(33, 0, 2, 2),
    ALTER_REPLICA_LOG_DIRS(34, 1, 2, 2),
    DESCRIBE_LOG_DIRS(35, 1, 5, 2),
    CREATE_PARTITIONS(37, 0, 3, 2),
    DELETE_GROUPS(42, 0, 3, 2),
    ELECT_LEADERS(43, 0, 2, 2),
    INCREMENTAL_ALTER_CONFIGS(44, 0, 1, 1),
    ALTER_PARTITION_REASSIGNMENTS(45, 0, 1, 0),
    LIST_PARTITION_REASSIGNMENTS(46, 0, 0, 0),
    OFFSET_DELETE(47, 0, 0, Short.MAX_VALUE),
    DESCRIBE_QUORUM(55, 0, 2, 0),
    DESCRIBE_CLUSTER(60, 0, 2, 0),
    DESCRIBE_PRODUCERS(61, 0, 0, 0),
    UNREGISTER_BROKER(64, 0, 0, 0),
    DESCRIBE_TRANSACTIONS(65, 0, 0, 0),
    LIST_TRANSACTIONS(66, 0, 2, 0),
    CONSUMER_GROUP_HEARTBEAT(68, 0, 1, 0),
    CONSUMER_GROUP_DESCRIBE(69, 0, 1, 0),
    LIST_CONFIG_RESOURCES(74, 0, 1, 0),
    DESCRIBE_TOPIC_PARTITIONS(75, 0, 0, 0),
    ADD_RAFT_VOTER(80, 0, 1, 0),
    REMOVE_RAFT_VOTER(81, 0, 0, 0),
    STREAMS_GROUP_HEARTBEAT(88, 0, 1, 0),
    STREAMS_GROUP_DESCRIBE(89, 0, 1, 0),
    SHARE_GROUP_HEARTBEAT(76, 1, 1, 0),
    SHARE_GROUP_DESCRIBE(77, 1, 1, 0),
    SHARE_FETCH(78, 1, 2, 0),
    SHARE_ACKNOWLEDGE(79, 1, 2, 0),
    INITIALIZE_SHARE_GROUP_STATE(83, 0, 0, 0),
    READ_SHARE_GROUP_STATE(84, 0, 0, 0),
    WRITE_SHARE_GROUP_STATE(85, 0, 1, 0),
    DELETE_SHARE_GROUP_STATE(86, 0, 0, 0),
    READ_SHARE_GROUP_STATE_SUMMARY(87, 0, 1, 0),
    DESCRIBE_SHARE_GROUP_OFFSETS(90, 0, 1, 0),
    ALTER_SHARE_GROUP_OFFSETS(91, 0, 0, 0),
    DELETE_SHARE_GROUP_OFFSETS(92, 0, 0, 0);

    private static final int HIGHEST_KEY = 92;
    private static final @Nullable Api[] BY_KEY = new Api[HIGHEST_KEY + 1];

    static {
        for (Api api : values()) {
            BY_KEY[api.key] = api;
        }
    }

    private final short key;
    private final short lowest;
    private final short highest;
    private final short firstFlexible;

    Api(int key, int lowest, int highest, int firstFlexible) {
        this.key = (short) key;
        this.lowest = (short) lowest;
        this.highest = (short) highest;
        this.firstFlexible = (short) firstFlexible;
    }

    /** The API of that number, or null if it is not served. */
    public static @Nullable Api of(short key) {
        return key < 0 || key > HIGHEST_KEY ? null : BY_KEY[key];
    }

    /** The number on the wire. */
    public short key() {
        return key;
    }

    /** The lowest version served. */
    public short lowest() {
        return lowest;
    }

    /** The highest version served. */
    public short highest() {
        return highest;
    }

    public boolean serves(short version) {
        return version >= lowest && version <= highest;
    }

    /** Whether requests of that version carry tagged fields (KIP-482). */
    boolean isFlexible(short version) {
        return version >= firstFlexible;
    }

    /** Whether the header of the answer carries tagged fields; ApiVersions' never (KIP-511). */
    boolean hasFlexibleAnswerHeader(short version) {
        return this != API_VERSIONS && isFlexible(version);
    }

    /** An empty request, to be read into. */
    public ApiMessage newRequest() {
        return switch (this) {
            case PRODUCE -> new ProduceRequestData();
            case FETCH -> new FetchRequestData();
            case LIST_OFFSETS -> new ListOffsetsRequestData();
            case METADATA -> new MetadataRequestData();
            case OFFSET_COMMIT -> new OffsetCommitRequestData();
            case OFFSET_FETCH -> new OffsetFetchRequestData();
            case FIND_COORDINATOR -> new FindCoordinatorRequestData();
            case JOIN_GROUP -> new JoinGroupRequestData();
            case HEARTBEAT -> new HeartbeatRequestData();
            case LEAVE_GROUP -> new LeaveGroupRequestData();
            case SYNC_GROUP -> new SyncGroupRequestData();
            case DESCRIBE_GROUPS -> new DescribeGroupsRequestData();
            case LIST_GROUPS -> new ListGroupsRequestData();
            case API_VERSIONS -> new ApiVersionsRequestData();
            case CREATE_TOPICS -> new CreateTopicsRequestData();
            case DELETE_TOPICS -> new DeleteTopicsRequestData();
            case DELETE_RECORDS -> new DeleteRecordsRequestData();
            case INIT_PRODUCER_ID -> new InitProducerIdRequestData();
            case OFFSET_FOR_LEADER_EPOCH -> new OffsetForLeaderEpochRequestData();
            case ADD_PARTITIONS_TO_TXN -> new AddPartitionsToTxnRequestData();
            case ADD_OFFSETS_TO_TXN -> new AddOffsetsToTxnRequestData();
            case END_TXN -> new EndTxnRequestData();
            case TXN_OFFSET_COMMIT -> new TxnOffsetCommitRequestData();
            case DESCRIBE_TRANSACTIONS -> new DescribeTransactionsRequestData();
            case LIST_TRANSACTIONS -> new ListTransactionsRequestData();
            case WRITE_TXN_MARKERS -> new WriteTxnMarkersRequestData();
            case DESCRIBE_CONFIGS -> new DescribeConfigsRequestData();
            case ALTER_CONFIGS -> new AlterConfigsRequestData();
            case ALTER_REPLICA_LOG_DIRS -> new AlterReplicaLogDirsRequestData();
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirsRequestData();
            case CREATE_PARTITIONS -> new CreatePartitionsRequestData();
            case DELETE_GROUPS -> new DeleteGroupsRequestData();
            case OFFSET_DELETE -> new OffsetDeleteRequestData();
            case INCREMENTAL_ALTER_CONFIGS -> new IncrementalAlterConfigsRequestData();
            case DESCRIBE_CLUSTER -> new DescribeClusterRequestData();
            case DESCRIBE_PRODUCERS -> new DescribeProducersRequestData();
            case CONSUMER_GROUP_HEARTBEAT -> new ConsumerGroupHeartbeatRequestData();
            case CONSUMER_GROUP_DESCRIBE -> new ConsumerGroupDescribeRequestData();
            case STREAMS_GROUP_HEARTBEAT -> new StreamsGroupHeartbeatRequestData();
            case STREAMS_GROUP_DESCRIBE -> new StreamsGroupDescribeRequestData();
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
                    newShareRequest();
            case LIST_CONFIG_RESOURCES -> new ListConfigResourcesRequestData();
            case ELECT_LEADERS -> new ElectLeadersRequestData();
            case ALTER_PARTITION_REASSIGNMENTS -> new AlterPartitionReassignmentsRequestData();
            case LIST_PARTITION_REASSIGNMENTS -> new ListPartitionReassignmentsRequestData();
            case DESCRIBE_QUORUM -> new DescribeQuorumRequestData();
            case UNREGISTER_BROKER -> new UnregisterBrokerRequestData();
            case ADD_RAFT_VOTER -> new AddRaftVoterRequestData();
            case REMOVE_RAFT_VOTER -> new RemoveRaftVoterRequestData();
            case DESCRIBE_TOPIC_PARTITIONS -> new DescribeTopicPartitionsRequestData();
        };
    }

    private ApiMessage newShareRequest() {
        return switch (this) {
            case SHARE_GROUP_HEARTBEAT -> new ShareGroupHeartbeatRequestData();
            case SHARE_GROUP_DESCRIBE -> new ShareGroupDescribeRequestData();
            case SHARE_FETCH -> new ShareFetchRequestData();
            case SHARE_ACKNOWLEDGE -> new ShareAcknowledgeRequestData();
            case INITIALIZE_SHARE_GROUP_STATE -> new InitializeShareGroupStateRequestData();
            case READ_SHARE_GROUP_STATE -> new ReadShareGroupStateRequestData();
            case WRITE_SHARE_GROUP_STATE -> new WriteShareGroupStateRequestData();
            case DELETE_SHARE_GROUP_STATE -> new DeleteShareGroupStateRequestData();
            case READ_SHARE_GROUP_STATE_SUMMARY -> new ReadShareGroupStateSummaryRequestData();
            case DESCRIBE_SHARE_GROUP_OFFSETS -> new DescribeShareGroupOffsetsRequestData();
            case ALTER_SHARE_GROUP_OFFSETS -> new AlterShareGroupOffsetsRequestData();
            case DELETE_SHARE_GROUP_OFFSETS -> new DeleteShareGroupOffsetsRequestData();
            default -> throw new IllegalStateException(this + " is about no share group");
        };
    }
}
