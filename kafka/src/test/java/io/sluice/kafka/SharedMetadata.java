package io.sluice.kafka;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One metadata log in memory for several brokers of this process; the first to start leads it. */
final class SharedMetadata {

    private final List<byte[]> entries = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();

    /** The log as one broker has it. */
    MetadataLog of(int brokerId, EventLoop loop) {
        return new Member(brokerId, loop);
    }

    private synchronized long append(ByteBuffer entry) {
        byte[] bytes = bytes(entry);
        entries.add(bytes);
        long index = entries.size() - 1L;
        members.forEach(
                one -> one.loop.post(() -> one.listening().apply(index, ByteBuffer.wrap(bytes))));
        return index;
    }

    private synchronized @Nullable Member leader() {
        return members.isEmpty() ? null : members.getFirst();
    }

    private synchronized Quorum describe() {
        long last = entries.size() - 1L;
        Member leader = leader();
        return new Quorum(
                leader == null ? Quorum.NOBODY : leader.brokerId,
                1L,
                last,
                members.stream()
                        .map(one -> new Quorum.Member(one.brokerId, last, Quorum.UNKNOWN))
                        .toList(),
                List.of());
    }

    /** What is committed so far, and all that comes behind it. */
    private synchronized long join(Member member) {
        for (int i = 0; i < entries.size(); i++) {
            member.listening().apply(i, ByteBuffer.wrap(entries.get(i)));
        }
        members.add(member);
        return entries.size() - 1L;
    }

    private synchronized void leave(Member member) {
        members.remove(member);
    }

    private static byte[] bytes(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.duplicate().get(bytes);
        return bytes;
    }

    private final class Member implements MetadataLog {
        private final int brokerId;
        private final EventLoop loop;
        private @Nullable Listener listener;

        Member(int brokerId, EventLoop loop) {
            this.brokerId = brokerId;
            this.loop = loop;
        }

        private Listener listening() {
            if (listener == null) {
                throw new IllegalStateException("not started");
            }
            return listener;
        }

        @Override
        public void start(Listener to, Completion<Long> done) {
            listener = to;
            long last = join(this);
            to.leadership(leader() == this, 1L);
            done.succeeded(last);
        }

        @Override
        public void append(long term, ByteBuffer entry, Completion<Long> done) {
            long index = SharedMetadata.this.append(entry);
            loop.post(() -> done.succeeded(index));
        }

        @Override
        public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
            done.succeeded(index);
        }

        @Override
        public void ask(ByteBuffer question, Completion<ByteBuffer> done) {
            Member leader = leader();
            if (leader == null) {
                loop.post(() -> done.failed(new IOException("nobody leads")));
                return;
            }
            ByteBuffer taken = ByteBuffer.wrap(bytes(question));
            leader.loop.post(() ->
                    leader.listening()
                            .answer(
                                    taken,
                                    Completion.of(
                                            answer -> loop.post(() -> done.succeeded(answer)),
                                            fault -> loop.post(() -> done.failed(fault)))));
        }

        @Override
        public Quorum quorum() {
            return describe();
        }

        @Override
        public void close() {
            leave(this);
        }
    }
}
