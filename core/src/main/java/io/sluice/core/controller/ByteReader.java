package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

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

    boolean bool() {
        return int8() != 0;
    }

    <T> List<T> list(Supplier<T> item) {
        int count = count();
        List<T> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(item.get());
        }
        return List.copyOf(items);
    }

    <T> Optional<T> optional(Supplier<T> value) {
        return bool() ? Optional.of(value.get()) : Optional.empty();
    }

    /** One of an enum's values. */
    <E extends Enum<E>> E one(E[] values) {
        int ordinal = int8();
        if (ordinal < 0 || ordinal >= values.length) {
            throw new IllegalArgumentException(
                    "%d is none of %s".formatted(ordinal, List.of(values)));
        }
        return values[ordinal];
    }

    /**
     * What that reader makes of a whole message.
     *
     * @param what names the message in a fault
     * @throws IllegalArgumentException if it is of another format, or is no such message
     */
    static <T> T whole(ByteBuffer bytes, byte format, String what, Function<ByteReader, T> reader) {
        try {
            ByteReader in = new ByteReader(bytes);
            byte given = in.int8();
            if (given != format) {
                throw new IllegalArgumentException(
                        "%s of format %d: this version reads %d; run the version that wrote it"
                                .formatted(what, given, format));
            }
            T read = reader.apply(in);
            if (bytes.hasRemaining()) {
                throw new IllegalArgumentException(
                        "%d bytes behind the end of %s".formatted(bytes.remaining(), what));
            }
            return read;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException(what + " ends in the middle of a field", e);
        }
    }
}
