package io.sluice.kafka;

import io.sluice.engine.metrics.MetricSource;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.cluster.AddRaftVoterHandler;
import io.sluice.kafka.cluster.AlterPartitionReassignmentsHandler;
import io.sluice.kafka.cluster.AlterReplicaLogDirsHandler;
import io.sluice.kafka.cluster.ApiVersionsHandler;
import io.sluice.kafka.cluster.DescribeClusterHandler;
import io.sluice.kafka.cluster.DescribeLogDirsHandler;
import io.sluice.kafka.cluster.DescribeQuorumHandler;
import io.sluice.kafka.cluster.ElectLeadersHandler;
import io.sluice.kafka.cluster.ListPartitionReassignmentsHandler;
import io.sluice.kafka.cluster.RemoveRaftVoterHandler;
import io.sluice.kafka.cluster.UnregisterBrokerHandler;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaConnection;
import io.sluice.kafka.fetch.FetchHandler;
import io.sluice.kafka.group.ConsumerGroupDescribeHandler;
import io.sluice.kafka.group.ConsumerGroupHeartbeatHandler;
import io.sluice.kafka.group.DeleteGroupsHandler;
import io.sluice.kafka.group.DescribeGroupsHandler;
import io.sluice.kafka.group.FindCoordinatorHandler;
import io.sluice.kafka.group.GroupMetrics;
import io.sluice.kafka.group.HeartbeatHandler;
import io.sluice.kafka.group.JoinGroupHandler;
import io.sluice.kafka.group.LeaveGroupHandler;
import io.sluice.kafka.group.ListGroupsHandler;
import io.sluice.kafka.group.OffsetCommitHandler;
import io.sluice.kafka.group.OffsetDeleteHandler;
import io.sluice.kafka.group.OffsetFetchHandler;
import io.sluice.kafka.group.ShareGroupDescribeHandler;
import io.sluice.kafka.group.ShareGroupHeartbeatHandler;
import io.sluice.kafka.group.StreamsGroupDescribeHandler;
import io.sluice.kafka.group.StreamsGroupHeartbeatHandler;
import io.sluice.kafka.group.SyncGroupHandler;
import io.sluice.kafka.metrics.RequestMetrics;
import io.sluice.kafka.records.DeleteRecordsHandler;
import io.sluice.kafka.records.DescribeProducersHandler;
import io.sluice.kafka.records.ListOffsetsHandler;
import io.sluice.kafka.records.OffsetForLeaderEpochHandler;
import io.sluice.kafka.records.ProduceHandler;
import io.sluice.kafka.records.WriteTxnMarkersHandler;
import io.sluice.kafka.settings.AlterConfigsHandler;
import io.sluice.kafka.settings.DescribeConfigsHandler;
import io.sluice.kafka.settings.IncrementalAlterConfigsHandler;
import io.sluice.kafka.settings.ListConfigResourcesHandler;
import io.sluice.kafka.share.AlterShareGroupOffsetsHandler;
import io.sluice.kafka.share.DeleteShareGroupOffsetsHandler;
import io.sluice.kafka.share.DeleteShareGroupStateHandler;
import io.sluice.kafka.share.DescribeShareGroupOffsetsHandler;
import io.sluice.kafka.share.InitializeShareGroupStateHandler;
import io.sluice.kafka.share.QueueBacklogs;
import io.sluice.kafka.share.ReadShareGroupStateHandler;
import io.sluice.kafka.share.ReadShareGroupStateSummaryHandler;
import io.sluice.kafka.share.ShareAcknowledgeHandler;
import io.sluice.kafka.share.ShareFetchHandler;
import io.sluice.kafka.share.ShareReaders;
import io.sluice.kafka.share.WriteShareGroupStateHandler;
import io.sluice.kafka.topics.CreatePartitionsHandler;
import io.sluice.kafka.topics.CreateTopicsHandler;
import io.sluice.kafka.topics.DeleteTopicsHandler;
import io.sluice.kafka.topics.DescribeTopicPartitionsHandler;
import io.sluice.kafka.topics.MetadataHandler;
import io.sluice.kafka.transaction.AddOffsetsToTxnHandler;
import io.sluice.kafka.transaction.AddPartitionsToTxnHandler;
import io.sluice.kafka.transaction.DescribeTransactionsHandler;
import io.sluice.kafka.transaction.EndTxnHandler;
import io.sluice.kafka.transaction.InitProducerIdHandler;
import io.sluice.kafka.transaction.ListTransactionsHandler;
import io.sluice.kafka.transaction.TransactionMetrics;
import io.sluice.kafka.transaction.TxnOffsetCommitHandler;
import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Protocol;
import java.nio.ByteBuffer;
import java.util.List;

