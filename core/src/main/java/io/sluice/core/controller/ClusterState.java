package io.sluice.core.controller;

import io.sluice.core.controller.MetadataEvent.BrokerConfigChanged;
import io.sluice.core.controller.MetadataEvent.BrokerRegistered;
import io.sluice.core.controller.MetadataEvent.ClusterInitialized;
import io.sluice.core.controller.MetadataEvent.DirectoriesAssigned;
import io.sluice.core.controller.MetadataEvent.LeaderEpochsBumped;
import io.sluice.core.controller.MetadataEvent.PartitionChanged;
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

/** The controller's memory: changed by events and by nothing else. */
final class ClusterState {

    private Uuid clusterId = Uuid.ZERO;
    private final SortedMap<Integer, BrokerImage> brokers = new TreeMap<>();
    private final SortedMap<String, TopicImage> topics = new TreeMap<>();
    private final SortedMap<Uuid, TopicImage> topicsById = new TreeMap<>();
    private SortedMap<String, SortedMap<String, String>> brokerConfigs = new TreeMap<>();
    private long nextProducerId;
    private int partitionCount;

    void apply(MetadataEvent event) {
        switch (event) {
            case ClusterInitialized e -> clusterId = e.clusterId();
            case BrokerRegistered e -> brokers.put(e.broker().id(), e.broker());
            case TopicCreated e ->
                    put(new TopicImage(e.id(), e.name(), List.of(), sorted(e.configs())));
            case TopicDeleted e -> delete(e.id());
            case PartitionChanged e -> change(topic(e.topicId()), e.partition());
            case TopicConfigChanged e -> {
                TopicImage topic = topic(e.topicId());
                put(
                        new TopicImage(
                                topic.id(),
                                topic.name(),
                                topic.partitions(),
                                changed(topic.configs(), e.key(), e.value())));
            }
            case BrokerConfigChanged e -> changeBroker(e);
            case ProducerIdsAllocated e -> nextProducerId = e.nextProducerId();
            case LeaderEpochsBumped e -> bump(e.brokerId());
            case DirectoriesAssigned e -> e.placements().forEach(one -> place(e.brokerId(), one));
        }
    }

    private void put(TopicImage topic) {
        topics.put(topic.name(), topic);
        topicsById.put(topic.id(), topic);
    }

    private TopicImage topic(Uuid id) {
        TopicImage topic = topicsById.get(id);
        if (topic == null) {
            throw new IllegalStateException("an event for topic " + id + ", which is not there");
        }
        return topic;
    }

    private void delete(Uuid id) {
        TopicImage topic = topic(id);
        topics.remove(topic.name());
        topicsById.remove(id);
        partitionCount -= topic.partitions().size();
    }

    private void change(TopicImage topic, PartitionImage partition) {
        List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
        if (partition.partition() == partitions.size()) {
            partitions.add(partition);
            partitionCount++;
        } else {
            partitions.set(partition.partition(), partition);
        }
        put(new TopicImage(topic.id(), topic.name(), partitions, topic.configs()));
    }

    private void changeBroker(BrokerConfigChanged e) {
        SortedMap<String, SortedMap<String, String>> all = new TreeMap<>(brokerConfigs);
        SortedMap<String, String> before = all.get(e.broker());
        SortedMap<String, String> after =
                changed(before == null ? new TreeMap<>() : before, e.key(), e.value());
        if (after.isEmpty()) {
            all.remove(e.broker());
        } else {
            all.put(e.broker(), after);
        }
        brokerConfigs = all;
    }

    private void bump(int brokerId) {
        for (TopicImage topic : List.copyOf(topics.values())) {
            List<PartitionImage> partitions = new ArrayList<>(topic.partitions().size());
            for (PartitionImage p : topic.partitions()) {
                partitions.add(
                        p.leader() != brokerId
                                ? p
                                : new PartitionImage(
                                        p.partition(),
                                        p.replicas(),
                                        p.directories(),
                                        p.isr(),
                                        p.leader(),
                                        p.leaderEpoch() + 1,
                                        p.partitionEpoch() + 1));
            }
            put(new TopicImage(topic.id(), topic.name(), partitions, topic.configs()));
        }
    }

    private void place(int brokerId, Placement placement) {
        TopicImage topic = topic(placement.topicId());
        PartitionImage p = topic.partitions().get(placement.partition());
        List<Uuid> directories = new ArrayList<>(p.directories());
        directories.set(p.replicas().indexOf(brokerId), placement.directory());
        change(
                topic,
                new PartitionImage(
                        p.partition(),
                        p.replicas(),
                        List.copyOf(directories),
                        p.isr(),
                        p.leader(),
                        p.leaderEpoch(),
                        p.partitionEpoch()));
    }

    private static SortedMap<String, String> sorted(Map<String, String> values) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    private static SortedMap<String, String> changed(
            Map<String, String> before, String key, Optional<String> value) {
        SortedMap<String, String> after = new TreeMap<>(before);
        value.ifPresentOrElse(now -> after.put(key, now), () -> after.remove(key));
        return Collections.unmodifiableSortedMap(after);
    }

    ClusterImage image(long index) {
        return new ClusterImage(
                index,
                clusterId,
                Collections.unmodifiableSortedMap(new TreeMap<>(brokers)),
                Collections.unmodifiableSortedMap(new TreeMap<>(topics)),
                Collections.unmodifiableSortedMap(new TreeMap<>(topicsById)),
                Collections.unmodifiableSortedMap(brokerConfigs),
                nextProducerId);
    }

    /** Events that lead from nothing to this state: a snapshot. */
    List<MetadataEvent> asEvents() {
        List<MetadataEvent> events = new ArrayList<>();
        events.add(new ClusterInitialized(clusterId));
        brokers.values().forEach(broker -> events.add(new BrokerRegistered(broker)));
        for (TopicImage topic : topics.values()) {
            events.add(new TopicCreated(topic.id(), topic.name(), topic.configs()));
            topic.partitions()
                    .forEach(partition -> events.add(new PartitionChanged(topic.id(), partition)));
        }
        brokerConfigs.forEach((broker, values) ->
                values.forEach((key, value) ->
                        events.add(new BrokerConfigChanged(broker, key, Optional.of(value)))));
        events.add(new ProducerIdsAllocated(nextProducerId));
        return events;
    }

    Uuid clusterId() {
        return clusterId;
    }

    SortedMap<Integer, BrokerImage> brokers() {
        return brokers;
    }

    SortedMap<String, TopicImage> topics() {
        return topics;
    }

    SortedMap<Uuid, TopicImage> topicsById() {
        return topicsById;
    }

    SortedMap<String, SortedMap<String, String>> brokerConfigs() {
        return brokerConfigs;
    }

    long nextProducerId() {
        return nextProducerId;
    }

    int partitionCount() {
        return partitionCount;
    }
}
