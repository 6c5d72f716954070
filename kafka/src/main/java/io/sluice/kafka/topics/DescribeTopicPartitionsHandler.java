package io.sluice.kafka.topics;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.AllowedOperations;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.QueueLedger;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;

/** DescribeTopicPartitions, version 0 (KIP-966): topics in order of names, page by page. */
public final class DescribeTopicPartitionsHandler implements ApiHandler {

    /** Partitions of one answer, whatever the client asks (max.request.partition.size.limit). */
    private static final int MAX_PARTITIONS = 2000;

    private final KafkaServices services;

    public DescribeTopicPartitionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeTopicPartitionsRequestData data =
                request.message(DescribeTopicPartitionsRequestData.class);
        ClusterImage image = services.metadata().image();
        String fromTopic = data.cursor() == null ? "" : data.cursor().topicName();
        int fromPartition = data.cursor() == null ? 0 : data.cursor().partitionIndex();
        int left = Math.clamp(data.responsePartitionLimit(), 1, MAX_PARTITIONS);
        DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        for (String name : names(data, image)) {
            if (name.compareTo(fromTopic) < 0) {
                continue;
            }
            int first = name.equals(fromTopic) ? Math.max(0, fromPartition) : 0;
            if (left == 0) {
                response.setNextCursor(cursor(name, first));
                break;
            }
            TopicImage topic = image.topics().get(name);
            if (topic == null) {
                response.topics().add(unknown(name));
                continue;
            }
            int end =
                    Math.min(
                            topic.partitions().size(),
                            (int) Math.min(first + (long) left, Integer.MAX_VALUE));
            response.topics().add(describe(image, topic, first, end));
            left -= Math.max(0, end - first);
            if (end < topic.partitions().size()) {
                response.setNextCursor(cursor(name, end));
                break;
            }
        }
        request.reply(response);
    }

    /** In order, each once; all of them if none is named. */
    private static Collection<String> names(
            DescribeTopicPartitionsRequestData data, ClusterImage image) {
        if (data.topics().isEmpty()) {
            return image.topics().keySet();
        }
        TreeSet<String> names = new TreeSet<>();
        for (TopicRequest topic : data.topics()) {
            names.add(topic.name());
        }
        return names;
    }

    private static Cursor cursor(String topic, int partition) {
        return new Cursor().setTopicName(topic).setPartitionIndex(partition);
    }

    private static DescribeTopicPartitionsResponseTopic unknown(String name) {
        ErrorCode error =
                Topic.isValid(name)
                        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                        : ErrorCode.INVALID_TOPIC_EXCEPTION;
        return new DescribeTopicPartitionsResponseTopic().setName(name).setErrorCode(error.code());
    }

    private DescribeTopicPartitionsResponseTopic describe(
            ClusterImage image, TopicImage topic, int first, int end) {
        DescribeTopicPartitionsResponseTopic answer =
                new DescribeTopicPartitionsResponseTopic()
                        .setName(topic.name())
                        .setTopicId(Ids.toKafka(topic.id()))
                        .setIsInternal(QueueLedger.isInternal(topic.name()))
                        .setTopicAuthorizedOperations(AllowedOperations.TOPIC);
        for (int i = first; i < end; i++) {
            PartitionImage partition = topic.partitions().get(i);
            int leader = services.servingLeader(image, topic, partition);
            ErrorCode error =
                    leader == PartitionImage.NO_LEADER
                            ? ErrorCode.LEADER_NOT_AVAILABLE
                            : ErrorCode.NONE;
            answer.partitions()
                    .add(
                            new DescribeTopicPartitionsResponsePartition()
                                    .setErrorCode(error.code())
                                    .setPartitionIndex(partition.partition())
                                    .setLeaderId(leader)
                                    .setLeaderEpoch(partition.leaderEpoch())
                                    .setReplicaNodes(partition.replicas())
                                    .setIsrNodes(partition.isr())
                                    .setEligibleLeaderReplicas(partition.eligible())
                                    .setLastKnownElr(partition.lastKnown())
                                    .setOfflineReplicas(Brokers.offline(image, partition)));
        }
        return answer;
    }
}
