package io.sluice.kafka.codec;

import java.util.List;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * When released records are to be delivered again, at the earliest: a tagged field of a number that
 * Kafka does not use (KIP-482), an int64 of milliseconds since 1970, of an AcknowledgementBatch in
 * ShareFetch and ShareAcknowledge. Without it the group's back-off decides.
 */
public final class AgainField {

    static final int TAG = 10_004;

    /** Nothing was said. */
    public static final long NONE = 0L;

    private AgainField() {}

    /** The field with that time. */
    public static RawTaggedField of(long atMs) {
        return TaggedFields.ofLong(TAG, atMs);
    }

    /** The time among the fields, or {@link #NONE}. */
    public static long atMs(List<RawTaggedField> fields) {
        return Math.max(NONE, TaggedFields.longOf(fields, TAG, NONE));
    }
}
