package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Writes keys and values of events: {@link GroupEventFormat}. Grows as needed. */
final class EventWriter {
    private static final int FIRST_BYTES = 64;

    /** By their number. */
    static final List<Standing.State> STATES =
            List.of(Standing.State.STABLE, Standing.State.REVOKING, Standing.State.WAITING);

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
            buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
        }
        return buffer;
    }

    EventWriter int8(byte value) {
        room(1).put(value);
        return this;
    }

    EventWriter int32(int value) {
        room(4).putInt(value);
        return this;
    }

    EventWriter int64(long value) {
        room(8).putLong(value);
        return this;
    }

    EventWriter bytes(byte[] value) {
        room(4 + value.length).putInt(value.length).put(value);
        return this;
    }

    EventWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    EventWriter optional(Optional<String> value) {
        return value.isPresent() ? text(value.get()) : int32(-1);
    }

    EventWriter partition(TopicPartition partition) {
        return text(partition.topic()).int32(partition.partition());
    }

    byte[] bytes() {
        byte[] all = new byte[buffer.position()];
        buffer.flip().get(all);
        return all;
    }

    EventWriter uuid(Uuid value) {
        return int64(value.high()).int64(value.low());
    }

    EventWriter state(Standing.State value) {
        return int8((byte) STATES.indexOf(value));
    }

    EventWriter texts(List<String> values) {
        int32(values.size());
        values.forEach(this::text);
        return this;
    }

    EventWriter partitions(PartitionSet set) {
        int32(set.topics().size());
        for (Uuid topic : set.topics()) {
            List<Integer> some = set.partitions(topic);
            uuid(topic).int32(some.size());
            some.forEach(this::int32);
        }
        return this;
    }
}
