package io.sluice.simulator.quorum;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.LeadershipLostException;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import io.sluice.simulator.world.SimProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One process' view of the quorum's log. */
public final class SimMetadataLog implements MetadataLog {

    private final SimQuorum quorum;
    private final Member member;
    private final SimProcess process;
    private final EventLoop home;
    private @Nullable Listener listener;
    private boolean live;
    private boolean closed;

    /** The term in which the listener was told that it leads, or -1. */
    private long toldTerm = -1L;

    SimMetadataLog(SimQuorum quorum, Member member, SimProcess process, EventLoop home) {
        this.quorum = quorum;
        this.member = member;
        this.process = process;
        this.home = home;
    }

    SimProcess process() {
        return process;
    }

    EventLoop home() {
        return home;
    }

    /** Whether it takes part: its process runs, and its start is over. */
    boolean takesPart() {
        return live && !closed && process.isAlive() && !process.isPaused();
    }

    boolean isUsable() {
        return live && !closed && process.isAlive();
    }

    boolean leadsIn(long term) {
        return toldTerm == term && !closed;
    }

    Listener listener() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    @Override
    public void start(Listener to, Completion<Long> done) {
        listener = to;
        member.live = this;
        quorum.started(
                this,
                member,
                () -> {
                    byte[] snapshot = member.snapshot;
                    if (snapshot != null) {
                        to.restore(member.snapshotIndex, ByteBuffer.wrap(snapshot.clone()));
                    }
                    quorum.replay(member, to);
                    live = true;
                    done.succeeded(member.applied);
                    quorum.caughtUp(member);
                });
    }

    @Override
    public void append(long term, ByteBuffer entry, Completion<Long> done) {
        if (closed) {
            done.failed(new LeadershipLostException("closed"));
        } else if (term != toldTerm) {
            home.post(() -> done.failed(lost(term)));
        } else {
            quorum.propose(this, member, term, copy(entry), done);
        }
    }

    static LeadershipLostException lost(long term) {
        return new LeadershipLostException("this broker does not lead in term " + term);
    }

    static byte[] copy(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** On the home loop. */
    void tellLeadership(boolean leads, long term) {
        if (closed || leads && term < member.knownTerm) {
            return;
        }
        if (leads) {
            toldTerm = term;
            listener().leadership(true, term);
        } else if (!leads && toldTerm >= 0 && toldTerm <= term) {
            toldTerm = -1L;
            listener().leadership(false, term);
        }
    }

    @Override
    public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
        if (closed) {
            done.failed(new IOException("closed"));
            return;
        }
        member.snapshotIndex = index;
        member.snapshot = copy(state);
        home.post(() -> done.succeeded(index));
    }

    @Override
    public void ask(ByteBuffer question, Completion<ByteBuffer> done) {
        if (closed) {
            done.failed(new IOException("closed"));
        } else {
            quorum.ask(this, member, copy(question), done);
        }
    }

    @Override
    public Quorum quorum() {
        return quorum.describe(member);
    }

    @Override
    public void close() {
        closed = true;
        if (member.live == this) {
            member.live = null;
        }
    }

    boolean isClosed() {
        return closed;
    }
}
