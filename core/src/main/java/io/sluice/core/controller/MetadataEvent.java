package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What has been decided: the content of the metadata log. Applied in order, by every broker alike.
 * Once released an event keeps its meaning for ever; a new behaviour is a new event.
 */
public sealed interface MetadataEvent {

    record ClusterInitialized(Uuid clusterId) implements MetadataEvent {}

    /** A broker as it is from now on. */
    record BrokerRegistered(BrokerImage broker) implements MetadataEvent {}

    /** A topic without partitions; they follow. */
    record TopicCreated(Uuid id, String name, SortedMap<String, String> configs)
            implements MetadataEvent {}

    /** Partitions of a topic, numbered on from those it has. */
    record PartitionsAdded(Uuid topicId, List<PartitionImage> partitions)
            implements MetadataEvent {}

    record TopicDeleted(Uuid id) implements MetadataEvent {}

    /** A setting of a topic; an empty value removes it. */
    record TopicConfigChanged(Uuid topicId, String key, Optional<String> value)
            implements MetadataEvent {}

    /** A dynamic setting of a broker, {@code ""} for all; an empty value removes it. */
    record BrokerConfigChanged(String broker, String key, Optional<String> value)
            implements MetadataEvent {}

    /** A setting of a group; an empty value removes it. */
    record GroupConfigChanged(String group, String key, Optional<String> value)
            implements MetadataEvent {}

    /** Every producer id below it belongs to somebody. */
    record ProducerIdsAllocated(long nextProducerId) implements MetadataEvent {}

    /** A broker's new start makes it lead its partitions in a new epoch. */
    record LeaderEpochsBumped(int brokerId) implements MetadataEvent {}

    /** Replicas of a broker lie in these directories. */
    record DirectoriesAssigned(int brokerId, List<Placement> placements) implements MetadataEvent {}

    /** Partitions of a topic as they are from now on; each is one change further than before. */
    record PartitionsChanged(Uuid topicId, List<PartitionImage> partitions)
            implements MetadataEvent {}

    /**
     * What a broker is to the cluster from now on; its partitions change by events of their own.
     */
    record BrokerFencingChanged(
            int brokerId, long brokerEpoch, boolean fenced, boolean shuttingDown)
            implements MetadataEvent {}

    record BrokerUnregistered(int brokerId) implements MetadataEvent {}

    /** Every broker epoch below it has been given to somebody. */
    record BrokerEpochsUsed(long nextBrokerEpoch) implements MetadataEvent {}

    /** Where one replica lies. */
    record Placement(Uuid topicId, int partition, Uuid directory) {}
}
