package io.sluice.kafka.metrics;

import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Finds the errors in an answer. The message classes have no common way to it, and their own
 * wrappers are not for the way of a request; a test holds this against their fields.
 */
final class AnswerErrors {

    private AnswerErrors() {}

    /** Those that come first and most need no table of types. */
    static void count(ApiMessage answer, ErrorCounts to) {
        if (answer instanceof FetchResponseData data) {
            to.add(data.errorCode());
            for (FetchResponseData.FetchableTopicResponse one : data.responses()) {
                for (FetchResponseData.PartitionData inner : one.partitions()) {
                    to.add(inner.errorCode());
                }
            }
        } else if (answer instanceof ProduceResponseData data) {
            for (ProduceResponseData.TopicProduceResponse one : data.responses()) {
                for (ProduceResponseData.PartitionProduceResponse inner :
                        one.partitionResponses()) {
                    to.add(inner.errorCode());
                }
            }
        } else if (answer instanceof MetadataResponseData data) {
            to.add(data.errorCode());
            for (MetadataResponseData.MetadataResponseTopic one : data.topics()) {
                to.add(one.errorCode());
                for (MetadataResponseData.MetadataResponsePartition inner : one.partitions()) {
                    to.add(inner.errorCode());
                }
            }
        } else if (answer instanceof ApiVersionsResponseData data) {
            to.add(data.errorCode());
        } else if (answer instanceof InitProducerIdResponseData data) {
            to.add(data.errorCode());
        } else {
            countRare(answer, to);
        }
    }

