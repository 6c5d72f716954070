package io.sluice.engine.coordinator;

import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
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
}
