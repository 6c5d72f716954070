package io.sluice.engine.metadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Asks the broker that decides how the balance of the cluster stands: only it knows. One byte, for
 * which no command begins with it; the answer is text in UTF-8. Lives no longer than the question.
 */
final class BalanceQuestion {

    private static final byte QUESTION = 'B';

    private BalanceQuestion() {}

    static ByteBuffer ask() {
        return ByteBuffer.wrap(new byte[] {QUESTION});
    }

    /** Whether that is the question. */
    static boolean is(ByteBuffer question) {
        return question.remaining() == 1 && question.get(question.position()) == QUESTION;
    }

    static ByteBuffer answer(String report) {
        return ByteBuffer.wrap(report.getBytes(StandardCharsets.UTF_8));
    }

    static String read(ByteBuffer answer) {
        return StandardCharsets.UTF_8.decode(answer).toString();
    }
}
