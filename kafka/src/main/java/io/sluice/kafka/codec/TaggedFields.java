package io.sluice.kafka.codec;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * Tagged fields of numbers that Kafka does not use (KIP-482), in which we tell more than it does.
 */
public final class TaggedFields {

    private TaggedFields() {}

    /** A field of one int64. */
    static RawTaggedField ofLong(int tag, long value) {
        return new RawTaggedField(tag, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    }

    /** The int64 of a field, or what counts where there is none. */
    static long longOf(List<RawTaggedField> fields, int tag, long otherwise) {
        ByteBuffer value = find(fields, tag, Long.BYTES);
        return value == null ? otherwise : value.getLong();
    }

    /** What a field of that size tells, or null. */
    public static @Nullable ByteBuffer find(List<RawTaggedField> fields, int tag, int size) {
        return find(fields, tag, size, size);
    }

    /** What a field of at least that size tells, or null. */
    public static @Nullable ByteBuffer atLeast(List<RawTaggedField> fields, int tag, int size) {
        return find(fields, tag, size, Integer.MAX_VALUE);
    }

    private static @Nullable ByteBuffer find(
            List<RawTaggedField> fields, int tag, int least, int most) {
        for (RawTaggedField field : fields) {
            if (field.tag() == tag && least <= field.size() && field.size() <= most) {
                return ByteBuffer.wrap(field.data());
            }
        }
        return null;
    }
}
