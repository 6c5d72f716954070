package io.sluice.kafka.codec;

import io.sluice.core.share.DeadReason;
import io.sluice.core.share.StateBatch;
import io.sluice.core.share.StateBatch.Dead;
import io.sluice.core.share.StateBatch.Pending;
import io.sluice.core.share.StateBatch.Settled;
import io.sluice.core.share.Times;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * The states of records as brokers tell each other (KIP-932, KIP-1191): a number, and the count of
 * deliveries. What Kafka does not know goes along as a tagged field of a number that Kafka does not
 * use (KIP-482), an int64: when a record that waits may be delivered, or why one is dead, and two
 * more of when it was delivered first and last, where that is known; and of a write its number.
 */
public final class ShareStates {

    static final int DETAIL_TAG = 10_002;

    /** With the times of deliveries. */
    static final int LONG_DETAIL_BYTES = 3 * Long.BYTES;

    private static final byte AVAILABLE = 0;
    private static final byte ACKNOWLEDGED = 2;
    private static final byte ARCHIVING = 3;
    private static final byte ARCHIVED = 4;

    private ShareStates() {}

    private static byte state(StateBatch batch) {
        return switch (batch.fate()) {
            case Pending pending -> AVAILABLE;
            case Dead dead -> ARCHIVING;
            case Settled settled -> ACKNOWLEDGED;
        };
    }

    private static short deliveries(StateBatch batch) {
        return switch (batch.fate()) {
            case Pending pending -> (short) Math.min(pending.deliveries(), Short.MAX_VALUE);
            case Dead dead -> (short) Math.min(dead.deliveries(), Short.MAX_VALUE);
            case Settled settled -> 0;
        };
    }

    private static void tell(StateBatch batch, List<RawTaggedField> fields) {
        switch (batch.fate()) {
            case Pending(int deliveries, long fromMs, Times times) -> tell(fromMs, times, fields);
            case Dead(DeadReason reason, int deliveries, Times times) ->
                    tell(reason.ordinal(), times, fields);
            case Settled settled -> {}
        }
    }

    private static void tell(long detail, Times times, List<RawTaggedField> fields) {
        if (times.equals(Times.UNKNOWN)) {
            tell(detail, fields);
            return;
        }
        ByteBuffer value = ByteBuffer.allocate(LONG_DETAIL_BYTES).putLong(detail);
        value.putLong(times.firstMs()).putLong(times.lastMs());
        fields.add(new RawTaggedField(DETAIL_TAG, value.array()));
    }

    private static void tell(long detail, List<RawTaggedField> fields) {
        if (detail != 0) {
            fields.add(TaggedFields.ofLong(DETAIL_TAG, detail));
        }
    }

    private static long told(List<RawTaggedField> fields) {
        ByteBuffer value = TaggedFields.atLeast(fields, DETAIL_TAG, Long.BYTES);
        return value == null ? 0L : value.getLong();
    }

    private static Times times(List<RawTaggedField> fields) {
        ByteBuffer value = TaggedFields.find(fields, DETAIL_TAG, LONG_DETAIL_BYTES);
        if (value == null) {
            return Times.UNKNOWN;
        }
        value.position(Long.BYTES);
        return new Times(value.getLong(), value.getLong());
    }

    /**
     * @throws MalformedRequestException if there is no such state
     */
    private static StateBatch batch(
            long first, long last, byte state, int deliveries, List<RawTaggedField> fields) {
        if (first < 0 || last < first || deliveries < 0) {
            throw new MalformedRequestException(
                    "records %d to %d, %d deliveries".formatted(first, last, deliveries));
        }
        long detail = told(fields);
        return switch (state) {
            case AVAILABLE ->
                    new StateBatch(
                            first,
                            last,
                            new Pending(deliveries, Math.max(0, detail), times(fields)));
            case ARCHIVING ->
                    new StateBatch(
                            first, last, new Dead(reason(detail), deliveries, times(fields)));
            case ACKNOWLEDGED, ARCHIVED -> new StateBatch(first, last, Settled.SETTLED);
            default -> throw new MalformedRequestException("records in state " + state);
        };
    }

    private static DeadReason reason(long number) {
        DeadReason[] known = DeadReason.values();
        if (number < 0 || number >= known.length) {
            throw new MalformedRequestException("records dead for reason " + number);
        }
        return known[(int) number];
    }

    /** Numbers a write of a queue, so that one that comes late is known as such. */
    public static WriteShareGroupStateRequestData.PartitionData numbered(
            long number, WriteShareGroupStateRequestData.PartitionData write) {
        tell(number, write.unknownTaggedFields());
        return write;
    }

    /** The number of a write; {@code ShareCommand.Write.NO_NUMBER} of one that has none. */
    public static long number(WriteShareGroupStateRequestData.PartitionData write) {
        return told(write.unknownTaggedFields());
    }

    /** As a leader writes them. */
    public static List<WriteShareGroupStateRequestData.StateBatch> written(List<StateBatch> all) {
        List<WriteShareGroupStateRequestData.StateBatch> told = new ArrayList<>(all.size());
        for (StateBatch batch : all) {
            WriteShareGroupStateRequestData.StateBatch one =
                    new WriteShareGroupStateRequestData.StateBatch()
                            .setFirstOffset(batch.first())
                            .setLastOffset(batch.last())
                            .setDeliveryState(state(batch))
                            .setDeliveryCount(deliveries(batch));
            tell(batch, one.unknownTaggedFields());
            told.add(one);
        }
        return told;
    }

    /**
     * What {@link #written} wrote.
     *
     * @throws MalformedRequestException if there are no such records or states
     */
    public static List<StateBatch> fromWritten(
            List<WriteShareGroupStateRequestData.StateBatch> told) {
        List<StateBatch> all = new ArrayList<>(told.size());
        for (WriteShareGroupStateRequestData.StateBatch one : told) {
            all.add(
                    batch(
                            one.firstOffset(),
                            one.lastOffset(),
                            one.deliveryState(),
                            one.deliveryCount(),
                            one.unknownTaggedFields()));
        }
        return all;
    }

    /** As a coordinator tells them. */
    public static List<ReadShareGroupStateResponseData.StateBatch> read(List<StateBatch> all) {
        List<ReadShareGroupStateResponseData.StateBatch> told = new ArrayList<>(all.size());
        for (StateBatch batch : all) {
            ReadShareGroupStateResponseData.StateBatch one =
                    new ReadShareGroupStateResponseData.StateBatch()
                            .setFirstOffset(batch.first())
                            .setLastOffset(batch.last())
                            .setDeliveryState(state(batch))
                            .setDeliveryCount(deliveries(batch));
            tell(batch, one.unknownTaggedFields());
            told.add(one);
        }
        return told;
    }

    /**
     * What {@link #read} told.
     *
     * @throws MalformedRequestException if there are no such records or states
     */
    public static List<StateBatch> fromRead(List<ReadShareGroupStateResponseData.StateBatch> told) {
        List<StateBatch> all = new ArrayList<>(told.size());
        for (ReadShareGroupStateResponseData.StateBatch one : told) {
            all.add(
                    batch(
                            one.firstOffset(),
                            one.lastOffset(),
                            one.deliveryState(),
                            one.deliveryCount(),
                            one.unknownTaggedFields()));
        }
        return all;
    }
}
