package io.sluice.kafka;

import java.util.List;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** Requests about brokers, and about who leads what. */
final class ClusterRequests {

    /** No broker has it. */
    static final int NOBODY = 4_711;

    private ClusterRequests() {}

    /** About partition 0, which this broker leads and nothing moves. */
    static ApiMessage of(ApiKeys api, String topic) {
        return switch (api) {
            case ELECT_LEADERS -> elect(0, topic, 0);
            case ALTER_PARTITION_REASSIGNMENTS -> reassign(topic, 0, null);
            case LIST_PARTITION_REASSIGNMENTS -> listReassignments(topic, 0);
            case DESCRIBE_QUORUM -> quorum("__cluster_metadata", 0);
            case ADD_RAFT_VOTER ->
                    new AddRaftVoterRequestData().setClusterId(null).setVoterId(NOBODY);
            case REMOVE_RAFT_VOTER ->
                    new RemoveRaftVoterRequestData().setClusterId(null).setVoterId(NOBODY);
            case UNREGISTER_BROKER -> new UnregisterBrokerRequestData().setBrokerId(NOBODY);
            default -> throw new IllegalArgumentException("not about the cluster: " + api);
        };
    }

    static ElectLeadersRequestData elect(int type, String topic, int... partitions) {
        ElectLeadersRequestData request =
                new ElectLeadersRequestData().setElectionType((byte) type);
        TopicPartitions named = new TopicPartitions().setTopic(topic);
        for (int partition : partitions) {
            named.partitions().add(partition);
        }
        request.topicPartitions().add(named);
        return request;
    }

    /**
     * @param replicas null cancels
     */
    static AlterPartitionReassignmentsRequestData reassign(
            String topic, int partition, @Nullable List<Integer> replicas) {
        return new AlterPartitionReassignmentsRequestData()
                .setTopics(
                        List.of(
                                new ReassignableTopic()
                                        .setName(topic)
                                        .setPartitions(
                                                List.of(
                                                        new ReassignablePartition()
                                                                .setPartitionIndex(partition)
                                                                .setReplicas(replicas)))));
    }

    static ListPartitionReassignmentsRequestData listReassignments(String topic, int partition) {
        return new ListPartitionReassignmentsRequestData()
                .setTopics(
                        List.of(
                                new ListPartitionReassignmentsTopics()
                                        .setName(topic)
                                        .setPartitionIndexes(List.of(partition))));
    }

    static DescribeQuorumRequestData quorum(String topic, int partition) {
        return new DescribeQuorumRequestData()
                .setTopics(
                        List.of(
                                new DescribeQuorumRequestData.TopicData()
                                        .setTopicName(topic)
                                        .setPartitions(
                                                List.of(
                                                        new DescribeQuorumRequestData
                                                                        .PartitionData()
                                                                .setPartitionIndex(partition)))));
    }
}
