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
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Events as bytes: a format version, a count, and for each event its number and its fields. Numbers
 * are never used again; a new version of an event is a new number (docs/formats/metadata.md).
 */
public final class MetadataEventCodec {

    private static final byte FORMAT = 1;

    private static final byte CLUSTER_INITIALIZED = 1;
    private static final byte BROKER_REGISTERED = 2;
    private static final byte TOPIC_CREATED = 3;
    private static final byte TOPIC_DELETED = 4;
    private static final byte PARTITIONS_ADDED = 5;
    private static final byte TOPIC_CONFIG_CHANGED = 6;
    private static final byte BROKER_CONFIG_CHANGED = 7;
    private static final byte PRODUCER_IDS_ALLOCATED = 8;
    private static final byte LEADER_EPOCHS_BUMPED = 9;
    private static final byte DIRECTORIES_ASSIGNED = 10;
    private static final byte GROUP_CONFIG_CHANGED = 11;

    private MetadataEventCodec() {}

    /** The events as one entry of the metadata log. */
    public static ByteBuffer encode(List<MetadataEvent> events) {
        ByteWriter out = new ByteWriter();
        out.int8(FORMAT);
        out.int32(events.size());
        events.forEach(event -> write(event, out));
        return out.toBuffer();
    }

    /**
     * The events of an entry; the buffer is read to its end.
     *
     * @throws IllegalArgumentException if the entry is of a format or holds an event that this
     *     version does not know, or is no entry at all
     */
    public static List<MetadataEvent> decode(ByteBuffer entry) {
        try {
            return read(entry);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("metadata ends in the middle of an event", e);
        }
    }

