package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What has been decided: the entries of the metadata log. Applied in order, by everyone alike. */
public sealed interface MetadataEvent {

    record ClusterInitialized(Uuid clusterId) implements MetadataEvent {}

    record BrokerRegistered(BrokerImage broker) implements MetadataEvent {}

    record TopicCreated(Uuid id, String name, Map<String, String> configs)
            implements MetadataEvent {}

    record TopicDeleted(Uuid id) implements MetadataEvent {}

    /** A partition as it is from now on, new or changed. */
    record PartitionChanged(Uuid topicId, PartitionImage partition) implements MetadataEvent {}

    /** A setting of a topic; an empty value removes it. */
    record TopicConfigChanged(Uuid topicId, String key, Optional<String> value)
            implements MetadataEvent {}

    /** A dynamic setting of brokers, {@code ""} for all; an empty value removes it. */
    record BrokerConfigChanged(String broker, String key, Optional<String> value)
            implements MetadataEvent {}

    record ProducerIdsAllocated(long nextProducerId) implements MetadataEvent {}

    /** A broker's new start makes it lead its partitions in a new epoch. */
    record LeaderEpochsBumped(int brokerId) implements MetadataEvent {}

    /** Replicas of a broker lie in these directories. */
    record DirectoriesAssigned(int brokerId, List<Placement> placements) implements MetadataEvent {}

    /** Where one replica lies. */
    record Placement(Uuid topicId, int partition, Uuid directory) {}
}
