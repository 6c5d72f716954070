package io.sluice.kafka;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** A valid request of every API about share groups; the states are those of a group "states". */
final class ShareRequests {

    private ShareRequests() {}

    static ApiMessage of(ApiKeys api, String topic, Uuid topicId) {
        return switch (api) {
            case SHARE_GROUP_HEARTBEAT ->
                    new ShareGroupHeartbeatRequestData()
                            .setGroupId("s")
                            .setMemberId("member")
                            .setSubscribedTopicNames(List.of(topic));
            case SHARE_GROUP_DESCRIBE ->
                    new ShareGroupDescribeRequestData().setGroupIds(List.of("g"));
            case SHARE_FETCH -> fetch("s", "member", 0, topicId, 0);
            case SHARE_ACKNOWLEDGE ->
                    new ShareAcknowledgeRequestData()
                            .setGroupId("s")
                            .setMemberId("member")
                            .setShareSessionEpoch(1);
            case DESCRIBE_SHARE_GROUP_OFFSETS ->
                    new DescribeShareGroupOffsetsRequestData()
                            .setGroups(
                                    List.of(
                                            new DescribeShareGroupOffsetsRequestGroup()
                                                    .setGroupId("g")
                                                    .setTopics(null)));
            case ALTER_SHARE_GROUP_OFFSETS ->
                    new AlterShareGroupOffsetsRequestData().setGroupId("g");
            case DELETE_SHARE_GROUP_OFFSETS ->
                    new DeleteShareGroupOffsetsRequestData().setGroupId("g");
            default -> state(api, topicId);
        };
    }

    /** The first partition of a topic, with nothing said of its records. */
    static ShareFetchRequestData fetch(
            String group, String member, int epoch, Uuid topicId, int maxWaitMs) {
        ShareFetchRequestData request =
                new ShareFetchRequestData()
                        .setGroupId(group)
                        .setMemberId(member)
                        .setShareSessionEpoch(epoch)
                        .setMaxWaitMs(maxWaitMs)
                        .setMinBytes(1)
                        .setMaxBytes(1 << 20)
                        .setMaxRecords(100)
                        .setBatchSize(100);
        ShareFetchRequestData.FetchTopic named =
                new ShareFetchRequestData.FetchTopic().setTopicId(topicId);
        named.partitions().add(new ShareFetchRequestData.FetchPartition().setPartitionIndex(0));
        request.topics().add(named);
        return request;
    }

    private static ApiMessage state(ApiKeys api, Uuid topicId) {
        return switch (api) {
            case INITIALIZE_SHARE_GROUP_STATE ->
                    new InitializeShareGroupStateRequestData()
                            .setGroupId("states")
                            .setTopics(
                                    List.of(
                                            new InitializeShareGroupStateRequestData
                                                            .InitializeStateData()
                                                    .setTopicId(topicId)
                                                    .setPartitions(
                                                            List.of(
                                                                    new InitializeShareGroupStateRequestData
                                                                                    .PartitionData()
                                                                            .setStateEpoch(1)
                                                                            .setStartOffset(5)))));
            case READ_SHARE_GROUP_STATE ->
                    new ReadShareGroupStateRequestData()
                            .setGroupId("states")
                            .setTopics(
                                    List.of(
                                            new ReadShareGroupStateRequestData.ReadStateData()
                                                    .setTopicId(topicId)
                                                    .setPartitions(
                                                            List.of(
                                                                    new ReadShareGroupStateRequestData
                                                                            .PartitionData()))));
            case WRITE_SHARE_GROUP_STATE -> write(topicId);
            case DELETE_SHARE_GROUP_STATE ->
                    new DeleteShareGroupStateRequestData()
                            .setGroupId("states")
                            .setTopics(
                                    List.of(
                                            new DeleteShareGroupStateRequestData.DeleteStateData()
                                                    .setTopicId(topicId)
                                                    .setPartitions(
                                                            List.of(
                                                                    new DeleteShareGroupStateRequestData
                                                                            .PartitionData()))));
            case READ_SHARE_GROUP_STATE_SUMMARY ->
                    new ReadShareGroupStateSummaryRequestData().setGroupId("states");
            default -> throw new IllegalArgumentException("not about share groups: " + api);
        };
    }

    private static WriteShareGroupStateRequestData write(Uuid topicId) {
        WriteShareGroupStateRequestData.PartitionData partition =
                new WriteShareGroupStateRequestData.PartitionData()
                        .setStateEpoch(1)
                        .setStartOffset(6)
                        .setStateBatches(
                                List.of(
                                        new WriteShareGroupStateRequestData.StateBatch()
                                                .setFirstOffset(7)
                                                .setLastOffset(9)
                                                .setDeliveryState((byte) 2)));
        return new WriteShareGroupStateRequestData()
                .setGroupId("states")
                .setTopics(
                        List.of(
                                new WriteShareGroupStateRequestData.WriteStateData()
                                        .setTopicId(topicId)
                                        .setPartitions(List.of(partition))));
    }
}
