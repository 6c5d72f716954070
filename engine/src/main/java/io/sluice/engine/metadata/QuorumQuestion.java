package io.sluice.engine.metadata;

import io.sluice.engine.metadata.Quorum.Member;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the broker that leads how far the others are: only it knows. One byte, for which no command
 * begins with it; lives no longer than the question.
 *
 * <pre>
 *   answer   leader int32, term int64, committed int64, voters, observers
 *   members  count int32, then broker int32, end int64, last contact int64 of each
 * </pre>
 */
final class QuorumQuestion {

    private static final byte QUESTION = 'Q';
    private static final int FIXED_BYTES = 4 + 8 + 8 + 4 + 4;
    private static final int MEMBER_BYTES = 4 + 8 + 8;

    private QuorumQuestion() {}

    static ByteBuffer ask() {
        return ByteBuffer.wrap(new byte[] {QUESTION});
    }

    /** Whether that is the question. */
    static boolean is(ByteBuffer question) {
        return question.remaining() == 1 && question.get(question.position()) == QUESTION;
    }

    static ByteBuffer answer(Quorum quorum) {
        int members = quorum.voters().size() + quorum.observers().size();
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + members * MEMBER_BYTES);
        out.putInt(quorum.leader()).putLong(quorum.term()).putLong(quorum.committed());
        write(quorum.voters(), out);
        write(quorum.observers(), out);
        return out.flip();
    }

    private static void write(List<Member> members, ByteBuffer out) {
        out.putInt(members.size());
        members.forEach(one ->
                out.putInt(one.brokerId()).putLong(one.endIndex()).putLong(one.lastContactMs()));
    }

    /**
     * Reads an answer.
     *
     * @throws IOException if it is none
     */
    static Quorum read(ByteBuffer answer) throws IOException {
        try {
            return new Quorum(
                    answer.getInt(),
                    answer.getLong(),
                    answer.getLong(),
                    members(answer),
                    members(answer));
        } catch (BufferUnderflowException e) {
            throw new IOException("not an answer about the quorum", e);
        }
    }

    private static List<Member> members(ByteBuffer in) {
        int count = in.getInt();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new Member(in.getInt(), in.getLong(), in.getLong()));
        }
        return List.copyOf(members);
    }
}
