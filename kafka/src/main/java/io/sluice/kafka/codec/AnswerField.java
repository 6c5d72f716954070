package io.sluice.kafka.codec;

import org.apache.kafka.common.message.ShareAcknowledgeRequestData;

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
        request.unknownTaggedFields().add(TaggedFields.ofLong(TAG, untilMs));
    }

    /** Whether it is one. */
    public static boolean isSet(ShareAcknowledgeRequestData request) {
        return request.unknownTaggedFields().stream().anyMatch(field -> field.tag() == TAG);
    }
}
