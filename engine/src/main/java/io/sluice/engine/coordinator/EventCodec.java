package io.sluice.engine.coordinator;

import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Events as keyed records. Compaction keeps the last record of a key, so that event must tell all
 * that earlier ones of the key told. Stateless; {@link #decode} is called off the loop.
 */
public interface EventCodec<E> {

    /** What the event is about. */
    byte[] key(E event);

    /** What is so now, or null if nothing is any more: the record is a tombstone. */
    byte @Nullable [] value(E event);

    /**
     * The event that was written so, or null for one of a later version, which is passed over.
     *
     * @param value null for a tombstone
     * @throws RecordFormatException if the bytes are not what {@link #key} and {@link #value} write
     */
    @Nullable E decode(ByteBuffer key, @Nullable ByteBuffer value) throws RecordFormatException;

    /** What {@link #decode} does. */
    @FunctionalInterface
    interface Reader<E> {
        @Nullable E read(ByteBuffer key, @Nullable ByteBuffer value) throws RecordFormatException;
    }

    /** Of the three functions of a format. */
    static <E> EventCodec<E> of(
            Function<? super E, byte[]> key,
            Function<? super E, byte @Nullable []> value,
            Reader<E> reader) {
        return new EventCodec<>() {
            @Override
            public byte[] key(E event) {
                return key.apply(event);
            }

            @Override
            public byte @Nullable [] value(E event) {
                return value.apply(event);
            }

            @Override
            public @Nullable E decode(ByteBuffer from, @Nullable ByteBuffer content)
                    throws RecordFormatException {
                return reader.read(from, content);
            }
        };
    }
}
