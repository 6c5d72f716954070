package io.sluice.core.controller;

import io.sluice.core.controller.MetadataEvent.Placement;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The topics and their partitions, by name and by identity.
 *
 * @param plainNames for each name that holds '.' or '_': the name with '_' alone, to the name
 *     itself
 * @param partitionCount partitions of all topics
 */
record TopicTable(
        PersistentSortedMap<String, TopicImage> byName,
        PersistentSortedMap<Uuid, TopicImage> byId,
        PersistentSortedMap<String, String> plainNames,
        int partitionCount) {

    static final TopicTable EMPTY =
            new TopicTable(
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    PersistentSortedMap.empty(),
                    0);

    /** Metrics write '.' as '_', so names that differ only there would share one. */
    static String plain(String name) {
        return name.replace('.', '_');
    }

    private TopicImage topic(Uuid id) {
        TopicImage topic = byId.get(id);
        if (topic == null) {
            throw new IllegalStateException("an event for topic " + id + ", which is not there");
        }
        return topic;
    }

    TopicTable created(MetadataEvent.TopicCreated e) {
        if (byName.containsKey(e.name()) || byId.containsKey(e.id())) {
            throw new IllegalStateException("topic " + e.name() + " is created twice");
        }
        return with(
                new TopicImage(
                        e.id(),
                        e.name(),
                        List.of(),
                        Collections.unmodifiableSortedMap(new TreeMap<>(e.configs()))));
    }

    TopicTable deleted(Uuid id) {
        TopicImage topic = topic(id);
        return new TopicTable(
                byName.without(topic.name()),
                byId.without(id),
                plainNames.without(plain(topic.name())),
                partitionCount - topic.partitions().size());
    }

    TopicTable configured(Uuid id, String key, Optional<String> value) {
        TopicImage topic = topic(id);
        return with(
                new TopicImage(
                        topic.id(),
                        topic.name(),
                        topic.partitions(),
                        SettingsTable.changed(topic.configs(), key, value)));
    }

    TopicTable grown(Uuid id, List<PartitionImage> added) {
        TopicImage topic = topic(id);
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

    /** One copy of the topic's list, however many partitions change. */
    TopicTable changed(Uuid id, List<PartitionImage> changed) {
        TopicImage topic = topic(id);
        List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
        for (PartitionImage now : changed) {
            if (now.partition() < 0 || now.partition() >= partitions.size()) {
                throw new IllegalStateException(
                        "partition %d of %s is not there".formatted(now.partition(), topic.name()));
            }
            PartitionImage before = partitions.set(now.partition(), now);
            if (now.partitionEpoch() != before.partitionEpoch() + 1
                    || now.leaderEpoch() < before.leaderEpoch()) {
                throw new IllegalStateException(
                        "partition %d of %s goes from %s to %s"
                                .formatted(now.partition(), topic.name(), before, now));
            }
        }
        return with(topic, partitions);
    }

    TopicTable bumped(int brokerId) {
        TopicTable table = this;
        for (TopicImage topic : byName.values()) {
            if (topic.partitions().stream().anyMatch(p -> p.leader() == brokerId)) {
                List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
                partitions.replaceAll(p -> p.leader() == brokerId ? nextEpoch(p) : p);
                table = table.with(topic, partitions);
            }
        }
        return table;
    }

    private static PartitionImage nextEpoch(PartitionImage p) {
        return new PartitionImage(
                p.partition(),
                p.replicas(),
                p.directories(),
                p.isr(),
                p.adding(),
                p.removing(),
                p.eligible(),
                p.lastKnown(),
                p.leader(),
                p.leaderEpoch() + 1,
                p.partitionEpoch() + 1,
                p.uncleanEpoch(),
                p.byBalance());
    }

    TopicTable placed(int brokerId, List<Placement> placements) {
        SortedMap<Uuid, List<Placement>> byTopic = new TreeMap<>();
        for (Placement one : placements) {
            byTopic.computeIfAbsent(one.topicId(), id -> new ArrayList<>()).add(one);
        }
        TopicTable table = this;
        for (Map.Entry<Uuid, List<Placement>> entry : byTopic.entrySet()) {
            TopicImage topic = table.topic(entry.getKey());
            List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
            for (Placement one : entry.getValue()) {
                partitions.set(
                        one.partition(),
                        placed(partitions.get(one.partition()), brokerId, one.directory()));
            }
            table = table.with(topic, partitions);
        }
        return table;
    }

    private static PartitionImage placed(PartitionImage p, int brokerId, Uuid directory) {
        List<Uuid> directories = new ArrayList<>(p.directories());
        directories.set(p.replicas().indexOf(brokerId), directory);
        return new PartitionImage(
                p.partition(),
                p.replicas(),
                List.copyOf(directories),
                p.isr(),
                p.adding(),
                p.removing(),
                p.eligible(),
                p.lastKnown(),
                p.leader(),
                p.leaderEpoch(),
                p.partitionEpoch(),
                p.uncleanEpoch(),
                p.byBalance());
    }

    private TopicTable with(TopicImage topic, List<PartitionImage> partitions) {
        return with(
                new TopicImage(topic.id(), topic.name(), List.copyOf(partitions), topic.configs()));
    }

    private TopicTable with(TopicImage topic) {
        TopicImage before = byName.get(topic.name());
        String name = topic.name();
        boolean ambiguous = before == null && (name.indexOf('.') >= 0 || name.indexOf('_') >= 0);
        return new TopicTable(
                byName.with(name, topic),
                byId.with(topic.id(), topic),
                ambiguous ? plainNames.with(plain(name), name) : plainNames,
                partitionCount
                        + topic.partitions().size()
                        - (before == null ? 0 : before.partitions().size()));
    }

    List<MetadataEvent> asEvents() {
        List<MetadataEvent> events = new ArrayList<>();
        for (TopicImage topic : byName.values()) {
            events.add(new MetadataEvent.TopicCreated(topic.id(), topic.name(), topic.configs()));
            events.add(new MetadataEvent.PartitionsAdded(topic.id(), topic.partitions()));
        }
        return events;
    }
}
