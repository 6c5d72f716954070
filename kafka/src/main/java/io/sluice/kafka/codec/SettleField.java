package io.sluice.kafka.codec;

import org.apache.kafka.common.message.EndTxnRequestData;

/**
 * What makes an EndTxn of one broker to another the answer about a half message, as a tagged field
 * of a number that Kafka does not use (KIP-482): when the transaction began, an int64. It ends that
 * transaction and no other one, and does not speak for its producer.
 */
public final class SettleField {

    static final int START_TAG = 10_001;

    /** Nothing was said: it is a producer's request. */
    public static final long NONE = -1L;

    private SettleField() {}

    /** Adds when the transaction began. */
    public static void startMs(EndTxnRequestData request, long startMs) {
        request.unknownTaggedFields().add(TaggedFields.ofLong(START_TAG, startMs));
    }

    /** When the transaction began, or {@link #NONE}. */
    public static long startMs(EndTxnRequestData request) {
        return TaggedFields.longOf(request.unknownTaggedFields(), START_TAG, NONE);
    }
}
