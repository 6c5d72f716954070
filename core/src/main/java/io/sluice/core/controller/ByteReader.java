package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what {@link ByteWriter} wrote; no count is believed beyond the bytes that are there. */
final class ByteReader {

    private final ByteBuffer buffer;

    ByteReader(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    byte int8() {
        return buffer.get();
    }

    int int32() {
        return buffer.getInt();
    }

    long int64() {
        return buffer.getLong();
    }

    int count() {
        int count = buffer.getInt();
        if (count < 0 || count > buffer.remaining()) {
            throw new IllegalArgumentException(
                    "%d items in %d bytes of metadata".formatted(count, buffer.remaining()));
        }
        return count;
    }

    Uuid uuid() {
        return new Uuid(buffer.getLong(), buffer.getLong());
    }

    String text() {
        byte[] bytes = new byte[count()];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    Optional<String> optional() {
        return int8() == 0 ? Optional.empty() : Optional.of(text());
    }

    List<Integer> int32s() {
        int count = count();
        List<Integer> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(int32());
        }
        return List.copyOf(values);
    }
}