    private static List<MetadataEvent> read(ByteBuffer entry) {
        byte format = entry.get();
        if (format != FORMAT) {
            throw new IllegalArgumentException(
                    "metadata of format %d: this version reads %d; run the version that wrote it"
                            .formatted(format, FORMAT));
        }
        ByteReader in = new ByteReader(entry);
        int count = in.count();
        List<MetadataEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(read(in));
        }
        if (entry.hasRemaining()) {
            throw new IllegalArgumentException(
                    "%d bytes behind the last event of metadata".formatted(entry.remaining()));
        }
        return events;
    }

    private static void write(MetadataEvent event, ByteWriter out) {
        switch (event) {
            case ClusterInitialized e -> {
                out.int8(CLUSTER_INITIALIZED);
                out.uuid(e.clusterId());
            }
            case BrokerRegistered e -> {
                out.int8(BROKER_REGISTERED);
                writeBroker(e.broker(), out);
            }
            case TopicCreated e -> {
                out.int8(TOPIC_CREATED);
                out.uuid(e.id());
                out.text(e.name());
                out.int32(e.configs().size());
                new TreeMap<>(e.configs())
                        .forEach((key, value) -> {
                            out.text(key);
                            out.text(value);
                        });
            }
            case TopicDeleted e -> {
                out.int8(TOPIC_DELETED);
                out.uuid(e.id());
            }
            case PartitionsAdded e -> {
                out.int8(PARTITIONS_ADDED);
                out.uuid(e.topicId());
                out.int32(e.partitions().size());
                e.partitions().forEach(partition -> writePartition(partition, out));
            }
            case TopicConfigChanged e -> {
                out.int8(TOPIC_CONFIG_CHANGED);
                out.uuid(e.topicId());
                out.text(e.key());
                out.optional(e.value());
            }
            case BrokerConfigChanged e -> {
                out.int8(BROKER_CONFIG_CHANGED);
                out.text(e.broker());
                out.text(e.key());
                out.optional(e.value());
            }
            case GroupConfigChanged e -> {
                out.int8(GROUP_CONFIG_CHANGED);
                out.text(e.group());
                out.text(e.key());
                out.optional(e.value());
            }
            case ProducerIdsAllocated e -> {
                out.int8(PRODUCER_IDS_ALLOCATED);
                out.int64(e.nextProducerId());
            }
            case LeaderEpochsBumped e -> {
                out.int8(LEADER_EPOCHS_BUMPED);
                out.int32(e.brokerId());
            }
            case DirectoriesAssigned e -> {
                out.int8(DIRECTORIES_ASSIGNED);
                out.int32(e.brokerId());
                out.int32(e.placements().size());
                for (Placement placement : e.placements()) {
                    out.uuid(placement.topicId());
                    out.int32(placement.partition());
                    out.uuid(placement.directory());
                }
            }
        }
    }

    private static MetadataEvent read(ByteReader in) {
        byte kind = in.int8();
        return switch (kind) {
            case CLUSTER_INITIALIZED -> new ClusterInitialized(in.uuid());
            case BROKER_REGISTERED -> new BrokerRegistered(readBroker(in));
            case TOPIC_CREATED -> new TopicCreated(in.uuid(), in.text(), readConfigs(in));
            case TOPIC_DELETED -> new TopicDeleted(in.uuid());
            case PARTITIONS_ADDED -> new PartitionsAdded(in.uuid(), readPartitions(in));
            case TOPIC_CONFIG_CHANGED ->
                    new TopicConfigChanged(in.uuid(), in.text(), in.optional());
            case BROKER_CONFIG_CHANGED ->
                    new BrokerConfigChanged(in.text(), in.text(), in.optional());
            case GROUP_CONFIG_CHANGED ->
                    new GroupConfigChanged(in.text(), in.text(), in.optional());
            case PRODUCER_IDS_ALLOCATED -> new ProducerIdsAllocated(in.int64());
            case LEADER_EPOCHS_BUMPED -> new LeaderEpochsBumped(in.int32());
            case DIRECTORIES_ASSIGNED -> new DirectoriesAssigned(in.int32(), readPlacements(in));
            default ->
                    throw new IllegalArgumentException(
                            "metadata event %d is not known: run the version that wrote it"
                                    .formatted(kind));
        };
    }

    private static void writeBroker(BrokerImage broker, ByteWriter out) {
        out.int32(broker.id());
        out.int64(broker.epoch());
        out.uuid(broker.incarnation());
        out.optional(broker.rack());
        out.int8((byte) (broker.fenced() ? 1 : 0));
        out.int32(broker.endpoints().size());
        for (BrokerImage.Endpoint endpoint : broker.endpoints()) {
            out.text(endpoint.listener());
            out.text(endpoint.host());
            out.int32(endpoint.port());
        }
    }

    private static BrokerImage readBroker(ByteReader in) {
        int id = in.int32();
        long epoch = in.int64();
        Uuid incarnation = in.uuid();
        Optional<String> rack = in.optional();
        boolean fenced = in.int8() != 0;
        int count = in.count();
        List<BrokerImage.Endpoint> endpoints = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            endpoints.add(new BrokerImage.Endpoint(in.text(), in.text(), in.int32()));
        }
        return new BrokerImage(id, epoch, incarnation, rack, List.copyOf(endpoints), fenced);
    }

    private static void writePartition(PartitionImage partition, ByteWriter out) {
        out.int32(partition.partition());
        out.int32s(partition.replicas());
        out.int32(partition.directories().size());
        partition.directories().forEach(out::uuid);
        out.int32s(partition.isr());
        out.int32(partition.leader());
        out.int32(partition.leaderEpoch());
        out.int32(partition.partitionEpoch());
    }

    private static List<PartitionImage> readPartitions(ByteReader in) {
        int count = in.count();
        List<PartitionImage> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(readPartition(in));
        }
        return List.copyOf(partitions);
    }

    private static PartitionImage readPartition(ByteReader in) {
        int number = in.int32();
        List<Integer> replicas = in.int32s();
        int count = in.count();
        List<Uuid> directories = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            directories.add(in.uuid());
        }
        return new PartitionImage(
                number,
                replicas,
                List.copyOf(directories),
                in.int32s(),
                in.int32(),
                in.int32(),
                in.int32());
    }

    private static SortedMap<String, String> readConfigs(ByteReader in) {
        SortedMap<String, String> configs = new TreeMap<>();
        for (int left = in.count(); left > 0; left--) {
            configs.put(in.text(), in.text());
        }
        return configs;
    }

    private static List<Placement> readPlacements(ByteReader in) {
        int count = in.count();
        List<Placement> placements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            placements.add(new Placement(in.uuid(), in.int32(), in.uuid()));
        }
        return placements;
    }
}
