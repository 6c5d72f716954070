package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Writes the fields of metadata events, commands and replies; grows as needed. */
final class ByteWriter {

    private static final int FIRST_BYTES = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
            buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
        }
        return buffer;
    }

    void int8(byte value) {
        room(1).put(value);
    }

    void int32(int value) {
        room(4).putInt(value);
    }

    void int64(long value) {
        room(8).putLong(value);
    }

    void uuid(Uuid value) {
        room(16).putLong(value.high()).putLong(value.low());
    }

    void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        room(4 + bytes.length).putInt(bytes.length).put(bytes);
    }

    void optional(Optional<String> value) {
        int8((byte) (value.isPresent() ? 1 : 0));
        value.ifPresent(this::text);
    }

    void int32s(List<Integer> values) {
        int32(values.size());
        values.forEach(this::int32);
    }

    void bool(boolean value) {
        int8((byte) (value ? 1 : 0));
    }

    <T> void list(Collection<T> items, Consumer<T> writer) {
        int32(items.size());
        items.forEach(writer);
    }

    <T> void optional(Optional<T> value, Consumer<T> writer) {
        bool(value.isPresent());
        value.ifPresent(writer);
    }

    ByteBuffer toBuffer() {
        return buffer.flip();
    }
}
