package io.sluice.kafka.cluster;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData.ListPartitionReassignmentsTopics;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingPartitionReassignment;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData.OngoingTopicReassignment;
import org.jspecify.annotations.Nullable;

/**
 * ListPartitionReassignments, version 0 (KIP-455): the moves under way, of all partitions or of
 * those named; what is not there does not move.
 */
public final class ListPartitionReassignmentsHandler implements ApiHandler {

    private final KafkaServices services;

    public ListPartitionReassignmentsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.LIST_PARTITION_REASSIGNMENTS;
    }

    /** As new as any change that was answered before: whoever asks may have made one elsewhere. */
    @Override
    public void handle(KafkaRequest request) {
        services.metadata()
                .catchUp(request.loop(), current -> request.guarded(() -> list(request, current)));
    }

    private void list(KafkaRequest request, boolean current) {
        if (!current) {
            request.reply(
                    new ListPartitionReassignmentsResponseData()
                            .setErrorCode(ErrorCode.REQUEST_TIMED_OUT.code())
                            .setErrorMessage("the controller does not answer: try again"));
            return;
        }
        List<ListPartitionReassignmentsTopics> named =
                request.message(ListPartitionReassignmentsRequestData.class).topics();
        ClusterImage image = services.metadata().image();
        ListPartitionReassignmentsResponseData response =
                new ListPartitionReassignmentsResponseData();
        if (named == null) {
            image.topics().values().forEach(topic -> add(topic, topic.partitions(), response));
        } else {
            numbers(named)
                    .forEach((name, numbers) -> {
                        TopicImage topic = image.topics().get(name);
                        add(topic, partitions(topic, numbers), response);
                    });
        }
        request.reply(response);
    }

    /** What is named twice is told once. */
    private static Map<String, Set<Integer>> numbers(List<ListPartitionReassignmentsTopics> named) {
        Map<String, Set<Integer>> numbers = new LinkedHashMap<>();
        named.forEach(topic ->
                numbers.computeIfAbsent(topic.name(), name -> new LinkedHashSet<>())
                        .addAll(topic.partitionIndexes()));
        return numbers;
    }

    private static List<PartitionImage> partitions(
            @Nullable TopicImage topic, Set<Integer> numbers) {
        List<PartitionImage> found = new ArrayList<>();
        for (int number : numbers) {
            PartitionImage partition = Brokers.partition(topic, number);
            if (partition != null) {
                found.add(partition);
            }
        }
        return found;
    }

    private static void add(
            @Nullable TopicImage topic,
            List<PartitionImage> partitions,
            ListPartitionReassignmentsResponseData response) {
        List<OngoingPartitionReassignment> moving = new ArrayList<>();
        for (PartitionImage partition : partitions) {
            if (partition.isMoving()) {
                moving.add(
                        new OngoingPartitionReassignment()
                                .setPartitionIndex(partition.partition())
                                .setReplicas(partition.replicas())
                                .setAddingReplicas(partition.adding())
                                .setRemovingReplicas(partition.removing()));
            }
        }
        if (topic != null && !moving.isEmpty()) {
            response.topics()
                    .add(
                            new OngoingTopicReassignment()
                                    .setName(topic.name())
                                    .setPartitions(moving));
        }
    }
}
