package io.sluice.kafka;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** DescribeTopicPartitions (KIP-966): topics in order of names, page by page. */
final class DescribeTopicPartitionsHandler implements ApiHandler {

    /** Partitions of one answer, whatever the client asks. */
    private static final int MAX_PARTITIONS = 2000;

    private final KafkaServices services;

    DescribeTopicPartitionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeTopicPartitionsRequestData data =
                request.message(DescribeTopicPartitionsRequestData.class);
        ClusterImage image = services.metadata().image();
        List<String> names = new ArrayList<>();
        if (data.topics().isEmpty()) {
            names.addAll(image.topics().keySet());
        } else {
            data.topics().forEach(topic -> names.add(topic.name()));
            names.sort(null);
        }
        String fromTopic = data.cursor() == null ? "" : data.cursor().topicName();
        int fromPartition = data.cursor() == null ? 0 : data.cursor().partitionIndex();
        int left = Math.clamp(data.responsePartitionLimit(), 1, MAX_PARTITIONS);
        DescribeTopicPartitionsResponseData response = new DescribeTopicPartitionsResponseData();
        for (String name : names) {
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
            int end = Math.min(topic.partitions().size(), first + left);
            response.topics().add(describe(topic, first, end));
            left -= Math.max(0, end - first);
            if (end < topic.partitions().size()) {
                response.setNextCursor(cursor(name, end));
                break;
            }
        }
        request.reply(response);
    }

    private static DescribeTopicPartitionsResponseData.Cursor cursor(String topic, int partition) {
        return new DescribeTopicPartitionsResponseData.Cursor()
                .setTopicName(topic)
                .setPartitionIndex(partition);
    }

    private static DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic unknown(
            String name) {
        return new DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic()
                .setName(name)
                .setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    private static DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic
            describe(TopicImage topic, int first, int end) {
        DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic answer =
                new DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic()
                        .setName(topic.name())
                        .setTopicId(Ids.toKafka(topic.id()));
        for (int i = first; i < end; i++) {
            PartitionImage partition = topic.partitions().get(i);
            answer.partitions()
                    .add(
                            new DescribeTopicPartitionsResponseData
                                            .DescribeTopicPartitionsResponsePartition()
                                    .setPartitionIndex(partition.partition())
                                    .setLeaderId(partition.leader())
                                    .setLeaderEpoch(partition.leaderEpoch())
                                    .setReplicaNodes(partition.replicas())
                                    .setIsrNodes(partition.isr())
                                    .setEligibleLeaderReplicas(List.of())
                                    .setLastKnownElr(List.of()));
        }
        return answer;
    }
}
