package io.sluice.core.coordinator;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Writes keys and values of events. Numbers are big-endian, texts and bytes have their length
 * (int32) first, an absent text has length -1. Grows as needed.
 */
public final class EventWriter {
    private static final int FIRST_BYTES = 64;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
            buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
        }
        return buffer;
    }

    public EventWriter int8(byte value) {
        room(1).put(value);
        return this;
    }

    public EventWriter int16(short value) {
        room(2).putShort(value);
        return this;
    }

    public EventWriter int32(int value) {
        room(4).putInt(value);
        return this;
    }

    public EventWriter int64(long value) {
        room(8).putLong(value);
        return this;
    }

    public EventWriter bytes(byte[] value) {
        room(4 + value.length).putInt(value.length).put(value);
        return this;
    }

    public EventWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    public EventWriter optional(Optional<String> value) {
        return value.isPresent() ? text(value.get()) : int32(-1);
    }

    public EventWriter partition(TopicPartition partition) {
        return text(partition.topic()).int32(partition.partition());
    }

    /** All that was written. */
    public byte[] bytes() {
        byte[] all = new byte[buffer.position()];
        buffer.flip().get(all);
        return all;
    }

    public EventWriter uuid(Uuid value) {
        return int64(value.high()).int64(value.low());
    }

    public EventWriter texts(List<String> values) {
        int32(values.size());
        values.forEach(this::text);
        return this;
    }
}
