package io.sluice.kafka.api;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.transaction.MarkerTarget;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.peer.PeerAnswer;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;

/**
 * Brings the end of a transaction to whoever leads the partition: to this broker, or to another one
 * by WriteTxnMarkers. What one turn of a loop sends to one broker goes together. An answer that is
 * lost is NETWORK_EXCEPTION: the marker may be written, and is sent again. Any thread.
 */
public final class RoutedMarkers implements MarkerTarget {

    private static final short VERSION = 2;

    /** What the other broker may take for the commit, and the network beyond that. */
    private static final long TIMEOUT_MS = TransactionMarkers.TIMEOUT_MS + 10_000L;

    private final int brokerId;
    private final Metadata metadata;
    private final MarkerTarget here;
    private final PeerConnections peers;
    private final TurnBatches<Sent> batches = new TurnBatches<>(this::send);

    private record Sent(
            TopicPartition partition, TransactionMarker marker, Consumer<ErrorCode> done) {}

    private record Key(long producerId, TopicPartition partition) {}

    /**
     * @param here for partitions that are led by this broker
     */
    public RoutedMarkers(
            int brokerId, Metadata metadata, MarkerTarget here, PeerConnections peers) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.here = here;
        this.peers = peers;
    }

    @Override
    public void write(
            TopicPartition name,
            TransactionMarker marker,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        PartitionImage partition =
                Brokers.partition(metadata.image().topics().get(name.topic()), name.partition());
        if (partition == null || partition.leader() == brokerId) {
            here.write(name, marker, replyOn, done);
        } else if (partition.leader() == PartitionImage.NO_LEADER) {
            replyOn.execute(() -> done.accept(ErrorCode.LEADER_NOT_AVAILABLE));
        } else {
            int leader = partition.leader();
            replyOn.execute(() -> batches.add(replyOn, leader, new Sent(name, marker, done)));
        }
    }

    /** An answer tells producers apart and not their epochs: one marker of each in a request. */
    private void send(EventLoop loop, int broker, List<Sent> all) {
        Map<Long, TransactionMarker> markers = new LinkedHashMap<>();
        List<Sent> now = new ArrayList<>(all.size());
        List<Sent> later = new ArrayList<>(0);
        for (Sent one : all) {
            TransactionMarker first = markers.putIfAbsent(one.marker.producerId(), one.marker);
            (first == null || first.equals(one.marker) ? now : later).add(one);
        }
        peers.send(
                loop,
                broker,
                PeerConnections.Lane.COMMITS,
                new PeerRequest(Api.WRITE_TXN_MARKERS, VERSION, request(now), TIMEOUT_MS),
                new Reading(now));
        if (!later.isEmpty()) {
            send(loop, broker, later);
        }
    }

    private static WriteTxnMarkersRequestData request(List<Sent> all) {
        Map<TransactionMarker, Map<String, WritableTxnMarkerTopic>> topics = new LinkedHashMap<>();
        for (Sent one : all) {
            topics.computeIfAbsent(one.marker, marker -> new LinkedHashMap<>())
                    .computeIfAbsent(
                            one.partition.topic(),
                            name -> new WritableTxnMarkerTopic().setName(name))
                    .partitionIndexes()
                    .add(one.partition.partition());
        }
        WriteTxnMarkersRequestData request = new WriteTxnMarkersRequestData();
        topics.forEach((marker, of) ->
                request.markers()
                        .add(
                                new WritableTxnMarker()
                                        .setProducerId(marker.producerId())
                                        .setProducerEpoch(marker.producerEpoch())
                                        .setCoordinatorEpoch(marker.coordinatorEpoch())
                                        .setTransactionResult(marker.commit())
                                        .setTransactionVersion((byte) marker.transactionVersion())
                                        .setTopics(List.copyOf(of.values()))));
        return request;
    }

    /** Takes the answer to one request. */
    private record Reading(List<Sent> all) implements Completion<PeerAnswer> {

        @Override
        public void succeeded(PeerAnswer answer) {
            WriteTxnMarkersResponseData data;
            try {
                data = answer.readInto(new WriteTxnMarkersResponseData());
            } catch (IOException malformed) {
                failed(malformed);
                return;
            } finally {
                answer.release();
            }
            Map<Key, ErrorCode> errors = errors(data);
            for (Sent one : all) {
                one.done.accept(
                        errors.getOrDefault(
                                new Key(one.marker.producerId(), one.partition),
                                ErrorCode.UNKNOWN_SERVER_ERROR));
            }
        }

        private static Map<Key, ErrorCode> errors(WriteTxnMarkersResponseData data) {
            Map<Key, ErrorCode> errors = new HashMap<>();
            for (WritableTxnMarkerResult marker : data.markers()) {
                for (WritableTxnMarkerTopicResult topic : marker.topics()) {
                    topic.partitions()
                            .forEach(one ->
                                    errors.put(
                                            new Key(
                                                    marker.producerId(),
                                                    new TopicPartition(
                                                            topic.name(), one.partitionIndex())),
                                            ErrorCode.of(one.errorCode())));
                }
            }
            return errors;
        }

        @Override
        public void failed(IOException fault) {
            all.forEach(one -> one.done.accept(ErrorCode.NETWORK_EXCEPTION));
        }
    }
}
