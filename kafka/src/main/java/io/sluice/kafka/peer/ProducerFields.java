package io.sluice.kafka.peer;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.partition.ProducerStates.Batch;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.replication.Peers.ProducersBelow;
import io.sluice.kafka.codec.TaggedFields;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * What DescribeProducers (KIP-664) carries beside Kafka's own fields where a follower asks who
 * wrote what is deleted, as tagged fields of numbers that Kafka does not use (KIP-482). Kafka's
 * fields tell the last sequence alone; a batch that comes again is known by all that are
 * remembered.
 */
public final class ProducerFields {

    /** In a request: the topic's identity, the asker's leader epoch (int32), an offset (int64). */
    static final int BELOW_TAG = 10_000;

    /**
     * In a producer: the offset of its last batch or marker (int64), and its batches, oldest first:
     * a count (int8), and for each its first and last sequence (int32) and its base offset, last
     * offset and timestamp (int64).
     */
    static final int WINDOW_TAG = 10_000;

    private static final int BELOW_BYTES = 2 * Long.BYTES + Integer.BYTES + Long.BYTES;
    private static final int BATCH_BYTES = 2 * Integer.BYTES + 3 * Long.BYTES;

    private ProducerFields() {}

    /** The request that asks it. */
    public static DescribeProducersRequestData request(ProducersBelow question) {
        ByteBuffer value = ByteBuffer.allocate(BELOW_BYTES);
        value.putLong(question.topicId().high());
        value.putLong(question.topicId().low());
        value.putInt(question.leaderEpoch()).putLong(question.offset());
        TopicRequest topic =
                new TopicRequest()
                        .setName(question.name().topic())
                        .setPartitionIndexes(List.of(question.name().partition()));
        DescribeProducersRequestData data = new DescribeProducersRequestData();
        data.topics().add(topic);
        data.unknownTaggedFields().add(new RawTaggedField(BELOW_TAG, value.array()));
        return data;
    }

    /** What a request asks; null where it is one of Kafka's. */
    public static @Nullable ProducersBelow below(DescribeProducersRequestData data) {
        ByteBuffer value = TaggedFields.find(data.unknownTaggedFields(), BELOW_TAG, BELOW_BYTES);
        if (value == null || data.topics().size() != 1) {
            return null;
        }
        TopicRequest topic = data.topics().iterator().next();
        if (topic.partitionIndexes().size() != 1) {
            return null;
        }
        return new ProducersBelow(
                new TopicPartition(topic.name(), topic.partitionIndexes().getFirst()),
                new Uuid(value.getLong(), value.getLong()),
                value.getInt(),
                value.getLong());
    }

    /** The answer's producers. */
    public static List<ProducerState> states(List<Remembered> producers) {
        List<ProducerState> states = new ArrayList<>(producers.size());
        for (Remembered one : producers) {
            List<Batch> batches = one.batches();
            ProducerState state =
                    new ProducerState()
                            .setProducerId(one.producerId())
                            .setProducerEpoch(one.epoch())
                            .setLastSequence(
                                    batches.isEmpty() ? -1 : batches.getLast().lastSequence())
                            .setLastTimestamp(one.lastTimestamp())
                            .setCoordinatorEpoch(one.coordinatorEpoch())
                            .setCurrentTxnStartOffset(one.transactionStart());
            state.unknownTaggedFields().add(new RawTaggedField(WINDOW_TAG, window(one)));
            states.add(state);
        }
        return states;
    }

    private static byte[] window(Remembered one) {
        ByteBuffer value = ByteBuffer.allocate(Long.BYTES + 1 + one.batches().size() * BATCH_BYTES);
        value.putLong(one.lastOffset()).put((byte) one.batches().size());
        for (Batch batch : one.batches()) {
            value.putInt(batch.firstSequence()).putInt(batch.lastSequence());
            value.putLong(batch.baseOffset()).putLong(batch.lastOffset());
            value.putLong(batch.timestamp());
        }
        return value.array();
    }

    /**
     * What an answer tells; nothing of a producer that it tells no batches of.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    public static List<Remembered> remembered(List<ProducerState> states) {
        List<Remembered> all = new ArrayList<>(states.size());
        for (ProducerState state : states) {
            ByteBuffer window = TaggedFields.atLeast(state.unknownTaggedFields(), WINDOW_TAG, 0);
            if (window != null) {
                all.add(remembered(state, window));
            }
        }
        return all;
    }

    private static Remembered remembered(ProducerState state, ByteBuffer window) {
        try {
            long lastOffset = window.getLong();
            int count = window.get();
            if (count < 0 || count > ProducerStates.WINDOW) {
                throw new IllegalArgumentException(count + " batches of one producer");
            }
            List<Batch> batches = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                batches.add(
                        new Batch(
                                window.getInt(),
                                window.getInt(),
                                window.getLong(),
                                window.getLong(),
                                window.getLong()));
            }
            return new Remembered(
                    state.producerId(),
                    (short) state.producerEpoch(),
                    batches,
                    state.lastTimestamp(),
                    lastOffset,
                    state.coordinatorEpoch(),
                    state.currentTxnStartOffset());
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the batches of a producer are cut off", e);
        }
    }
}