    private static boolean groups(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case OffsetCommitResponseData data -> {
                for (OffsetCommitResponseData.OffsetCommitResponseTopic one : data.topics()) {
                    for (OffsetCommitResponseData.OffsetCommitResponsePartition inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case OffsetFetchResponseData data -> fetched(data, to);
            case FindCoordinatorResponseData data -> {
                to.add(data.errorCode());
                for (FindCoordinatorResponseData.Coordinator one : data.coordinators()) {
                    to.add(one.errorCode());
                }
            }
            case JoinGroupResponseData data -> to.add(data.errorCode());
            case HeartbeatResponseData data -> to.add(data.errorCode());
            case LeaveGroupResponseData data -> {
                to.add(data.errorCode());
                for (LeaveGroupResponseData.MemberResponse one : data.members()) {
                    to.add(one.errorCode());
                }
            }
            case SyncGroupResponseData data -> to.add(data.errorCode());
            case DescribeGroupsResponseData data -> {
                for (DescribeGroupsResponseData.DescribedGroup one : data.groups()) {
                    to.add(one.errorCode());
                }
            }
            case ListGroupsResponseData data -> to.add(data.errorCode());
            case DeleteGroupsResponseData data -> {
                for (DeleteGroupsResponseData.DeletableGroupResult one : data.results()) {
                    to.add(one.errorCode());
                }
            }
            case OffsetDeleteResponseData data -> {
                to.add(data.errorCode());
                for (OffsetDeleteResponseData.OffsetDeleteResponseTopic one : data.topics()) {
                    for (OffsetDeleteResponseData.OffsetDeleteResponsePartition inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case ConsumerGroupHeartbeatResponseData data -> to.add(data.errorCode());
            case ConsumerGroupDescribeResponseData data -> {
                for (ConsumerGroupDescribeResponseData.DescribedGroup one : data.groups()) {
                    to.add(one.errorCode());
                }
            }
            case ShareGroupHeartbeatResponseData data -> to.add(data.errorCode());
            case ShareGroupDescribeResponseData data -> {
                for (ShareGroupDescribeResponseData.DescribedGroup one : data.groups()) {
                    to.add(one.errorCode());
                }
            }
            case StreamsGroupHeartbeatResponseData data -> to.add(data.errorCode());
            case StreamsGroupDescribeResponseData data -> {
                for (StreamsGroupDescribeResponseData.DescribedGroup one : data.groups()) {
                    to.add(one.errorCode());
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean transactions(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case AddPartitionsToTxnResponseData data -> added(data, to);
            case AddOffsetsToTxnResponseData data -> to.add(data.errorCode());
            case EndTxnResponseData data -> to.add(data.errorCode());
            case TxnOffsetCommitResponseData data -> {
                for (TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic one : data.topics()) {
                    for (TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case WriteTxnMarkersResponseData data -> {
                for (WriteTxnMarkersResponseData.WritableTxnMarkerResult one : data.markers()) {
                    for (WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult inner :
                            one.topics()) {
                        for (WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult
                                innermost : inner.partitions()) {
                            to.add(innermost.errorCode());
                        }
                    }
                }
            }
            case DescribeProducersResponseData data -> {
                for (DescribeProducersResponseData.TopicResponse one : data.topics()) {
                    for (DescribeProducersResponseData.PartitionResponse inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case DescribeTransactionsResponseData data -> {
                for (DescribeTransactionsResponseData.TransactionState one :
                        data.transactionStates()) {
                    to.add(one.errorCode());
                }
            }
            case ListTransactionsResponseData data -> to.add(data.errorCode());
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean topics(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case ListOffsetsResponseData data -> {
                for (ListOffsetsResponseData.ListOffsetsTopicResponse one : data.topics()) {
                    for (ListOffsetsResponseData.ListOffsetsPartitionResponse inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case OffsetForLeaderEpochResponseData data -> {
                for (OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult one :
                        data.topics()) {
                    for (OffsetForLeaderEpochResponseData.EpochEndOffset inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case CreateTopicsResponseData data -> {
                for (CreateTopicsResponseData.CreatableTopicResult one : data.topics()) {
                    to.add(one.errorCode());
                }
            }
            case DeleteTopicsResponseData data -> {
                for (DeleteTopicsResponseData.DeletableTopicResult one : data.responses()) {
                    to.add(one.errorCode());
                }
            }
            case DeleteRecordsResponseData data -> {
                for (DeleteRecordsResponseData.DeleteRecordsTopicResult one : data.topics()) {
                    for (DeleteRecordsResponseData.DeleteRecordsPartitionResult inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case CreatePartitionsResponseData data -> {
                for (CreatePartitionsResponseData.CreatePartitionsTopicResult one :
                        data.results()) {
                    to.add(one.errorCode());
                }
            }
            case DescribeTopicPartitionsResponseData data -> {
                for (DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic one :
                        data.topics()) {
                    to.add(one.errorCode());
                    for (DescribeTopicPartitionsResponseData
                                    .DescribeTopicPartitionsResponsePartition
                            inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean cluster(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case AddRaftVoterResponseData data -> to.add(data.errorCode());
            case RemoveRaftVoterResponseData data -> to.add(data.errorCode());
            case DescribeConfigsResponseData data -> {
                for (DescribeConfigsResponseData.DescribeConfigsResult one : data.results()) {
                    to.add(one.errorCode());
                }
            }
            case AlterConfigsResponseData data -> {
                for (AlterConfigsResponseData.AlterConfigsResourceResponse one : data.responses()) {
                    to.add(one.errorCode());
                }
            }
            case IncrementalAlterConfigsResponseData data -> {
                for (IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse one :
                        data.responses()) {
                    to.add(one.errorCode());
                }
            }
            case ListConfigResourcesResponseData data -> to.add(data.errorCode());
            case AlterReplicaLogDirsResponseData data -> {
                for (AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult one :
                        data.results()) {
                    for (AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult inner :
                            one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case DescribeLogDirsResponseData data -> {
                to.add(data.errorCode());
                for (DescribeLogDirsResponseData.DescribeLogDirsResult one : data.results()) {
                    to.add(one.errorCode());
                }
            }
            case ElectLeadersResponseData data -> {
                to.add(data.errorCode());
                for (ElectLeadersResponseData.ReplicaElectionResult one :
                        data.replicaElectionResults()) {
                    for (ElectLeadersResponseData.PartitionResult inner : one.partitionResult()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case AlterPartitionReassignmentsResponseData data -> {
                to.add(data.errorCode());
                for (AlterPartitionReassignmentsResponseData.ReassignableTopicResponse one :
                        data.responses()) {
                    for (AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse
                            inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case ListPartitionReassignmentsResponseData data -> to.add(data.errorCode());
            case DescribeQuorumResponseData data -> {
                to.add(data.errorCode());
                for (DescribeQuorumResponseData.TopicData one : data.topics()) {
                    for (DescribeQuorumResponseData.PartitionData inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case DescribeClusterResponseData data -> to.add(data.errorCode());
            case UnregisterBrokerResponseData data -> to.add(data.errorCode());
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void fetched(OffsetFetchResponseData data, ErrorCounts to) {
        to.add(data.errorCode());
        for (OffsetFetchResponseData.OffsetFetchResponseTopic one : data.topics()) {
            for (OffsetFetchResponseData.OffsetFetchResponsePartition inner : one.partitions()) {
                to.add(inner.errorCode());
            }
        }
        for (OffsetFetchResponseData.OffsetFetchResponseGroup one : data.groups()) {
            to.add(one.errorCode());
            for (OffsetFetchResponseData.OffsetFetchResponseTopics inner : one.topics()) {
                for (OffsetFetchResponseData.OffsetFetchResponsePartitions innermost :
                        inner.partitions()) {
                    to.add(innermost.errorCode());
                }
            }
        }
    }

    private static void added(AddPartitionsToTxnResponseData data, ErrorCounts to) {
        to.add(data.errorCode());
        added(data.resultsByTopicV3AndBelow(), to);
        for (AddPartitionsToTxnResponseData.AddPartitionsToTxnResult one :
                data.resultsByTransaction()) {
            added(one.topicResults(), to);
        }
    }

    private static void added(
            AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection topics,
            ErrorCounts to) {
        for (AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult one : topics) {
            for (AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult inner :
                    one.resultsByPartition()) {
                to.add(inner.partitionErrorCode());
            }
        }
    }

    private static void countRare(ApiMessage answer, ErrorCounts to) {
        boolean found =
                groups(answer, to)
                        || transactions(answer, to)
                        || topics(answer, to)
                        || cluster(answer, to)
                        || ShareAnswerErrors.count(answer, to);
        assert found : "an answer without a rule: " + answer.getClass();
    }
}
