package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Events of offsets in transactions as keys and values, in the manner of {@link GroupEventFormat}.
 *
 * <pre>
 *  key:   kind int8, then
 *    20 pending: group, topic, partition int32, producerId int64
 *    21 ended:   producerId int64
 *  value: version int8 (0), then
 *    pending: epoch int32, overtaken int8, then as an offset ({@link GroupEventFormat})
 *    ended:   epoch int32, timeMs int64
 * </pre>
 */
final class PendingEventFormat {

    static final byte PENDING = 20;
    static final byte ENDED = 21;
    private static final byte VERSION = 0;

    private PendingEventFormat() {}

    static void key(GroupEvent.OfTransactions event, EventWriter to) {
        switch (event) {
            case GroupEvent.OffsetPending one ->
                    pending(to, one.group(), one.partition(), one.producerId());
            case GroupEvent.OffsetPendingRemoved one ->
                    pending(to, one.group(), one.partition(), one.producerId());
            case GroupEvent.ProducerEnded one -> to.int8(ENDED).int64(one.producerId());
            case GroupEvent.ProducerForgotten one -> to.int8(ENDED).int64(one.producerId());
        }
    }

    private static void pending(
            EventWriter to, String group, TopicPartition partition, long producerId) {
        to.int8(PENDING).text(group).partition(partition).int64(producerId);
    }

    static byte @Nullable [] value(GroupEvent.OfTransactions event) {
        return switch (event) {
            case GroupEvent.OffsetPending one ->
                    GroupEventFormat.committed(
                                    new EventWriter()
                                            .int8(VERSION)
                                            .int32(one.epoch())
                                            .int8((byte) (one.overtaken() ? 1 : 0)),
                                    one.committed())
                            .bytes();
            case GroupEvent.ProducerEnded one ->
                    new EventWriter().int8(VERSION).int32(one.epoch()).int64(one.timeMs()).bytes();
            case GroupEvent.OffsetPendingRemoved removed -> null;
            case GroupEvent.ProducerForgotten forgotten -> null;
        };
    }

    static @Nullable GroupEvent pending(EventReader keys, @Nullable ByteBuffer value)
            throws RecordFormatException {
        String group = keys.text();
        TopicPartition partition = keys.partition();
        long producerId = keys.int64();
        if (value == null) {
            return new GroupEvent.OffsetPendingRemoved(group, partition, producerId);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        short epoch = (short) from.int32();
        boolean overtaken = from.int8() != 0;
        return new GroupEvent.OffsetPending(
                group, partition, producerId, epoch, GroupEventFormat.committed(from), overtaken);
    }

    static @Nullable GroupEvent ended(EventReader keys, @Nullable ByteBuffer value) {
        long producerId = keys.int64();
        if (value == null) {
            return new GroupEvent.ProducerForgotten(producerId);
        }
        EventReader from = new EventReader(value);
        return from.int8() == VERSION
                ? new GroupEvent.ProducerEnded(producerId, (short) from.int32(), from.int64())
                : null;
    }
}
