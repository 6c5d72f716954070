package io.sluice.core.controller;

import io.sluice.core.controller.MetadataEvent.BrokerConfigChanged;
import io.sluice.core.controller.MetadataEvent.BrokerEpochsUsed;
import io.sluice.core.controller.MetadataEvent.BrokerFencingChanged;
import io.sluice.core.controller.MetadataEvent.BrokerRegistered;
import io.sluice.core.controller.MetadataEvent.BrokerUnregistered;
import io.sluice.core.controller.MetadataEvent.ClusterInitialized;
import io.sluice.core.controller.MetadataEvent.DirectoriesAssigned;
import io.sluice.core.controller.MetadataEvent.GroupConfigChanged;
import io.sluice.core.controller.MetadataEvent.LeaderEpochsBumped;
import io.sluice.core.controller.MetadataEvent.PartitionsAdded;
import io.sluice.core.controller.MetadataEvent.PartitionsChanged;
import io.sluice.core.controller.MetadataEvent.Placement;
import io.sluice.core.controller.MetadataEvent.ProducerIdsAllocated;
import io.sluice.core.controller.MetadataEvent.TopicConfigChanged;
import io.sluice.core.controller.MetadataEvent.TopicCreated;
import io.sluice.core.controller.MetadataEvent.TopicDeleted;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Events as bytes: a format version, a count, and for each event its number and its fields. Numbers
 * are never used again; a new version of an event is a new number, and the old one is still read
 * (docs/formats/metadata.md).
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
    private static final byte BROKER_REGISTERED_2 = 12;
    private static final byte PARTITIONS_ADDED_2 = 13;
    private static final byte PARTITIONS_CHANGED = 14;
    private static final byte BROKER_FENCING_CHANGED = 15;
    private static final byte BROKER_UNREGISTERED = 16;
    private static final byte BROKER_EPOCHS_USED = 17;
    private static final byte PARTITIONS_ADDED_3 = 18;
    private static final byte PARTITIONS_CHANGED_2 = 19;

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
        return ByteReader.whole(entry, FORMAT, "metadata", MetadataEventCodec::readAll);
    }

    private static List<MetadataEvent> readAll(ByteReader in) {
        int count = in.count();
        List<MetadataEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(read(in));
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
                out.int8(BROKER_REGISTERED_2);
                ImageCodec.write(e.broker(), out);
            }
            case TopicCreated e -> {
                out.int8(TOPIC_CREATED);
                out.uuid(e.id());
                out.text(e.name());
                ImageCodec.write(e.configs(), out);
            }
            case TopicDeleted e -> {
                out.int8(TOPIC_DELETED);
                out.uuid(e.id());
            }
            case PartitionsAdded e -> {
                out.int8(PARTITIONS_ADDED_3);
                writePartitions(e.topicId(), e.partitions(), out);
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
                out.list(e.placements(), placement -> write(placement, out));
            }
            case PartitionsChanged e -> {
                out.int8(PARTITIONS_CHANGED_2);
                writePartitions(e.topicId(), e.partitions(), out);
            }
            case BrokerFencingChanged e -> {
                out.int8(BROKER_FENCING_CHANGED);
                out.int32(e.brokerId());
                out.int64(e.brokerEpoch());
                out.bool(e.fenced());
                out.bool(e.shuttingDown());
            }
            case BrokerUnregistered e -> {
                out.int8(BROKER_UNREGISTERED);
                out.int32(e.brokerId());
            }
            case BrokerEpochsUsed e -> {
                out.int8(BROKER_EPOCHS_USED);
                out.int64(e.nextBrokerEpoch());
            }
        }
    }

    private static void writePartitions(
            Uuid topicId, List<PartitionImage> partitions, ByteWriter out) {
        out.uuid(topicId);
        out.list(partitions, partition -> ImageCodec.write(partition, out));
    }

    private static void write(Placement placement, ByteWriter out) {
        out.uuid(placement.topicId());
        out.int32(placement.partition());
        out.uuid(placement.directory());
    }

    private static MetadataEvent read(ByteReader in) {
        byte kind = in.int8();
        return switch (kind) {
            case CLUSTER_INITIALIZED -> new ClusterInitialized(in.uuid());
            case BROKER_REGISTERED -> new BrokerRegistered(ImageCodec.firstBroker(in));
            case BROKER_REGISTERED_2 -> new BrokerRegistered(ImageCodec.broker(in));
            case TOPIC_CREATED -> new TopicCreated(in.uuid(), in.text(), ImageCodec.configs(in));
            case TOPIC_DELETED -> new TopicDeleted(in.uuid());
            case PARTITIONS_ADDED ->
                    new PartitionsAdded(in.uuid(), in.list(() -> ImageCodec.firstPartition(in)));
            case PARTITIONS_ADDED_2 ->
                    new PartitionsAdded(in.uuid(), in.list(() -> ImageCodec.secondPartition(in)));
            case PARTITIONS_ADDED_3 ->
                    new PartitionsAdded(in.uuid(), in.list(() -> ImageCodec.partition(in)));
            case TOPIC_CONFIG_CHANGED ->
                    new TopicConfigChanged(in.uuid(), in.text(), in.optional());
            case BROKER_CONFIG_CHANGED ->
                    new BrokerConfigChanged(in.text(), in.text(), in.optional());
            case GROUP_CONFIG_CHANGED ->
                    new GroupConfigChanged(in.text(), in.text(), in.optional());
            case PRODUCER_IDS_ALLOCATED -> new ProducerIdsAllocated(in.int64());
            case LEADER_EPOCHS_BUMPED -> new LeaderEpochsBumped(in.int32());
            case DIRECTORIES_ASSIGNED ->
                    new DirectoriesAssigned(
                            in.int32(),
                            in.list(() -> new Placement(in.uuid(), in.int32(), in.uuid())));
            case PARTITIONS_CHANGED ->
                    new PartitionsChanged(in.uuid(), in.list(() -> ImageCodec.secondPartition(in)));
            case PARTITIONS_CHANGED_2 ->
                    new PartitionsChanged(in.uuid(), in.list(() -> ImageCodec.partition(in)));
            case BROKER_FENCING_CHANGED ->
                    new BrokerFencingChanged(in.int32(), in.int64(), in.bool(), in.bool());
            case BROKER_UNREGISTERED -> new BrokerUnregistered(in.int32());
            case BROKER_EPOCHS_USED -> new BrokerEpochsUsed(in.int64());
            default ->
                    throw new IllegalArgumentException(
                            "metadata event %d is not known: run the version that wrote it"
                                    .formatted(kind));
        };
    }
}
