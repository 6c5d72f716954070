package io.sluice.engine.metadata;

import io.sluice.engine.metadata.Quorum.Member;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What only the broker that leads knows: how far the others are, and what is decided so far. A
 * question is one byte, with which no command begins; it lives no longer than its answer.
 *
 * <pre>
 *   who        leader int32, term int64, committed int64, voters, observers, addresses
 *   members    count int32, then broker int32, end int64, last contact int64 of each
 *   addresses  of the voters and then the observers: length int16, UTF-8; an older leader has none
 *   how far  index int64
 * </pre>
 */
final class QuorumQuestion {

    private static final byte WHO = 'Q';
    private static final byte HOW_FAR = 'I';
    private static final int FIXED_BYTES = 4 + 8 + 8 + 4 + 4;
    private static final int MEMBER_BYTES = 4 + 8 + 8;

    private QuorumQuestion() {}

    static ByteBuffer who() {
        return ByteBuffer.wrap(new byte[] {WHO});
    }

    static ByteBuffer howFar() {
        return ByteBuffer.wrap(new byte[] {HOW_FAR});
    }

    static boolean isWho(ByteBuffer question) {
        return is(WHO, question);
    }

    static boolean isHowFar(ByteBuffer question) {
        return is(HOW_FAR, question);
    }

    private static boolean is(byte kind, ByteBuffer question) {
        return question.remaining() == 1 && question.get(question.position()) == kind;
    }

    static ByteBuffer answer(long index) {
        return ByteBuffer.allocate(Long.BYTES).putLong(index).flip();
    }

    /** Nothing if it is no answer. */
    static Optional<Long> readIndex(ByteBuffer answer) {
        return answer.remaining() == Long.BYTES ? Optional.of(answer.getLong()) : Optional.empty();
    }

    static ByteBuffer answer(Quorum quorum) {
        List<Member> all = new ArrayList<>(quorum.voters());
        all.addAll(quorum.observers());
        List<byte[]> addresses =
                all.stream().map(one -> one.address().getBytes(StandardCharsets.UTF_8)).toList();
        int size = FIXED_BYTES + all.size() * MEMBER_BYTES;
        for (byte[] address : addresses) {
            size += Short.BYTES + address.length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putInt(quorum.leader()).putLong(quorum.term()).putLong(quorum.committed());
        write(quorum.voters(), out);
        write(quorum.observers(), out);
        addresses.forEach(address -> out.putShort((short) address.length).put(address));
        return out.flip();
    }

    private static void write(List<Member> members, ByteBuffer out) {
        out.putInt(members.size());
        members.forEach(one ->
                out.putInt(one.brokerId()).putLong(one.endIndex()).putLong(one.lastContactMs()));
    }

    /** Nothing if it is no answer. */
    static Optional<Quorum> read(ByteBuffer answer) {
        try {
            int leader = answer.getInt();
            long term = answer.getLong();
            long committed = answer.getLong();
            List<Member> voters = members(answer);
            List<Member> observers = members(answer);
            return Optional.of(
                    answer.hasRemaining()
                            ? new Quorum(
                                    leader,
                                    term,
                                    committed,
                                    withAddresses(voters, answer),
                                    withAddresses(observers, answer))
                            : new Quorum(leader, term, committed, voters, observers));
        } catch (BufferUnderflowException e) {
            return Optional.empty();
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

    private static List<Member> withAddresses(List<Member> members, ByteBuffer in) {
        List<Member> known = new ArrayList<>(members.size());
        for (Member one : members) {
            int length = Short.toUnsignedInt(in.getShort());
            if (length > in.remaining()) {
                throw new BufferUnderflowException();
            }
            byte[] address = new byte[length];
            in.get(address);
            known.add(one.at(new String(address, StandardCharsets.UTF_8)));
        }
        return List.copyOf(known);
    }
}
