package io.sluice.kafka.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.share.Delivery;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.FileRecords;
import io.sluice.kafka.codec.Ids;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.message.ShareFetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ShareFetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.message.ShareFetchResponseData.ShareFetchableTopicResponse;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Builds the answer to a ShareFetch: partitions that something was said of, or that gave records.
 */
final class ShareFetchAnswer {

    private final ClusterImage image;
    private final String listener;
    private final ShareFetchResponseData response = new ShareFetchResponseData();
    private final Map<ShareKey, PartitionData> partitions = new HashMap<>();

    ShareFetchAnswer(KafkaServices services, String listener, int lockMs) {
        this.image = services.metadata().image();
        this.listener = listener;
        response.setAcquisitionLockTimeoutMs(lockMs);
    }

    ShareFetchResponseData response() {
        return response;
    }

    /** What became of what the member said of a queue's records. */
    void settled(ShareKey queue, ErrorCode error) {
        PartitionData data = of(queue);
        data.setAcknowledgeErrorCode(told(image, queue, error).code());
        tellLeader(queue, error, data);
    }

    /** What a queue gave. */
    void given(Delivery delivery) {
        PartitionData data = of(delivery.key());
        data.setErrorCode(told(image, delivery.key(), delivery.error()).code());
        tellLeader(delivery.key(), delivery.error(), data);
        FileSlice records = delivery.records();
        if (records != null) {
            data.setRecords(new FileRecords(records));
        }
        for (Acquired range : delivery.acquired()) {
            data.acquiredRecords()
                    .add(
                            new AcquiredRecords()
                                    .setFirstOffset(range.first())
                                    .setLastOffset(range.last())
                                    .setDeliveryCount(
                                            (short) Math.min(range.deliveries(), Short.MAX_VALUE)));
        }
    }

    /** Clients name topics by identity: one that is not there is an unknown one. */
    static ErrorCode told(ClusterImage image, ShareKey queue, ErrorCode error) {
        return error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                        && !image.topicsById().containsKey(queue.topicId())
                ? ErrorCode.UNKNOWN_TOPIC_ID
                : error;
    }

    private PartitionData of(ShareKey queue) {
        return partitions.computeIfAbsent(
                queue,
                key -> {
                    org.apache.kafka.common.Uuid id = Ids.toKafka(key.topicId());
                    ShareFetchableTopicResponse topic = response.responses().find(id);
                    if (topic == null) {
                        topic = new ShareFetchableTopicResponse().setTopicId(id);
                        response.responses().add(topic);
                    }
                    PartitionData data =
                            new PartitionData()
                                    .setPartitionIndex(key.partition())
                                    .setRecords(MemoryRecords.EMPTY);
                    topic.partitions().add(data);
                    return data;
                });
    }

    /** Who leads a partition that is not led here, and where it is reached. */
    private void tellLeader(ShareKey queue, ErrorCode error, PartitionData data) {
        TopicImage topic = image.topicsById().get(queue.topicId());
        PartitionImage partition = Brokers.partition(topic, queue.partition());
        if (!Brokers.tellsLeader(error) || partition == null) {
            return;
        }
        data.setCurrentLeader(
                new LeaderIdAndEpoch()
                        .setLeaderId(partition.leader())
                        .setLeaderEpoch(partition.leaderEpoch()));
        Brokers.Reached leader = Brokers.leader(image, partition, listener);
        if (leader != null && response.nodeEndpoints().find(leader.id()) == null) {
            response.nodeEndpoints()
                    .add(
                            new NodeEndpoint()
                                    .setNodeId(leader.id())
                                    .setHost(leader.host())
                                    .setPort(leader.port())
                                    .setRack(leader.rack()));
        }
    }
}
