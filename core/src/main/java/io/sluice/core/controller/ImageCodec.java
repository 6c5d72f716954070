package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Brokers, partitions and topics as bytes, for events and replies alike. */
final class ImageCodec {

    private ImageCodec() {}

    static void write(BrokerImage broker, ByteWriter out) {
        out.int32(broker.id());
        out.int64(broker.epoch());
        out.uuid(broker.incarnation());
        out.optional(broker.rack());
        out.bool(broker.fenced());
        out.bool(broker.shuttingDown());
        out.list(broker.endpoints(), endpoint -> write(endpoint, out));
        out.list(broker.logDirectories(), out::uuid);
    }

    static BrokerImage broker(ByteReader in) {
        int id = in.int32();
        long epoch = in.int64();
        Uuid incarnation = in.uuid();
        Optional<String> rack = in.optional();
        boolean fenced = in.bool();
        boolean shuttingDown = in.bool();
        List<BrokerImage.Endpoint> endpoints = in.list(() -> endpoint(in));
        return new BrokerImage(
                id, epoch, incarnation, rack, endpoints, in.list(in::uuid), fenced, shuttingDown);
    }

    /** As it was written before brokers told their log directories. */
    static BrokerImage firstBroker(ByteReader in) {
        int id = in.int32();
        long epoch = in.int64();
        Uuid incarnation = in.uuid();
        Optional<String> rack = in.optional();
        boolean fenced = in.bool();
        return new BrokerImage(id, epoch, incarnation, rack, in.list(() -> endpoint(in)), fenced);
    }

    static void write(BrokerImage.Endpoint endpoint, ByteWriter out) {
        out.text(endpoint.listener());
        out.text(endpoint.host());
        out.int32(endpoint.port());
    }

    static BrokerImage.Endpoint endpoint(ByteReader in) {
        return new BrokerImage.Endpoint(in.text(), in.text(), in.int32());
    }

    static void write(PartitionImage partition, ByteWriter out) {
        out.int32(partition.partition());
        out.int32s(partition.replicas());
        out.list(partition.directories(), out::uuid);
        out.int32s(partition.isr());
        out.int32(partition.leader());
        out.int32(partition.leaderEpoch());
        out.int32(partition.partitionEpoch());
        out.int32s(partition.adding());
        out.int32s(partition.removing());
        out.int32s(partition.eligible());
        out.int32s(partition.lastKnown());
        out.int32(partition.uncleanEpoch());
        out.bool(partition.byBalance());
    }

    static PartitionImage partition(ByteReader in) {
        PartitionImage p = secondPartition(in);
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
                p.leaderEpoch(),
                p.partitionEpoch(),
                p.uncleanEpoch(),
                in.bool());
    }

    /** As it was written before the cluster moved any by itself. */
    static PartitionImage secondPartition(ByteReader in) {
        PartitionImage p = firstPartition(in);
        return new PartitionImage(
                p.partition(),
                p.replicas(),
                p.directories(),
                p.isr(),
                in.int32s(),
                in.int32s(),
                in.int32s(),
                in.int32s(),
                p.leader(),
                p.leaderEpoch(),
                p.partitionEpoch(),
                in.int32(),
                false);
    }

    /** As it was written before partitions could move. */
    static PartitionImage firstPartition(ByteReader in) {
        return new PartitionImage(
                in.int32(),
                in.int32s(),
                in.list(in::uuid),
                in.int32s(),
                in.int32(),
                in.int32(),
                in.int32());
    }

    static void write(TopicImage topic, ByteWriter out) {
        out.uuid(topic.id());
        out.text(topic.name());
        out.list(topic.partitions(), partition -> write(partition, out));
        write(topic.configs(), out);
    }

    static TopicImage topic(ByteReader in) {
        Uuid id = in.uuid();
        String name = in.text();
        List<PartitionImage> partitions = in.list(() -> partition(in));
        return new TopicImage(id, name, partitions, Collections.unmodifiableSortedMap(configs(in)));
    }

    static void write(Map<String, String> configs, ByteWriter out) {
        out.list(
                new TreeMap<>(configs).entrySet(),
                entry -> {
                    out.text(entry.getKey());
                    out.text(entry.getValue());
                });
    }

    static SortedMap<String, String> configs(ByteReader in) {
        SortedMap<String, String> configs = new TreeMap<>();
        for (int left = in.count(); left > 0; left--) {
            configs.put(in.text(), in.text());
        }
        return configs;
    }
}
