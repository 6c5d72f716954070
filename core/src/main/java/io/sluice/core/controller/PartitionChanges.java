package io.sluice.core.controller;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Partitions that one command changes, each once: one event for each topic. */
final class PartitionChanges {

    private final ClusterState state;
    private final SortedMap<Uuid, SortedMap<Integer, PartitionImage>> changed = new TreeMap<>();

    PartitionChanges(ClusterState state) {
        this.state = state;
    }

    /** What was asked about one partition: it, or why it cannot be. */
    sealed interface Found {
        record Partition(TopicImage topic, PartitionImage image) implements Found {}

        record Missing(Outcome outcome) implements Found {}
    }

    Found find(TopicPartition name) {
        TopicImage topic = state.topics().get(name.topic());
        return topic == null
                ? new Found.Missing(TopicDecisions.unknown(name.topic()))
                : find(topic, name.partition());
    }

    Found find(Uuid topicId, int partition) {
        TopicImage topic = state.topicsById().get(topicId);
        return topic == null
                ? new Found.Missing(
                        Controller.refused(
                                ErrorCode.UNKNOWN_TOPIC_ID,
                                "there is no topic with the identity " + topicId))
                : find(topic, partition);
    }

    private Found find(TopicImage topic, int partition) {
        if (partition < 0 || partition >= topic.partitions().size()) {
            return new Found.Missing(
                    Controller.refused(
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                            "topic %s has no partition %d".formatted(topic.name(), partition)));
        }
        SortedMap<Integer, PartitionImage> ofTopic = changed.get(topic.id());
        return ofTopic != null && ofTopic.containsKey(partition)
                ? new Found.Missing(
                        TopicDecisions.namedTwice(
                                new TopicPartition(topic.name(), partition).toString()))
                : new Found.Partition(topic, topic.partitions().get(partition));
    }

    /** Takes a partition as it is from now on. */
    void put(Found.Partition found, PartitionImage after) {
        if (after != found.image()) {
            changed.computeIfAbsent(found.topic().id(), id -> new TreeMap<>())
                    .put(after.partition(), after);
        }
    }

    List<MetadataEvent> events() {
        List<MetadataEvent> events = new ArrayList<>();
        changed.forEach((id, partitions) ->
                events.add(
                        new MetadataEvent.PartitionsChanged(id, List.copyOf(partitions.values()))));
        return List.copyOf(events);
    }

    /** An outcome with the partition as it is then. */
    static Outcome told(ErrorCode error, String detail, PartitionImage partition) {
        return new Outcome(error, detail, Optional.empty(), Optional.of(partition));
    }
}
