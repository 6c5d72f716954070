package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.FetchWaitlist;
import io.sluice.core.partition.FollowerEnds;
import io.sluice.core.partition.LeaderInput;
import io.sluice.core.partition.Lease;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.core.record.ControlBatch;
import io.sluice.engine.log.DamagedLogException;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition on this broker: its log, and the role it has, on one event loop. The roles run the
 * machines ({@link LeaderRole}, {@link FollowerRole}); here is what both share: who is told when,
 * the flushes, and what a door may ask.
 *
 * <pre>
 *   idle ──becomeLeader──▶ leading ◀── becomeLeader ── following ◀── becomeFollower ── idle, leading
 * </pre>
 *
 * <p>While a follower's log is cut its role stays; what comes next waits until the cut is over.
 */
final class PartitionHost implements Partition {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionHost.class);

    private final EventLoop loop;
    private final ReplicaLog log;
    private final PartitionSurroundings broker;
    private final PartitionReads reads;
    private final OffsetLookup offsets;
    private final ReplicaThrottle throttle;
    private final PartitionVolume volume;
    private volatile TopicConfig config;
    private MachineRole<?> role;
    private int newestEpoch = BatchHeader.NO_LEADER_EPOCH;
    private @Nullable Runnable roleAfterCut;
    private @Nullable Consumer<Partition> onLeading;
    private final ArrayDeque<Runnable> untold = new ArrayDeque<>(1);
    private boolean telling;
    private boolean closed;
    private volatile boolean inDoubt;
    private volatile long doubtMs = PartitionLeader.NO_DEADLINE;
    private boolean flushing;
    private boolean flushPosted;
    private boolean flushWanted;
    private final FlushGathering gathering = new FlushGathering();

    PartitionHost(
            EventLoop loop, ReplicaLog log, TopicConfig config, PartitionSurroundings broker) {
        this.loop = loop;
        this.log = log;
        this.config = config;
        this.broker = broker;
        this.role = LeaderRole.opened(this, MachineRole.policy(config, broker.lagMaxMs()));
        this.volume = new PartitionVolume(broker.traffic());
        this.reads = new PartitionReads(log, this::faultFound);
        this.offsets = new OffsetLookup(log);
        this.throttle =
                new ReplicaThrottle(
                        broker.throttle(), loop, broker.brokerId(), log.partition().partition());
        throttle.reconfigure(config);
        log.onHeldBack(this::heldBack);
        log.highWatermark(role.highWatermark());
        log.lastStableOffset(role.lastStableOffset());
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public TopicPartition name() {
        return log.partition();
    }

    @Override
    public Uuid topicId() {
        return log.topicId();
    }

    @Override
    public TopicConfig config() {
        return config;
    }

    ReplicaLog log() {
        return log;
    }

    Lease lease() {
        return broker.lease();
    }

    PartitionLoad takeLoad(double seconds) {
        return volume.takeLoad(topicId(), name(), role instanceof LeaderRole, seconds);
    }

    ReplicaThrottle throttle() {
        return throttle;
    }

    // Roles.

    /** This replica leads, in that epoch; an epoch that is not newer changes nothing (I-7). */
    void becomeLeader(int epoch, ReplicaSet replicas) {
        change(
                epoch,
                () -> {
                    LeaderRole leader =
                            switch (role) {
                                case LeaderRole same -> same;
                                case FollowerRole before -> {
                                    before.resign(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                                    yield LeaderRole.after(
                                            before, MachineRole.policy(config, broker.lagMaxMs()));
                                }
                                default -> throw new IllegalStateException("a third role: " + role);
                            };
                    take(leader);
                    throttle.replicas(replicas);
                    leader.lead(epoch, replicas);
                    tellLeading();
                });
    }

    /** Who hears whenever it begins to lead in an epoch, and now if it leads. */
    void onLeading(Consumer<Partition> listener) {
        onLeading = listener;
        tellLeading();
    }

    private void tellLeading() {
        Consumer<Partition> told = onLeading;
        if (told != null && notLeading() == ErrorCode.NONE) {
            told.accept(this);
        }
    }

    /** The broker's lease is over, or begins again: a leader may have to think about itself. */
    void leaseChanged() {
        if (!closed && role instanceof LeaderRole leader) {
            leader.leaseChanged();
        }
    }

    /**
     * After a step of the leader.
     *
     * @param now whether another may lead by now
     * @param fromMs from when on that may be, while the lease is over and nothing is heard
     */
    void inDoubt(boolean now, long fromMs) {
        if (doubtMs != fromMs) {
            doubtMs = fromMs;
        }
        if (inDoubt != now) {
            inDoubt = now;
            LOG.debug(now ? "{} may have another leader by now" : "{} leads again", name());
            loop.post(this::tellLeading);
        }
    }

    @Override
    public boolean isInDoubt() {
        return inDoubt || doubtMs != PartitionLeader.NO_DEADLINE && isDoubtDue();
    }

    /** Nobody need have noticed: a process that stood still reads what came meanwhile. */
    private boolean isDoubtDue() {
        long nowMs = loop.clock().monotonicMs();
        return nowMs >= doubtMs && broker.lease().isOver(nowMs);
    }

    /** It follows that broker, in that epoch. */
    void becomeFollower(int leader, int epoch) {
        change(
                epoch,
                () -> {
                    FollowerRole follower =
                            switch (role) {
                                case FollowerRole same -> same;
                                case LeaderRole before -> {
                                    before.resign(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                                    yield new FollowerRole(
                                            before,
                                            MachineRole.policy(config, broker.lagMaxMs()),
                                            broker.fetchers());
                                }
                                default -> throw new IllegalStateException("a third role: " + role);
                            };
                    take(follower);
                    follower.follow(leader, epoch);
                });
    }

    private void take(MachineRole<?> next) {
        if (role != next) {
            role.end();
            role = next;
            inDoubt = false;
            doubtMs = PartitionLeader.NO_DEADLINE;
            readableEndsMoved(true, true);
        }
    }

    private void change(int epoch, Runnable toRole) {
        if (closed || epoch < newestEpoch) {
            return;
        }
        newestEpoch = epoch;
        if (role.refusal() == ErrorCode.KAFKA_STORAGE_ERROR) {
            return; // for good: the log is opened anew
        }
        whenFree(toRole);
    }

    /** Not inside a step, and not while the log is cut; then the newest wish alone counts. */
    private void whenFree(Runnable toRole) {
        if (role.isStepping() || (role instanceof FollowerRole follower && follower.isCutting())) {
            boolean first = roleAfterCut == null;
            roleAfterCut = toRole;
            if (first && role.isStepping()) {
                loop.post(this::cutEnded);
            }
        } else {
            toRole.run();
        }
    }

    /** What was wished for while the log was cut can be done now. */
    void cutEnded() {
        Runnable wished = roleAfterCut;
        if (wished != null && !closed) {
            loop.post(() -> {
                if (roleAfterCut == wished && !closed) {
                    roleAfterCut = null;
                    whenFree(wished);
                }
            });
        }
    }

    /** The controller's word on who holds the partition. */
    void replicasChanged(ReplicaSet replicas) {
        if (!closed && role instanceof LeaderRole leader) {
            throttle.replicas(replicas);
            leader.step(new LeaderInput.ReplicasChanged<>(replicas));
        }
    }

    void proposeIsr(ReplicaSet.Proposal proposal) {
        broker.proposals().propose(this, proposal);
    }

    /**
     * @param refused it is certain that it was not accepted
     */
    void proposalAnswered(ReplicaSet.Proposal proposal, boolean refused) {
        if (!closed && role instanceof LeaderRole leader) {
            leader.step(new LeaderInput.ProposalAnswered<>(proposal.partitionEpoch(), refused));
        }
    }

    void resign(ErrorCode reason) {
        roleAfterCut = null;
        role.resign(reason);
    }

    /** Resigns for good and touches the log no more: it is deleted, or the broker goes down. */
    void close(ErrorCode reason) {
        closed = true;
        resign(reason);
        role.end();
    }

    /** A directory stopped serving; it may be this log's. */
    void directoryFailed(Uuid directory) {
        if (log.directoryId().equals(directory)) {
            role.diskFailed();
        }
    }

    /**
     * A fault of the directory is told of by itself; one of the log is the controller's to know.
     */
    void faultFound(IOException fault) {
        if (fault instanceof DamagedLogException && !closed) {
            broker.damage().accept(name());
        }
    }

    /** NONE while it leads or follows, and serves; else why not. */
    ErrorCode refusal() {
        return role.refusal();
    }

    void reconfigure(TopicConfig changed) {
        if (closed) {
            return;
        }
        config = changed;
        log.reconfigure(changed);
        throttle.reconfigure(changed);
        role.reconfigured(MachineRole.policy(changed, broker.lagMaxMs()));
    }

    /** Forgets producers whose newest record is older (producer.id.expiration.ms). */
    void expireProducers(long beforeMs) {
        if (!closed) {
            log.producerStates().expireBefore(beforeMs);
        }
    }

    // What the roles share.

    void readableEndsMoved(boolean highWatermark, boolean lastStable) {
        if (closed) {
            return;
        }
        if (highWatermark) {
            log.highWatermark(role.highWatermark());
        }
        if (lastStable) {
            log.lastStableOffset(role.lastStableOffset());
        }
    }

    /** Is run when the step is over. */
    void tell(Runnable news) {
        untold.add(news);
    }

    /** A leader stored what a client sent. */
    void appended(long records, long bytes) {
        volume.appended(records, bytes);
    }

    /** A follower stored what its leader has. */
    void replicated(long bytes) {
        broker.traffic().replicatedInBytes.add(bytes);
    }

    /** Who is told may come back at once with more work, so it waits until the step is over. */
    void tellOthers() {
        if (telling) {
            return;
        }
        telling = true;
        try {
            for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
                next.run();
            }
        } finally {
            telling = false;
        }
    }

    /**
     * Asks for a flush at the end of the loop's turn, so that all that this turn appends shares it.
     * At most one is under way; one more serves all that gathered meanwhile.
     */
    void requestFlush() {
        flushWanted = true;
        if (!flushing && !flushPosted) {
            flushPosted = true;
            loop.post(this::startFlush);
        }
    }

    private void startFlush() {
        flushPosted = false;
        if (!flushWanted || flushing || closed) {
            return;
        }
        flushWanted = false;
        flushing = true;
        log.flush(
                gathering.begins(role.waitingAppends()),
                Completion.of(
                        durableEnd -> {
                            flushing = false;
                            gathering.ended(role.waitingAppends());
                            role.flushed(durableEnd);
                            if (flushWanted && !closed && durableEnd < role.logEnd()) {
                                requestFlush();
                            }
                        },
                        fault -> {
                            flushing = false;
                            faultFound(fault);
                            role.diskFailed();
                        }));
    }

    // What a door may ask.

    @Override
    public void append(
            ByteBuffer records,
            List<BatchHeader> batches,
            short acks,
            int timeoutMs,
            long guard,
            AppendReply reply) {
        if (role instanceof LeaderRole leader) {
            volume.received(records.remaining());
            leader.append(records, batches, acks, timeoutMs, guard, reply);
            if (batches.stream().anyMatch(BatchHeader::isScheduled)) {
                broker.schedules().get().appended(this);
            }
        } else {
            reply.appended(
                    new AppendResult(
                            notLeading(),
                            "this replica follows",
                            -1L,
                            BatchHeader.NO_TIMESTAMP,
                            role.logStart()));
        }
    }

    private void heldBack(long wantedStart) {
        if (!closed && notLeading() == ErrorCode.NONE) {
            broker.schedules().get().heldBack(this, wantedStart);
        }
    }

    @Override
    public long nextScheduled(long from) {
        return reads.nextScheduled(from);
    }

    @Override
    public long scheduleFloor() {
        return reads.scheduleFloor();
    }

    /** NONE while it leads; else what to tell who needs the leader. */
    private ErrorCode notLeading() {
        return role instanceof FollowerRole && role.refusal() == ErrorCode.NONE
                ? ErrorCode.NOT_LEADER_OR_FOLLOWER
                : role.refusal();
    }

    @Override
    public Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        return role instanceof LeaderRole leader
                ? leader.beginTransaction(batch, epochPerTransaction)
                : new Admission.Refused(notLeading(), "this replica follows");
    }

    @Override
    public boolean isStored(BatchHeader batch) {
        return batch.hasProducer()
                && log.producerStates().check(batch) instanceof ProducerStates.Verdict.Duplicate;
    }

    @Override
    public void confirm(int timeoutMs, Consumer<ErrorCode> reply) {
        if (role instanceof LeaderRole leader) {
            leader.confirm(timeoutMs, result -> reply.accept(result.error()));
        } else {
            reply.accept(notLeading());
        }
    }

    @Override
    public void writeMarker(TransactionMarker marker, int timeoutMs, Consumer<ErrorCode> reply) {
        if (role instanceof LeaderRole leader) {
            ByteBuffer records =
                    ControlBatch.of(marker, loop.clock().wallMs(), config.logAppendTime());
            leader.writeMarker(marker, records, timeoutMs, result -> reply.accept(result.error()));
        } else {
            reply.accept(notLeading());
        }
    }

    @Override
    public FetchResult fetch(FetchSpec spec) {
        FetchResult result = reads.read(role, spec);
        volume.fetched(bytes(result));
        return result;
    }

    private static long bytes(FetchResult result) {
        FileSlice slice = result.read().slice();
        return slice == null ? 0L : slice.sizeInBytes();
    }

    @Override
    public void followers(FollowerEnds told) {
        if (role instanceof LeaderRole leader && role.refusal() == ErrorCode.NONE) {
            leader.machine().followers(told);
        }
    }

    @Override
    public FetchResult replicaFetch(ReplicaFetchSpec spec) {
        if (!(role instanceof LeaderRole leader)) {
            return PartitionReads.refused(notLeading());
        }
        FetchResult result = reads.read(leader, spec, throttle);
        broker.traffic().replicatedOutBytes.add(bytes(result));
        return result;
    }

    @Override
    public boolean stillFinds(FetchResult before, long fetchOffset, int currentLeaderEpoch) {
        return PartitionReads.stillFinds(role, before, fetchOffset, currentLeaderEpoch);
    }

    @Override
    public long bytesAvailable(long fetchOffset, boolean readCommitted, int limit) {
        return reads.available(
                role, fetchOffset, PartitionReads.readableEnd(role, readCommitted), limit);
    }

    @Override
    public Watch watch(long offset, boolean readCommitted, Runnable wake) {
        return watch(
                offset,
                PartitionReads.readableEnd(role, readCommitted),
                role.readers(readCommitted),
                wake);
    }

    @Override
    public Watch watchLogEnd(long offset, Runnable wake) {
        FetchWaitlist readers =
                role instanceof LeaderRole leader
                        ? leader.machine().replicaReaders()
                        : role.readers(false); // only to be woken
        long end = role instanceof LeaderRole ? role.logEnd() : Long.MAX_VALUE;
        return watch(offset, end, readers, wake);
    }

    @Override
    public Watch watchLogEnd(int replica, long offset, Runnable wake) {
        return role instanceof LeaderRole && throttle.givesAfterNanos(replica) > 0
                ? new HeldBackWatch(
                        loop, () -> heldBackNanos(replica), () -> watchLogEnd(offset, wake))
                : watchLogEnd(offset, wake);
    }

    private long heldBackNanos(int replica) {
        return closed || !(role instanceof LeaderRole) ? 0L : throttle.givesAfterNanos(replica);
    }

    private Watch watch(long offset, long readableEnd, FetchWaitlist readers, Runnable wake) {
        FetchWaitlist.Waiter waiter = new FetchWaitlist.Waiter(offset, wake);
        if (role.refusal() != ErrorCode.NONE || offset < readableEnd || !readers.add(waiter)) {
            loop.post(waiter::wake);
        }
        return () -> readers.cancel(waiter);
    }

    @Override
    public void warm(FileSlice slice, Consumer<Boolean> done) {
        log.warm(
                slice,
                Completion.of(
                        warmed -> done.accept(true),
                        fault -> {
                            LOG.error("{} is not served: {}", name(), fault.getMessage());
                            faultFound(fault);
                            done.accept(false);
                        }));
    }

    @Override
    public void listOffset(
            OffsetQuery query, int currentLeaderEpoch, Consumer<OffsetAnswer> reply) {
        if (role instanceof LeaderRole leader) {
            offsets.answer(leader.machine(), query, currentLeaderEpoch, reply);
        } else {
            reply.accept(OffsetLookup.refused(notLeading()));
        }
    }

    @Override
    public EpochAnswer endOfEpoch(int epoch, int currentLeaderEpoch) {
        return reads.endOfEpoch(notLeadingIn(currentLeaderEpoch), epoch);
    }

    private ErrorCode notLeadingIn(int epoch) {
        return role instanceof LeaderRole ? role.checkEpoch(epoch) : notLeading();
    }

    @Override
    public void deleteRecords(long offset, Consumer<DeleteAnswer> reply) {
        if (notLeading() != ErrorCode.NONE) {
            reply.accept(new DeleteAnswer(notLeading(), -1L));
            return;
        }
        long before = offset == -1L ? role.highWatermark() : offset;
        DeleteAnswer now = deleteNow(before);
        if (now.error() == ErrorCode.NONE && now.logStartOffset() < before) {
            ScheduleWatch schedules = broker.schedules().get();
            schedules.delete(
                    this,
                    before,
                    error -> {
                        boolean safe = error == ErrorCode.NONE;
                        reply.accept(new DeleteAnswer(error, safe ? role.logStart() : -1L));
                    });
        } else {
            reply.accept(now);
        }
    }

    private DeleteAnswer deleteNow(long before) {
        if (!config.delete()) {
            return new DeleteAnswer(ErrorCode.POLICY_VIOLATION, -1L);
        }
        if (before < 0 || before > role.highWatermark()) {
            return new DeleteAnswer(ErrorCode.OFFSET_OUT_OF_RANGE, -1L);
        }
        try {
            log.advanceStartOffset(before);
        } catch (IOException e) {
            role.diskFailed();
            return new DeleteAnswer(ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        }
        startMoved();
        return new DeleteAnswer(ErrorCode.NONE, role.logStart());
    }

    /** The log has a new start, by this host or by retention. */
    void startMoved() {
        if (!closed) {
            role.startMoved(log.startOffset());
        }
    }

    @Override
    public ProducersAnswer producers() {
        ErrorCode refusal = role.refusal(); // a follower tells what it has (KIP-664)
        return refusal == ErrorCode.NONE
                ? new ProducersAnswer(
                        refusal,
                        log.producerStates().entries().stream().map(ProducerView::of).toList())
                : new ProducersAnswer(refusal, List.of());
    }

    @Override
    public RememberedAnswer producersBelow(long offset, int currentLeaderEpoch) {
        return reads.producersBelow(notLeadingIn(currentLeaderEpoch), offset);
    }

    @Override
    public int leadingEpoch() {
        return notLeading() == ErrorCode.NONE ? role.leaderEpoch() : BatchHeader.NO_LEADER_EPOCH;
    }

    @Override
    public PartitionStatus status() {
        return new PartitionStatus(
                role.leaderEpoch(),
                role.logStart(),
                role.highWatermark(),
                role.lastStableOffset(),
                role.logEnd(),
                log.sizeInBytes(),
                log.directoryId());
    }

    /** Shows how it is; called on the loop. */
    void survey(PartitionSurvey into) {
        into.add(this, role, volume);
    }
}
