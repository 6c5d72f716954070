package io.sluice.kafka.api;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.OffsetQuery;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;

/**
 * Where partitions end that any broker leads; others are asked by ListOffsets. Any thread; the
 * answer comes on the loop given, once, without those of which nothing is known.
 */
public final class EndOffsets {

    private static final short VERSION = 7;
    private static final long TIMEOUT_MS = 10_000L;
    private static final long LATEST = -1L;
    private static final int NO_EPOCH = -1;
    private static final int NO_REPLICA = -1;

    private final int brokerId;
    private final Metadata metadata;
    private final Partitions partitions;
    private final PeerConnections peers;

    public EndOffsets(
            int brokerId, Metadata metadata, Partitions partitions, PeerConnections peers) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.partitions = partitions;
        this.peers = peers;
    }

    /** Asks for the ends of partitions. */
    public void find(
            Collection<TopicPartition> names,
            EventLoop loop,
            Consumer<Map<TopicPartition, Long>> done) {
        loop.execute(() -> {
            Map<Integer, List<TopicPartition>> byLeader = new TreeMap<>();
            for (TopicPartition name : names) {
                PartitionImage partition =
                        Brokers.partition(
                                metadata.image().topics().get(name.topic()), name.partition());
                if (partition != null && partition.leader() != PartitionImage.NO_LEADER) {
                    byLeader.computeIfAbsent(partition.leader(), id -> new ArrayList<>()).add(name);
                }
            }
            Map<TopicPartition, Long> ends = new HashMap<>();
            AllAnswered all = new AllAnswered();
            byLeader.forEach((leader, of) -> {
                if (leader == brokerId) {
                    of.forEach(name -> all.ask(told -> askHere(name, loop, ends, told)));
                } else {
                    all.ask(told -> askThere(leader, of, loop, ends, told));
                }
            });
            all.then(() -> done.accept(ends));
        });
    }

    private void askHere(
            TopicPartition name, EventLoop loop, Map<TopicPartition, Long> ends, Runnable told) {
        Partition partition = partitions.find(name);
        if (partition == null) {
            told.run();
            return;
        }
        partition
                .loop()
                .execute(() ->
                        partition.listOffset(
                                new OffsetQuery.Latest(false),
                                NO_EPOCH,
                                answer ->
                                        loop.execute(() -> {
                                            if (answer.error() == ErrorCode.NONE) {
                                                ends.put(name, answer.found().offset());
                                            }
                                            told.run();
                                        })));
    }

    private void askThere(
            int broker,
            List<TopicPartition> names,
            EventLoop loop,
            Map<TopicPartition, Long> ends,
            Runnable told) {
        ListOffsetsRequestData request = new ListOffsetsRequestData().setReplicaId(NO_REPLICA);
        Map<String, ListOffsetsTopic> topics = new TreeMap<>();
        for (TopicPartition name : names) {
            topics.computeIfAbsent(name.topic(), topic -> new ListOffsetsTopic().setName(topic))
                    .partitions()
                    .add(
                            new ListOffsetsPartition()
                                    .setPartitionIndex(name.partition())
                                    .setTimestamp(LATEST));
        }
        request.setTopics(List.copyOf(topics.values()));
        peers.send(
                loop,
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(Api.LIST_OFFSETS, VERSION, request, TIMEOUT_MS),
                new PeerReading<>(
                        new ListOffsetsResponseData(),
                        data -> data,
                        data -> {
                            data.topics()
                                    .forEach(topic ->
                                            topic.partitions()
                                                    .forEach(one -> {
                                                        if (one.errorCode() == 0) {
                                                            ends.put(
                                                                    new TopicPartition(
                                                                            topic.name(),
                                                                            one.partitionIndex()),
                                                                    one.offset());
                                                        }
                                                    }));
                            told.run();
                        },
                        told));
    }
}
