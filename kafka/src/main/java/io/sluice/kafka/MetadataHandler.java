package io.sluice.kafka;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Metadata, all versions: by name, by identity, or everything; makes missing topics if allowed. */
final class MetadataHandler implements ApiHandler {

    private final KafkaServices services;
    private final TopicNames topics;

    MetadataHandler(KafkaServices services, TopicNames topics) {
        this.services = services;
        this.topics = topics;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.METADATA;
    }

    @Override
    public void handle(KafkaRequest request) {
        MetadataRequestData data = request.message(MetadataRequestData.class);
        List<String> missing = missing(data, request.version());
        if (missing.isEmpty()) {
            request.reply(answer(request, data, new TreeMap<>()));
        } else {
            topics.create(request, missing, errors -> request.reply(answer(request, data, errors)));
        }
    }

    private List<String> missing(MetadataRequestData data, short version) {
        List<String> missing = new ArrayList<>();
        boolean allowed = version < 4 || data.allowAutoTopicCreation();
        if (data.topics() == null || !allowed || !topics.autoCreates()) {
            return missing;
        }
        ClusterImage image = services.metadata().image();
        for (MetadataRequestData.MetadataRequestTopic topic : data.topics()) {
            String name = topic.name();
            if (name != null && !image.topics().containsKey(name) && !missing.contains(name)) {
                missing.add(name);
            }
        }
        return missing;
    }

    private MetadataResponseData answer(
            KafkaRequest request, MetadataRequestData data, SortedMap<String, ErrorCode> notMade) {
        ClusterImage image = services.metadata().image();
        MetadataResponseData answer =
                new MetadataResponseData()
                        .setClusterId(image.clusterId().toString())
                        .setControllerId(services.brokerId());
        for (BrokerImage broker : image.brokers().values()) {
            Brokers.endpoint(broker, request.connection().listener())
                    .ifPresent(endpoint ->
                            answer.brokers()
                                    .add(
                                            new MetadataResponseData.MetadataResponseBroker()
                                                    .setNodeId(broker.id())
                                                    .setHost(endpoint.host())
                                                    .setPort(endpoint.port())
                                                    .setRack(broker.rack().orElse(null))));
        }
        if (wantsAll(data, request.version())) {
            image.topics().values().forEach(topic -> answer.topics().add(describe(topic)));
        } else {
            for (MetadataRequestData.MetadataRequestTopic topic : data.topics()) {
                answer.topics().add(find(image, topic, notMade));
            }
        }
        return answer;
    }

    /** Version 0 says "everything" by an empty list, later ones by none. */
    private static boolean wantsAll(MetadataRequestData data, short version) {
        return data.topics() == null || (version == 0 && data.topics().isEmpty());
    }

    private static MetadataResponseData.MetadataResponseTopic find(
            ClusterImage image,
            MetadataRequestData.MetadataRequestTopic wanted,
            SortedMap<String, ErrorCode> notMade) {
        boolean byId = wanted.name() == null || !wanted.topicId().equals(Uuid.ZERO_UUID);
        TopicImage topic =
                byId
                        ? image.topicsById().get(Ids.fromKafka(wanted.topicId()))
                        : image.topics().get(wanted.name());
        if (topic != null) {
            return describe(topic);
        }
        ErrorCode error =
                byId
                        ? ErrorCode.UNKNOWN_TOPIC_ID
                        : notMade.getOrDefault(wanted.name(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        return new MetadataResponseData.MetadataResponseTopic()
                .setErrorCode(error.code())
                .setName(byId ? null : wanted.name())
                .setTopicId(wanted.topicId());
    }

    private static MetadataResponseData.MetadataResponseTopic describe(TopicImage topic) {
        MetadataResponseData.MetadataResponseTopic answer =
                new MetadataResponseData.MetadataResponseTopic()
                        .setName(topic.name())
                        .setTopicId(Ids.toKafka(topic.id()));
        for (PartitionImage partition : topic.partitions()) {
            ErrorCode error =
                    partition.leader() == PartitionImage.NO_LEADER
                            ? ErrorCode.LEADER_NOT_AVAILABLE
                            : ErrorCode.NONE;
            answer.partitions()
                    .add(
                            new MetadataResponseData.MetadataResponsePartition()
                                    .setErrorCode(error.code())
                                    .setPartitionIndex(partition.partition())
                                    .setLeaderId(partition.leader())
                                    .setLeaderEpoch(partition.leaderEpoch())
                                    .setReplicaNodes(partition.replicas())
                                    .setIsrNodes(partition.isr()));
        }
        return answer;
    }
}
