package io.sluice.kafka.topics;

import io.sluice.core.controller.BrokerImage;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;

/**
 * Metadata, versions 0 to 13: by name, by identity from version 12 (KIP-516), or everything; makes
 * missing topics where the broker and the client allow it. A topic named twice is told once.
 */
public final class MetadataHandler implements ApiHandler {

    private static final short FIRST_WITH_SWITCH = 4;
    private static final short FIRST_WITH_NULLABLE_NAME = 12;

    private final KafkaServices services;
    private final NewTopics topics;

    public MetadataHandler(KafkaServices services) {
        this.services = services;
        this.topics = new NewTopics(services);
    }

    @Override
    public Api api() {
        return Api.METADATA;
    }

    @Override
    public void handle(KafkaRequest request) {
        MetadataRequestData data = request.message(MetadataRequestData.class);
        List<String> missing = missing(data, request.version());
        if (missing.isEmpty()) {
            request.reply(answer(request, data, new TreeMap<>()));
        } else {
            topics.make(request, missing, errors -> request.reply(answer(request, data, errors)));
        }
    }

    private List<String> missing(MetadataRequestData data, short version) {
        boolean allowed = version < FIRST_WITH_SWITCH || data.allowAutoTopicCreation();
        if (data.topics() == null || !allowed || !topics.madeByNaming()) {
            return List.of();
        }
        ClusterImage image = services.metadata().image();
        Set<String> seen = new HashSet<>();
        List<String> missing = new ArrayList<>();
        for (MetadataRequestTopic topic : data.topics()) {
            String name = topic.name();
            if (name != null
                    && missing.size() < NewTopics.MAX_MADE_BY_NAMING
                    && !image.topics().containsKey(name)
                    && Topic.isValid(name)
                    && !QueueLedger.isInternal(
                            name) // made by whoever needs it, with its own settings
                    && seen.add(name)) {
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
                        .setControllerId(Brokers.controller(image, services.brokerId()));
        if (data.includeClusterAuthorizedOperations()) {
            answer.setClusterAuthorizedOperations(AllowedOperations.CLUSTER);
        }
        addBrokers(image, request.listener(), answer);
        if (wantsAll(data, request.version())) {
            for (TopicImage topic : image.topics().values()) {
                answer.topics().add(describe(image, topic, data));
            }
            return answer;
        }
        Set<String> names = new HashSet<>();
        Set<Uuid> ids = new HashSet<>();
        for (MetadataRequestTopic wanted : data.topics()) {
            boolean byId = wanted.name() == null || !wanted.topicId().equals(Uuid.ZERO_UUID);
            if (byId ? ids.add(wanted.topicId()) : names.add(wanted.name())) {
                answer.topics()
                        .add(
                                byId
                                        ? byId(image, wanted, data, request.version())
                                        : byName(image, wanted.name(), data, notMade));
            }
        }
        return answer;
    }

    private static void addBrokers(
            ClusterImage image, String listener, MetadataResponseData answer) {
        for (BrokerImage broker : image.brokers().values()) {
            BrokerImage.Endpoint endpoint = Brokers.endpoint(broker, listener);
            if (endpoint != null && !broker.fenced()) {
                answer.brokers()
                        .add(
                                new MetadataResponseData.MetadataResponseBroker()
                                        .setNodeId(broker.id())
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port())
                                        .setRack(broker.rack().orElse(null)));
            }
        }
    }

    /** Version 0 says "everything" by an empty list, later ones by none. */
    private static boolean wantsAll(MetadataRequestData data, short version) {
        return data.topics() == null || (version == 0 && data.topics().isEmpty());
    }

    private MetadataResponseTopic byId(
            ClusterImage image,
            MetadataRequestTopic wanted,
            MetadataRequestData data,
            short version) {
        if (version < FIRST_WITH_NULLABLE_NAME || wanted.topicId().equals(Uuid.ZERO_UUID)) {
            // Versions 10 and 11 have the field and no way to answer by it.
            return new MetadataResponseTopic()
                    .setErrorCode(ErrorCode.INVALID_REQUEST.code())
                    .setName(wanted.name() == null ? "" : wanted.name())
                    .setTopicId(wanted.topicId());
        }
        TopicImage topic = image.topicsById().get(Ids.fromKafka(wanted.topicId()));
        return topic != null
                ? describe(image, topic, data)
                : new MetadataResponseTopic()
                        .setErrorCode(ErrorCode.UNKNOWN_TOPIC_ID.code())
                        .setName(null)
                        .setTopicId(wanted.topicId());
    }

    private MetadataResponseTopic byName(
            ClusterImage image,
            String name,
            MetadataRequestData data,
            SortedMap<String, ErrorCode> notMade) {
        TopicImage topic = image.topics().get(name);
        if (topic != null) {
            return describe(image, topic, data);
        }
        ErrorCode error =
                Topic.isValid(name)
                        ? notMade.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                        : ErrorCode.INVALID_TOPIC_EXCEPTION;
        return new MetadataResponseTopic().setErrorCode(error.code()).setName(name);
    }

    private MetadataResponseTopic describe(
            ClusterImage image, TopicImage topic, MetadataRequestData data) {
        MetadataResponseTopic answer =
                new MetadataResponseTopic()
                        .setName(topic.name())
                        .setTopicId(Ids.toKafka(topic.id()))
                        .setIsInternal(QueueLedger.isInternal(topic.name()));
        if (data.includeTopicAuthorizedOperations()) {
            answer.setTopicAuthorizedOperations(AllowedOperations.TOPIC);
        }
        List<MetadataResponsePartition> partitions = new ArrayList<>(topic.partitions().size());
        for (PartitionImage partition : topic.partitions()) {
            int leader = services.servingLeader(image, topic, partition);
            ErrorCode error =
                    leader == PartitionImage.NO_LEADER
                            ? ErrorCode.LEADER_NOT_AVAILABLE
                            : ErrorCode.NONE;
            partitions.add(
                    new MetadataResponsePartition()
                            .setErrorCode(error.code())
                            .setPartitionIndex(partition.partition())
                            .setLeaderId(leader)
                            .setLeaderEpoch(partition.leaderEpoch())
                            .setReplicaNodes(partition.replicas())
                            .setIsrNodes(partition.isr())
                            .setOfflineReplicas(Brokers.offline(image, partition)));
        }
        return answer.setPartitions(partitions);
    }
}