/** The Kafka protocol: frames of a four-byte length and a request. Any thread may connect. */
public final class KafkaDoor implements Protocol {

    private final ApiHandler[] handlers;
    private final KafkaServices services;
    private final RequestMetrics requests = new RequestMetrics();

    public KafkaDoor(KafkaServices services) {
        ApiHandler[] all = new ApiHandler[Api.values().length];
        ShareReaders readers =
                new ShareReaders(services.shares().queues(), services.shares().maxReaders());
        for (Api api : Api.values()) {
            all[api.ordinal()] = handler(api, services, readers);
        }
        this.handlers = all;
        this.services = services;
    }

    private static ApiHandler handler(Api api, KafkaServices services, ShareReaders readers) {
        return switch (api) {
            case PRODUCE -> new ProduceHandler(services);
            case FETCH -> new FetchHandler(services);
            case LIST_OFFSETS -> new ListOffsetsHandler(services);
            case METADATA -> new MetadataHandler(services);
            case OFFSET_COMMIT -> new OffsetCommitHandler(services);
            case OFFSET_FETCH -> new OffsetFetchHandler(services);
            case FIND_COORDINATOR -> new FindCoordinatorHandler(services);
            case JOIN_GROUP -> new JoinGroupHandler(services);
            case HEARTBEAT -> new HeartbeatHandler(services);
            case CONSUMER_GROUP_HEARTBEAT -> new ConsumerGroupHeartbeatHandler(services);
            case CONSUMER_GROUP_DESCRIBE -> new ConsumerGroupDescribeHandler(services);
            case STREAMS_GROUP_HEARTBEAT -> new StreamsGroupHeartbeatHandler(services);
            case STREAMS_GROUP_DESCRIBE -> new StreamsGroupDescribeHandler(services);
            case SHARE_GROUP_HEARTBEAT -> new ShareGroupHeartbeatHandler(services);
            case SHARE_GROUP_DESCRIBE -> new ShareGroupDescribeHandler(services);
            case SHARE_FETCH -> new ShareFetchHandler(services, readers);
            case SHARE_ACKNOWLEDGE -> new ShareAcknowledgeHandler(services, readers);
            case INITIALIZE_SHARE_GROUP_STATE -> new InitializeShareGroupStateHandler(services);
            case READ_SHARE_GROUP_STATE -> new ReadShareGroupStateHandler(services);
            case WRITE_SHARE_GROUP_STATE -> new WriteShareGroupStateHandler(services);
            case DELETE_SHARE_GROUP_STATE -> new DeleteShareGroupStateHandler(services);
            case READ_SHARE_GROUP_STATE_SUMMARY -> new ReadShareGroupStateSummaryHandler(services);
            case DESCRIBE_SHARE_GROUP_OFFSETS -> new DescribeShareGroupOffsetsHandler(services);
            case ALTER_SHARE_GROUP_OFFSETS -> new AlterShareGroupOffsetsHandler(services);
            case DELETE_SHARE_GROUP_OFFSETS -> new DeleteShareGroupOffsetsHandler(services);
            case LIST_CONFIG_RESOURCES -> new ListConfigResourcesHandler(services);
            case LEAVE_GROUP -> new LeaveGroupHandler(services);
            case SYNC_GROUP -> new SyncGroupHandler(services);
            case DESCRIBE_GROUPS -> new DescribeGroupsHandler(services);
            case LIST_GROUPS -> new ListGroupsHandler(services);
            case DELETE_GROUPS -> new DeleteGroupsHandler(services);
            case OFFSET_DELETE -> new OffsetDeleteHandler(services);
            case API_VERSIONS -> new ApiVersionsHandler(services);
            case CREATE_TOPICS -> new CreateTopicsHandler(services);
            case DELETE_TOPICS -> new DeleteTopicsHandler(services);
            case DELETE_RECORDS -> new DeleteRecordsHandler(services);
            case INIT_PRODUCER_ID -> new InitProducerIdHandler(services);
            case ADD_PARTITIONS_TO_TXN -> new AddPartitionsToTxnHandler(services);
            case ADD_OFFSETS_TO_TXN -> new AddOffsetsToTxnHandler(services);
            case END_TXN -> new EndTxnHandler(services);
            case TXN_OFFSET_COMMIT -> new TxnOffsetCommitHandler(services);
            case DESCRIBE_TRANSACTIONS -> new DescribeTransactionsHandler(services);
            case LIST_TRANSACTIONS -> new ListTransactionsHandler(services);
            case OFFSET_FOR_LEADER_EPOCH -> new OffsetForLeaderEpochHandler(services);
            case WRITE_TXN_MARKERS -> new WriteTxnMarkersHandler(services);
            case DESCRIBE_CONFIGS -> new DescribeConfigsHandler(services);
            case ALTER_CONFIGS -> new AlterConfigsHandler(services);
            case ALTER_REPLICA_LOG_DIRS -> new AlterReplicaLogDirsHandler(services);
            case DESCRIBE_LOG_DIRS -> new DescribeLogDirsHandler(services);
            case CREATE_PARTITIONS -> new CreatePartitionsHandler(services);
            case INCREMENTAL_ALTER_CONFIGS -> new IncrementalAlterConfigsHandler(services);
            case DESCRIBE_CLUSTER -> new DescribeClusterHandler(services);
            case DESCRIBE_PRODUCERS -> new DescribeProducersHandler(services);
            case ELECT_LEADERS -> new ElectLeadersHandler(services);
            case ALTER_PARTITION_REASSIGNMENTS -> new AlterPartitionReassignmentsHandler(services);
            case LIST_PARTITION_REASSIGNMENTS -> new ListPartitionReassignmentsHandler(services);
            case DESCRIBE_QUORUM -> new DescribeQuorumHandler(services);
            case UNREGISTER_BROKER -> new UnregisterBrokerHandler(services);
            case ADD_RAFT_VOTER -> new AddRaftVoterHandler(services);
            case REMOVE_RAFT_VOTER -> new RemoveRaftVoterHandler(services);
            case DESCRIBE_TOPIC_PARTITIONS -> new DescribeTopicPartitionsHandler(services);
        };
    }

    /**
     * Loads the classes of the requests that come first, so that no client waits for them. To be
     * run once, in the background, after the broker serves.
     */
    public void warmUp() {
        WarmUp.run();
    }

    /** Tell of requests, groups, transactions and queues. */
    public List<MetricSource> metrics() {
        return List.of(
                requests,
                new GroupMetrics(services.groups(), services.partitions()),
                new TransactionMetrics(services.transactions(), services.partitions()),
                services.shares().queues().metrics(),
                new QueueBacklogs(services.shares().states(), services.partitions()),
                services.shares().states().host().metrics());
    }

    @Override
    public int prefixSize() {
        return KafkaConnection.LENGTH_BYTES;
    }

    @Override
    public int frameSize(ByteBuffer bytes) throws MalformedFrameException {
        int length = bytes.getInt(bytes.position());
        if (length <= 0 || length > Integer.MAX_VALUE - KafkaConnection.LENGTH_BYTES) {
            throw new MalformedFrameException("a request of " + length + " bytes");
        }
        return length + KafkaConnection.LENGTH_BYTES;
    }

    @Override
    public ConnectionHandler connected(Connection connection) {
        return new KafkaConnection(handlers, connection, requests.of(connection.loop()));
    }
}
