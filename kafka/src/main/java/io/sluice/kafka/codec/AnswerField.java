package io.sluice.kafka.codec;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * What makes a ShareAcknowledge of one broker to another the answer to a question about records, as
 * a tagged field of a number that Kafka does not use (KIP-482): until when the question is open, an
 * int64. The member's id is the question's name then, and there is no session.
 */
public final class AnswerField {

    static final int TAG = 10_005;

    private AnswerField() {}

    /** Says that it is an answer. */
    public static void set(ShareAcknowledgeRequestData request, long untilMs) {
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(untilMs).array();
        request.unknownTaggedFields().add(new RawTaggedField(TAG, value));
    }

    /** Whether it is one. */
    public static boolean isSet(ShareAcknowledgeRequestData request) {
        return request.unknownTaggedFields().stream().anyMatch(field -> field.tag() == TAG);
    }
}
