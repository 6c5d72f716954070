package io.sluice.metadata;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * What Ratis sees of this broker: takes what is committed, in order, and passes it on. Called on
 * threads of Ratis; what is committed on one of them, the updater.
 *
 * <p>A part whose entry was decided in another term than it is committed in is passed over, by
 * every replica alike.
 */
final class Replica extends BaseStateMachine {

    /** Who takes it. Called on threads of Ratis; may wait. */
    interface Owner {

        void restored(long index, ByteBuffer state);

        /** An entry, whole, in its own term. */
        void committed(long index, Part last, ByteBuffer entry);

        /** Something of this proposal was committed out of its term: it will never be an entry. */
        void passedOver(Part part, long index, long term);

        void leads(long term);

        void leadsNoMore(long term);

        void configurationChanged();

        CompletableFuture<Message> asked(Message question);

        /** Ratis has closed the log; perhaps because it was asked to. */
        void stopped();

        /** The log of this broker takes nothing any more. */
        void failed(IOException cause);
    }

    private final Owner owner;
    private final ClientId proposer;
    private final Snapshots snapshots = new Snapshots();
    private final AtomicReference<@Nullable TermIndex> written = new AtomicReference<>();
    private final Part.Assembly assembly = new Part.Assembly();
    private long termOfConfiguration;
    private volatile boolean left;

    /**
     * @param proposer the only one whose entries are taken: this broker itself
     */
    Replica(Owner owner, ClientId proposer) {
        this.owner = owner;
        this.proposer = proposer;
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        if (!request.getClientId().equals(proposer)) {
            throw new IOException("only a broker itself proposes to its metadata log");
        }
        return super.startTransaction(request);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
            throws IOException {
        super.initialize(server, group, storage);
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            snapshots.init(storage);
                            restore(snapshots.getLatestSnapshot());
                        },
                        IOException.class);
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        try {
            snapshots.forceInstalled();
            restore(snapshots.reload());
        } catch (IOException e) {
            owner.failed(e);
            throw e;
        }
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    private void restore(@Nullable SingleFileSnapshotInfo snapshot) throws IOException {
        if (snapshot == null) {
            return;
        }
        ByteBuffer state = Snapshots.read(snapshot);
        setLastAppliedTermIndex(snapshot.getTermIndex());
        owner.restored(snapshot.getIndex(), state);
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = Objects.requireNonNull(transaction.getLogEntry());
        Part part = Part.decode(entry.getStateMachineLogEntry().getLogData());
        if (part.term() != entry.getTerm()) {
            owner.passedOver(part, entry.getIndex(), entry.getTerm());
        } else {
            Optional<ByteBuffer> whole = assembly.add(part);
            if (whole.isPresent()) {
                owner.committed(entry.getIndex(), part, whole.get());
            } else if (part.last()) {
                owner.passedOver(part, entry.getIndex(), entry.getTerm());
            }
        }
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public void notifyConfigurationChanged(
            long term, long index, RaftConfigurationProto configuration) {
        termOfConfiguration = term;
        owner.configurationChanged();
    }

    /** Told by the updater when the entry is applied with which the leader's term begins. */
    @Override
    public void notifyLeaderReady() {
        owner.leads(termOfConfiguration);
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) throws IOException {
        owner.leadsNoMore(getServer().join().getDivision(getGroupId()).getInfo().getCurrentTerm());
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
        return owner.asked(request);
    }

    @Override
    public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
        owner.failed(new IOException("the metadata log cannot be written: " + cause, cause));
    }

    /** Its server is about to be closed and another one opened: that is no news. */
    void leave() {
        left = true;
    }

    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean all) {
        if (!left) {
            owner.stopped();
        }
    }

    /** A state that the engine gave, written beforehand, takes the place of what it covers. */
    void store(TermIndex covered, ByteBuffer state) throws IOException {
        snapshots.write(covered, state);
        written.set(covered);
    }

    @Override
    public long takeSnapshot() throws IOException {
        TermIndex covered = written.getAndSet(null);
        if (covered == null) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        snapshots.publish(covered);
        return covered.getIndex();
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return snapshots;
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return snapshots.getLatestSnapshot();
    }
}
