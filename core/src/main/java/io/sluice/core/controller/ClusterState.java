package io.sluice.core.controller;

import io.sluice.core.controller.MetadataEvent.BrokerConfigChanged;
import io.sluice.core.controller.MetadataEvent.BrokerRegistered;
import io.sluice.core.controller.MetadataEvent.ClusterInitialized;
import io.sluice.core.controller.MetadataEvent.DirectoriesAssigned;
import io.sluice.core.controller.MetadataEvent.GroupConfigChanged;
import io.sluice.core.controller.MetadataEvent.LeaderEpochsBumped;
import io.sluice.core.controller.MetadataEvent.PartitionsAdded;
import io.sluice.core.controller.MetadataEvent.Placement;
import io.sluice.core.controller.MetadataEvent.ProducerIdsAllocated;
import io.sluice.core.controller.MetadataEvent.TopicConfigChanged;
import io.sluice.core.controller.MetadataEvent.TopicCreated;
import io.sluice.core.controller.MetadataEvent.TopicDeleted;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the controller knows after a prefix of the metadata log. Immutable; {@link #after} is the
 * only way on, live and at replay alike.
 *
 * @param plainNames for each name that holds '.' or '_': the name with '_' alone, to the name
 *     itself
 * @param partitionCount partitions of all topics
 */
record ClusterState(
        Uuid clusterId,
        PersistentSortedMap<Integer, BrokerImage> brokers,
        PersistentSortedMap<String, TopicImage> topics,
        PersistentSortedMap<Uuid, TopicImage> topicsById,
        PersistentSortedMap<String, String> plainNames,
        PersistentSortedMap<String, SortedMap<String, String>> brokerConfigs,
        PersistentSortedMap<String, SortedMap<String, String>> groupConfigs,
        long nextProducerId,
        int partitionCount) {

    static final ClusterState EMPTY =
            new ClusterState(
                    Uuid.ZERO,
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    0L,
                    0);

    private static final SortedMap<String, String> NO_VALUES =
            Collections.unmodifiableSortedMap(new TreeMap<>());

    /** Metrics write '.' as '_', so names that differ only there would share one. */
    static String plain(String name) {
        return name.replace('.', '_');
    }

    /**
     * The state once the event has happened.
     *
     * @throws IllegalStateException if the event cannot happen here: the log is not the one that
     *     led here, or the controller has a defect
     */
    ClusterState after(MetadataEvent event) {
        return switch (event) {
            case ClusterInitialized e -> withClusterId(e.clusterId());
            case BrokerRegistered e -> withBrokers(brokers.with(e.broker().id(), e.broker()));
            case TopicCreated e -> created(e);
            case PartitionsAdded e -> grown(topic(e.topicId()), e.partitions());
            case TopicDeleted e -> withoutTopic(topic(e.id()));
            case TopicConfigChanged e -> {
                TopicImage topic = topic(e.topicId());
                yield with(topic, changed(topic.configs(), e.key(), e.value()));
            }
            case BrokerConfigChanged e -> brokerChanged(e);
            case GroupConfigChanged e -> groupChanged(e);
            case ProducerIdsAllocated e -> withNextProducerId(e.nextProducerId());
            case LeaderEpochsBumped e -> bumped(e.brokerId());
            case DirectoriesAssigned e -> placed(e.brokerId(), e.placements());
        };
    }

    private TopicImage topic(Uuid id) {
        TopicImage topic = topicsById.get(id);
        if (topic == null) {
            throw new IllegalStateException("an event for topic " + id + ", which is not there");
        }
        return topic;
    }

    private ClusterState created(TopicCreated e) {
        if (topics.containsKey(e.name()) || topicsById.containsKey(e.id())) {
            throw new IllegalStateException("topic " + e.name() + " is created twice");
        }
        return with(
                new TopicImage(
                        e.id(),
                        e.name(),
                        List.of(),
                        Collections.unmodifiableSortedMap(new TreeMap<>(e.configs()))));
    }

    private ClusterState grown(TopicImage topic, List<PartitionImage> added) {
        List<PartitionImage> partitions = new ArrayList<>(topic.partitions().size() + added.size());
        partitions.addAll(topic.partitions());
        for (PartitionImage one : added) {
            if (one.partition() != partitions.size()) {
                throw new IllegalStateException(
                        "partition %d is added to %s behind %d others"
                                .formatted(one.partition(), topic.name(), partitions.size()));
            }
            partitions.add(one);
        }
        return with(topic, partitions);
    }

    private ClusterState brokerChanged(BrokerConfigChanged e) {
        SortedMap<String, String> before = brokerConfigs.getOrDefault(e.broker(), NO_VALUES);
        SortedMap<String, String> after = changed(before, e.key(), e.value());
        return withBrokerConfigs(
                after.isEmpty()
                        ? brokerConfigs.without(e.broker())
                        : brokerConfigs.with(e.broker(), after));
    }

    private ClusterState groupChanged(GroupConfigChanged e) {
        SortedMap<String, String> before = groupConfigs.getOrDefault(e.group(), NO_VALUES);
        SortedMap<String, String> after = changed(before, e.key(), e.value());
        return withGroupConfigs(
                after.isEmpty()
                        ? groupConfigs.without(e.group())
                        : groupConfigs.with(e.group(), after));
    }

    private ClusterState bumped(int brokerId) {
        ClusterState state = this;
        for (TopicImage topic : topics.values()) {
            if (topic.partitions().stream().anyMatch(p -> p.leader() == brokerId)) {
                List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
                partitions.replaceAll(p -> p.leader() == brokerId ? nextEpoch(p) : p);
                state = state.with(topic, partitions);
            }
        }
        return state;
    }

    private static PartitionImage nextEpoch(PartitionImage p) {
        return new PartitionImage(
                p.partition(),
                p.replicas(),
                p.directories(),
                p.isr(),
                p.leader(),
                p.leaderEpoch() + 1,
                p.partitionEpoch() + 1);
    }

    private ClusterState placed(int brokerId, List<Placement> placements) {
        SortedMap<Uuid, List<Placement>> byTopic = new TreeMap<>();
        for (Placement one : placements) {
            byTopic.computeIfAbsent(one.topicId(), id -> new ArrayList<>()).add(one);
        }
        ClusterState state = this;
        for (Map.Entry<Uuid, List<Placement>> entry : byTopic.entrySet()) {
            TopicImage topic = state.topic(entry.getKey());
            List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
            for (Placement one : entry.getValue()) {
                partitions.set(
                        one.partition(),
                        placed(partitions.get(one.partition()), brokerId, one.directory()));
            }
            state = state.with(topic, partitions);
        }
        return state;
    }

    private static PartitionImage placed(PartitionImage p, int brokerId, Uuid directory) {
        List<Uuid> directories = new ArrayList<>(p.directories());
        directories.set(p.replicas().indexOf(brokerId), directory);
        return new PartitionImage(
                p.partition(),
                p.replicas(),
                List.copyOf(directories),
                p.isr(),
                p.leader(),
                p.leaderEpoch(),
                p.partitionEpoch());
    }

    private static SortedMap<String, String> changed(
            SortedMap<String, String> before, String key, Optional<String> value) {
        SortedMap<String, String> after = new TreeMap<>(before);
        value.ifPresentOrElse(now -> after.put(key, now), () -> after.remove(key));
        return Collections.unmodifiableSortedMap(after);
    }

    private ClusterState with(TopicImage topic, List<PartitionImage> partitions) {
        return with(
                new TopicImage(topic.id(), topic.name(), List.copyOf(partitions), topic.configs()));
    }

    private ClusterState with(TopicImage topic, SortedMap<String, String> configs) {
        return with(new TopicImage(topic.id(), topic.name(), topic.partitions(), configs));
    }

    private ClusterState with(TopicImage topic) {
        TopicImage before = topics.get(topic.name());
        String name = topic.name();
        boolean ambiguous = before == null && (name.indexOf('.') >= 0 || name.indexOf('_') >= 0);
        return new ClusterState(
                clusterId,
                brokers,
                topics.with(name, topic),
                topicsById.with(topic.id(), topic),
                ambiguous ? plainNames.with(plain(name), name) : plainNames,
                brokerConfigs,
                groupConfigs,
                nextProducerId,
                partitionCount
                        + topic.partitions().size()
                        - (before == null ? 0 : before.partitions().size()));
    }

    private ClusterState withoutTopic(TopicImage topic) {
        return new ClusterState(
                clusterId,
                brokers,
                topics.without(topic.name()),
                topicsById.without(topic.id()),
                plainNames.without(plain(topic.name())),
                brokerConfigs,
                groupConfigs,
                nextProducerId,
                partitionCount - topic.partitions().size());
    }

    private ClusterState withClusterId(Uuid id) {
        return new ClusterState(
                id,
                brokers,
                topics,
                topicsById,
                plainNames,
                brokerConfigs,
                groupConfigs,
                nextProducerId,
                partitionCount);
    }

    private ClusterState withBrokers(PersistentSortedMap<Integer, BrokerImage> now) {
        return new ClusterState(
                clusterId,
                now,
                topics,
                topicsById,
                plainNames,
                brokerConfigs,
                groupConfigs,
                nextProducerId,
                partitionCount);
    }

    private ClusterState withBrokerConfigs(
            PersistentSortedMap<String, SortedMap<String, String>> now) {
        return new ClusterState(
                clusterId,
                brokers,
                topics,
                topicsById,
                plainNames,
                now,
                groupConfigs,
                nextProducerId,
                partitionCount);
    }

    private ClusterState withGroupConfigs(
            PersistentSortedMap<String, SortedMap<String, String>> now) {
        return new ClusterState(
                clusterId,
                brokers,
                topics,
                topicsById,
                plainNames,
                brokerConfigs,
                now,
                nextProducerId,
                partitionCount);
    }

    private ClusterState withNextProducerId(long next) {
        return new ClusterState(
                clusterId,
                brokers,
                topics,
                topicsById,
                plainNames,
                brokerConfigs,
                groupConfigs,
                next,
                partitionCount);
    }

    ClusterImage image(long index) {
        return new ClusterImage(
                index,
                clusterId,
                brokers,
                topics,
                topicsById,
                brokerConfigs,
                groupConfigs,
                nextProducerId);
    }

    /** Events that lead from nothing to this state: a snapshot. */
    List<MetadataEvent> asEvents() {
        List<MetadataEvent> events = new ArrayList<>();
        events.add(new ClusterInitialized(clusterId));
        brokers.values().forEach(broker -> events.add(new BrokerRegistered(broker)));
        for (TopicImage topic : topics.values()) {
            events.add(new TopicCreated(topic.id(), topic.name(), topic.configs()));
            events.add(new PartitionsAdded(topic.id(), topic.partitions()));
        }
        brokerConfigs.forEach((broker, values) ->
                values.forEach((key, value) ->
                        events.add(new BrokerConfigChanged(broker, key, Optional.of(value)))));
        groupConfigs.forEach((group, values) ->
                values.forEach((key, value) ->
                        events.add(new GroupConfigChanged(group, key, Optional.of(value)))));
        events.add(new ProducerIdsAllocated(nextProducerId));
        return events;
    }
}
