package io.sluice.engine.metadata;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A metadata log in memory whose commits the test releases. What is kept outlives the object. */
final class MemoryMetadataLog implements MetadataLog {

    /** What would lie on disk. */
    static final class Kept {
        final List<byte[]> entries = new ArrayList<>();
        long snapshotIndex = -1;
        byte @Nullable [] snapshot;
    }

    private record Pending(ByteBuffer entry, Completion<Long> done) {}

    private final Kept kept;
    private final EventLoop loop;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private @Nullable Listener listener;
    private boolean holds;
    private boolean closed;
    private long term = 1L;
    private @Nullable MemoryMetadataLog leader;

    MemoryMetadataLog(Kept kept, EventLoop loop) {
        this.kept = kept;
        this.loop = loop;
    }

    /** From now on commits wait for {@link #commit} or {@link #fail}. */
    void hold() {
        holds = true;
    }

    /** Another leader, or this one again. */
    void leadership(boolean leads, long of) {
        term = of;
        listening().leadership(leads, of);
    }

    /**
     * From now on this one only follows: what the other commits is given to it by {@link #follow}.
     */
    void follows(MemoryMetadataLog other) {
        leader = other;
        listening().leadership(false, other.term);
    }

    /** Takes the next entry that the other has committed. */
    void follow() {
        byte[] bytes = Objects.requireNonNull(leader).kept.entries.get(kept.entries.size());
        kept.entries.add(bytes);
        listening().apply(kept.entries.size() - 1L, ByteBuffer.wrap(bytes));
    }

    int underWay() {
        return pending.size();
    }

    void commit() {
        Pending next = pending.removeFirst();
        byte[] bytes = new byte[next.entry.remaining()];
        next.entry.get(bytes);
        kept.entries.add(bytes);
        long index = kept.entries.size() - 1L;
        listening().apply(index, ByteBuffer.wrap(bytes));
        next.done.succeeded(index);
    }

    void fail(IOException cause) {
        pending.removeFirst().done.failed(cause);
    }

    Listener listening() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    @Override
    public void start(Listener to, Completion<Long> done) {
        listener = to;
        if (kept.snapshot != null) {
            to.restore(kept.snapshotIndex, ByteBuffer.wrap(kept.snapshot));
        }
        for (long i = kept.snapshotIndex + 1; i < kept.entries.size(); i++) {
            to.apply(i, ByteBuffer.wrap(kept.entries.get((int) i)));
        }
        to.leadership(true, term);
        done.succeeded(kept.entries.size() - 1L);
    }

    @Override
    public void append(long of, ByteBuffer entry, Completion<Long> done) {
        if (of != term) {
            done.failed(new LeadershipLostException("term " + of + " is not this one"));
            return;
        }
        if (closed) {
            done.failed(new LeadershipLostException("closed"));
            return;
        }
        pending.addLast(new Pending(entry, done));
        if (!holds) {
            loop.post(this::commit);
        }
    }

    @Override
    public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
        byte[] bytes = new byte[state.remaining()];
        state.get(bytes);
        kept.snapshot = bytes;
        kept.snapshotIndex = index;
        done.succeeded(index);
    }

    @Override
    public void ask(ByteBuffer question, Completion<ByteBuffer> done) {
        MemoryMetadataLog asked = leader == null ? this : leader;
        if (closed || asked.closed) {
            done.failed(new IOException("closed"));
        } else {
            asked.listening().answer(question, done);
        }
    }

    @Override
    public Quorum quorum() {
        return new Quorum(1, term, kept.entries.size() - 1L, List.of(), List.of());
    }

    @Override
    public void close() {
        closed = true;
    }
}
