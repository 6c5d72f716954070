package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The leader of one partition: which batch gets which offset, when it is acknowledged, and what a
 * reader may see. Pure: inputs by {@link #step}, effects into the {@link LeaderOutbox}; the host
 * executes them in the order given.
 *
 * <pre>
 *            BecomeLeader(epoch)                 DiskFailed, or an append that fails
 *   IDLE ─────────────────────────▶ LEADING ─────────────────────────────────────▶ FAILED
 *     ▲                               │  ▲ │                                          │
 *     └────────── Resign ─────────────┘  └─┘ BecomeLeader(larger epoch)               │
 *                                                  for good: the log is opened anew ◀─┘
 * </pre>
 *
 * <p>A leader that is cut from the controller goes on as long as it can be sure that nobody was
 * elected in its place: while its broker's {@link Lease} holds, and after that while every replica
 * that could have been elected fetches from it in its epoch. When one is silent for the length of a
 * lease, it is in doubt: it takes no appends, and those that wait are answered; readers are woken,
 * for clients are to be told that it does not lead ({@link #isInDoubt}). Followers are served as
 * ever. It ends when the lease is renewed, or all of them are heard again: in the same epoch, so
 * that what is bound to the epoch goes on.
 *
 * <p>An epoch not larger than the newest seen changes nothing while it leads (I-7). Whoever leaves
 * LEADING, or enters a new epoch, answers every append that waits: it is not known to be committed.
 *
 * <p>The high watermark is the end of what every in-sync replica holds: durably where the topic
 * flushes at commit (I-9), in the page cache where it trusts the system: this log and those of the
 * followers that count ({@link Isr}, KIP-497). It never goes back, and stands still below {@code
 * min.insync.replicas} (KIP-966); an append that waits then waits on, until its time is up.
 *
 * <p>A batch opens a transaction only with the guard that was handed out before its coordinator was
 * asked ({@link #beginTransaction}), and a marker ends it; the last stable offset follows ({@link
 * StableEnd}). While the high watermark has not passed what was there when the epoch began, the
 * last stable offset stands still: ends stored in an earlier epoch may not be committed yet.
 *
 * @param <T> what the host knows a waiting append by; opaque here
 */
public final class PartitionLeader<T> implements ReplicaMachine {

    /** Appends that may wait for their commit; one more is told to try again. */
    public static final int MAX_WAITING_APPENDS = 100_000;

    /** The guard of an append that opens no transaction. */
    public static final long NO_GUARD = 0L;

    /** No deadline waits. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final long UNKNOWN = -1L;

    private enum State {
        IDLE,
        LEADING,
        FAILED
    }

    private final ProducerStates producers;
    private final FetchWaitlist readers = new FetchWaitlist();
    private final FetchWaitlist committedReaders = new FetchWaitlist();
    private final FetchWaitlist replicaReaders = new FetchWaitlist();
    private final Isr isr;
    private final AppendWaitlist<T> waiting = AppendWaitlist.stored();
    private final TransactionGuards guards = new TransactionGuards();
    private final Admittance admittance;
    private final StableEnd stable;
    private final Doubt<T> doubt;
    private ReplicaPolicy policy;
    private State state = State.IDLE;
    private ErrorCode refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    private int leaderEpoch = BatchHeader.NO_LEADER_EPOCH;
    private long logStart;
    private long logEnd;
    private long durableEnd;
    private long highWatermark;
    private long flushAskedEnd;
    private long epochStart;

    /**
     * @param producers the log's; changed by the log alone
     * @param highWatermark as it was checkpointed, 0 if never; it may lie outside the log
     */
    public PartitionLeader(
            ProducerStates producers,
            ReplicaPolicy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark) {
        this(producers, policy, logStart, logEnd, durableEnd, highWatermark, Lease.forEver());
    }

    /**
     * @param lease of the broker
     */
    public PartitionLeader(
            ProducerStates producers,
            ReplicaPolicy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            Lease lease) {
        this(
                producers,
                policy,
                logStart,
                logEnd,
                durableEnd,
                highWatermark,
                UNKNOWN,
                lease,
                new Isr());
    }

    /**
     * After following.
     *
     * @param lastStableOffset as it was known then
     * @param leaderEpoch in which it followed: where the next one cannot begin, this is still known
     */
    public PartitionLeader(
            ProducerStates producers,
            ReplicaPolicy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            long lastStableOffset,
            int leaderEpoch,
            Lease lease) {
        this(
                producers,
                policy,
                logStart,
                logEnd,
                durableEnd,
                highWatermark,
                lastStableOffset,
                lease,
                new Isr());
        this.leaderEpoch = leaderEpoch;
    }

    PartitionLeader(
            ProducerStates producers,
            ReplicaPolicy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            long lastStableOffset,
            Lease lease,
            Isr isr) {
        this.isr = isr;
        this.doubt = new Doubt<>(isr, lease);
        this.producers = producers;
        this.admittance = new Admittance(producers, guards);
        this.policy = policy;
        this.logStart = logStart;
        this.logEnd = logEnd;
        this.durableEnd = durableEnd;
        this.flushAskedEnd = durableEnd;
        this.epochStart = logEnd;
        this.highWatermark = Math.max(logStart, Math.min(highWatermark, logEnd));
        this.stable =
                lastStableOffset == UNKNOWN
                        ? new StableEnd(producers, this.highWatermark)
                        : new StableEnd(producers, this.highWatermark, lastStableOffset);
        stable.startMoved(logStart);
    }

    /**
     * Takes one input.
     *
     * @param nowMs a clock that never goes back
     */
    public void step(LeaderInput<T> input, long nowMs, LeaderOutbox<T> outbox) {
        switch (input) {
            case LeaderInput.Append<T> append -> {
                reconsider(nowMs, outbox);
                append(append, nowMs, outbox);
            }
            case LeaderInput.Confirm<T> confirm -> {
                reconsider(nowMs, outbox);
                confirm(confirm, nowMs, outbox);
            }
            case LeaderInput.End<T> end -> {
                reconsider(nowMs, outbox);
                end(end, outbox);
            }
            case LeaderInput.Flushed<T> flushed -> {
                durableEnd = Math.max(durableEnd, Math.min(flushed.durableEnd(), logEnd));
                advance(outbox);
            }
            case LeaderInput.ReplicaFetched<T> fetched -> replicaFetched(fetched, nowMs, outbox);
            case LeaderInput.ReplicasChanged<T> changed -> replicasChanged(changed, nowMs, outbox);
            case LeaderInput.ProposalAnswered<T> answered ->
                    isr.answered(answered.partitionEpoch(), answered.refused(), nowMs);
            case LeaderInput.BecomeLeader<T> become -> becomeLeader(become, nowMs, outbox);
            case LeaderInput.Resign<T> resign -> stop(State.IDLE, resign.reason(), outbox);
            case LeaderInput.DiskFailed<T> failed ->
                    stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            case LeaderInput.StartMoved<T> moved -> {
                logStart = Math.max(logStart, moved.logStart());
                highWatermark = Math.max(highWatermark, logStart);
                stable.startMoved(logStart);
            }
            case LeaderInput.Reconfigured<T> changed -> {
                policy = changed.policy();
                askFlush(outbox);
                advance(outbox);
            }
            case LeaderInput.Tick<T> tick -> tick(nowMs, outbox);
        }
    }

    private void tick(long nowMs, LeaderOutbox<T> outbox) {
        reconsider(nowMs, outbox);
        waiting.expire(nowMs, outbox);
        doubt.expire(nowMs, outbox);
        if (state == State.LEADING && nowMs >= isr.nextDeadlineMs()) {
            propose(
                    isr.tick(
                            logEnd,
                            policy.flushBeforeAck(),
                            leaderEpoch,
                            nowMs,
                            policy.replicaLagMaxMs()),
                    outbox);
            advance(outbox);
        }
    }

    /** Whether it can still be sure that nobody leads instead. */
    private void reconsider(long nowMs, LeaderOutbox<T> outbox) {
        if (state == State.LEADING && doubt.begins(policy.uncleanElection(), nowMs)) {
            answerAll(ErrorCode.NOT_LEADER_OR_FOLLOWER, outbox);
            readers.grown(Long.MAX_VALUE, outbox);
            committedReaders.grown(Long.MAX_VALUE, outbox);
        }
    }

    /** Of those who wait, none is known to be stored or refused. */
    private void answerAll(ErrorCode reason, LeaderOutbox<T> outbox) {
        waiting.refuse(reason, outbox);
        doubt.refuse(reason, outbox);
    }

    private void propose(ReplicaSet.@Nullable Proposal proposal, LeaderOutbox<T> outbox) {
        if (proposal != null) {
            outbox.proposeIsr(proposal);
        }
    }

    private void replicaFetched(
            LeaderInput.ReplicaFetched<T> input, long nowMs, LeaderOutbox<T> outbox) {
        if (state != State.LEADING || input.leaderEpoch() != leaderEpoch) {
            return;
        }
        isr.fetched(
                input.replica(),
                input.brokerEpoch(),
                input.fetchOffset(),
                input.durableEnd(),
                logEnd,
                policy.flushBeforeAck(),
                input.followedMs(),
                nowMs);
        doubt.heard(policy.uncleanElection(), nowMs, outbox);
        advance(outbox);
        propose(
                isr.join(
                        input.replica(),
                        highWatermark,
                        epochStart,
                        policy.flushBeforeAck(),
                        leaderEpoch,
                        nowMs),
                outbox);
        reconsider(nowMs, outbox);
    }

    private void replicasChanged(
            LeaderInput.ReplicasChanged<T> input, long nowMs, LeaderOutbox<T> outbox) {
        if (state == State.LEADING) {
            isr.changed(input.replicas(), nowMs, policy.replicaLagMaxMs());
            doubt.heard(policy.uncleanElection(), nowMs, outbox);
            advance(outbox);
            reconsider(nowMs, outbox);
        }
    }

    /** Tells of each follower. */
    public void followers(FollowerEnds told) {
        isr.followers(told);
    }

    private int minInsyncReplicas() {
        return Math.min(policy.minInsyncReplicas(), isr.replicas());
    }

    private void becomeLeader(
            LeaderInput.BecomeLeader<T> input, long nowMs, LeaderOutbox<T> outbox) {
        int epoch = input.leaderEpoch();
        if (state == State.FAILED
                || epoch < leaderEpoch
                || (epoch == leaderEpoch && state == State.LEADING)) {
            return;
        }
        answerAll(ErrorCode.NOT_LEADER_OR_FOLLOWER, outbox);
        guards.clear();
        leaderEpoch = epoch;
        epochStart = logEnd;
        isr.lead(input.replicas(), doubt.isSure(nowMs), nowMs, policy.replicaLagMaxMs());
        state = State.LEADING;
        flushAskedEnd = durableEnd; // what another epoch asked for is asked for again
        askFlush(outbox);
        advance(outbox);
        reconsider(nowMs, outbox);
    }

    /** Asks for a flush where the policy wants one for what is appended and not asked for yet. */
    private void askFlush(LeaderOutbox<T> outbox) {
        long unasked = logEnd - Math.max(durableEnd, flushAskedEnd);
        if (state == State.LEADING
                && unasked > 0
                && (policy.flushBeforeAck() || unasked >= policy.flushMessages())) {
            flushAskedEnd = logEnd;
            outbox.flush();
        }
    }

    private void append(LeaderInput.Append<T> input, long nowMs, LeaderOutbox<T> outbox) {
        ErrorCode error = refusal(input.expectedEpoch(), input.acks() == -1);
        if (error != ErrorCode.NONE) {
            outbox.reply(input.ticket(), AppendOutcome.failed(error, detail(error)));
            return;
        }
        switch (admittance.verdict(input.batches(), input.guard())) {
            case Verdict.Accept accept -> store(input, outbox);
            case Verdict.Duplicate(ProducerStates.Batch stored) ->
                    acknowledge(
                            input,
                            stored.lastOffset() + 1,
                            stored(input.batches().getFirst(), stored),
                            outbox);
            case Verdict.HalfStored(ProducerStates.Batch stored, int pieces) ->
                    storeRest(input, stored, pieces, outbox);
            case Verdict.Refuse refuse -> refuse(input, refuse, nowMs, outbox);
        }
    }

    /** At once; or, by what is stored here, when it is certain that nobody else led up to now. */
    private void refuse(
            LeaderInput.Append<T> input,
            Verdict.Refuse refuse,
            long nowMs,
            LeaderOutbox<T> outbox) {
        AppendOutcome outcome = AppendOutcome.failed(refuse.error(), refuse.detail());
        if (refuse.mayBeWrong()) {
            tellForCertain(input.ticket(), outcome, input.deadlineMs(), nowMs, outbox);
        } else {
            outbox.reply(input.ticket(), outcome);
        }
    }

    private void confirm(LeaderInput.Confirm<T> input, long nowMs, LeaderOutbox<T> outbox) {
        ErrorCode error = refusal(BatchHeader.NO_LEADER_EPOCH, false);
        if (error == ErrorCode.NONE) {
            tellForCertain(
                    input.ticket(), AppendOutcome.CONFIRMED, input.deadlineMs(), nowMs, outbox);
        } else {
            outbox.reply(input.ticket(), AppendOutcome.failed(error, detail(error)));
        }
    }

    private void tellForCertain(
            T ticket, AppendOutcome outcome, long deadlineMs, long nowMs, LeaderOutbox<T> outbox) {
        doubt.tell(ticket, outcome, deadlineMs, policy.uncleanElection(), nowMs, outbox);
    }

    /** A crash, or the change of a leader, came between the pieces of a batch. */
    private void storeRest(
            LeaderInput.Append<T> input,
            ProducerStates.Batch stored,
            int pieces,
            LeaderOutbox<T> outbox) {
        List<BatchHeader> all = input.batches();
        List<BatchHeader> rest = assign(all.subList(pieces, all.size()));
        boolean torn = stored.lastOffset() + 1 != logEnd;
        if (!write(input.ticket(), rest, outbox)) {
            return;
        }
        advance(outbox);
        AppendOutcome outcome = torn ? AppendOutcome.TORN : stored(all.getFirst(), stored);
        acknowledge(input, logEnd, outcome, outbox);
    }

    private List<BatchHeader> assign(List<BatchHeader> batches) {
        long next = logEnd;
        if (batches.size() == 1) {
            return List.of(batches.getFirst().at(next, leaderEpoch));
        }
        List<BatchHeader> assigned = new ArrayList<>(batches.size());
        for (BatchHeader batch : batches) {
            assigned.add(batch.at(next, leaderEpoch));
            next += batch.lastOffsetDelta() + 1L;
        }
        return assigned;
    }

    /** What is wrong with an append before its batches are looked at. */
    private ErrorCode refusal(int expectedEpoch, boolean acksAll) {
        if (doubt.isCurrent()) {
            return ErrorCode.NOT_LEADER_OR_FOLLOWER;
        }
        ErrorCode epochError = checkEpoch(expectedEpoch);
        if (epochError != ErrorCode.NONE) {
            return epochError;
        }
        if (acksAll && isr.size() < minInsyncReplicas()) {
            return ErrorCode.NOT_ENOUGH_REPLICAS;
        }
        return waitingAppends() < MAX_WAITING_APPENDS
                ? ErrorCode.NONE
                : ErrorCode.REQUEST_TIMED_OUT;
    }

    private String detail(ErrorCode refused) {
        return switch (refused) {
            case NOT_ENOUGH_REPLICAS ->
                    "%d of %d replicas in sync, min.insync.replicas is %d"
                            .formatted(isr.size(), isr.replicas(), minInsyncReplicas());
            case REQUEST_TIMED_OUT -> MAX_WAITING_APPENDS + " appends wait for their commit";
            default -> {
                if (doubt.isCurrent()) {
                    yield "the cluster may have another leader: this broker is cut off";
                }
                yield state == State.LEADING
                        ? "the leader epoch is " + leaderEpoch
                        : "this replica does not lead, or its log failed";
            }
        };
    }

    /**
     * What a batch of a transaction needs before it is appended (KIP-890). The guard is void after
     * a marker of its transaction, and in another leadership.
     *
     * @param epochPerTransaction whether the producer's epoch is new in every transaction
     */
    public Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        ErrorCode refused = refusal(BatchHeader.NO_LEADER_EPOCH, false);
        if (refused != ErrorCode.NONE) {
            return new Admission.Refused(refused, detail(refused));
        }
        return admittance.begin(batch, epochPerTransaction);
    }

    private void end(LeaderInput.End<T> input, LeaderOutbox<T> outbox) {
        ErrorCode refused = refusal(BatchHeader.NO_LEADER_EPOCH, true);
        if (refused == ErrorCode.NONE && stable.undecided() >= MAX_WAITING_APPENDS) {
            refused = ErrorCode.REQUEST_TIMED_OUT;
        }
        if (refused != ErrorCode.NONE) {
            outbox.reply(input.ticket(), AppendOutcome.failed(refused, detail(refused)));
            return;
        }
        if (producers.check(input.marker()) instanceof Verdict.Refuse refuse) {
            outbox.reply(input.ticket(), AppendOutcome.failed(refuse.error(), refuse.detail()));
            return;
        }
        long offset = logEnd;
        long start = producers.transactionStart(input.marker().producerId());
        guards.ended(input.marker());
        if (!write(input.ticket(), List.of(input.batch().at(offset, leaderEpoch)), outbox)) {
            return;
        }
        if (start != ProducerStates.NO_TRANSACTION) {
            stable.ended(start, offset);
        }
        advance(outbox);
        AppendOutcome outcome = stored(input.batch(), offset, input.batch().maxTimestamp());
        acknowledge(input.ticket(), logEnd, input.deadlineMs(), outcome, outbox);
    }

    private void store(LeaderInput.Append<T> input, LeaderOutbox<T> outbox) {
        long baseOffset = logEnd;
        BatchHeader first = input.batches().getFirst();
        if (!write(input.ticket(), assign(input.batches()), outbox)) {
            return;
        }
        if (first.isTransactional()) {
            guards.opened(first);
        }
        advance(outbox);
        acknowledge(input, logEnd, stored(first, baseOffset, first.maxTimestamp()), outbox);
    }

    /** Appends; false if the log failed, and then all that is to say is said. */
    private boolean write(T ticket, List<BatchHeader> assigned, LeaderOutbox<T> outbox) {
        if (!outbox.append(ticket, assigned)) {
            stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            outbox.reply(
                    ticket,
                    AppendOutcome.failed(ErrorCode.KAFKA_STORAGE_ERROR, "the log takes no writes"));
            return false;
        }
        logEnd = assigned.getLast().nextOffset();
        replicaReaders.grown(logEnd, outbox);
        askFlush(outbox);
        return true;
    }

    private static AppendOutcome stored(BatchHeader batch, ProducerStates.Batch before) {
        return before.isTorn()
                ? AppendOutcome.TORN
                : stored(batch, before.baseOffset(), before.timestamp());
    }

    private static AppendOutcome stored(BatchHeader batch, long baseOffset, long timestamp) {
        long appendTimeMs = batch.isLogAppendTime() ? timestamp : BatchHeader.NO_TIMESTAMP;
        return new AppendOutcome(ErrorCode.NONE, "", baseOffset, appendTimeMs);
    }

    private void acknowledge(
            LeaderInput.Append<T> input,
            long untilOffset,
            AppendOutcome outcome,
            LeaderOutbox<T> outbox) {
        if (input.acks() != -1) {
            outbox.reply(input.ticket(), outcome);
        } else {
            acknowledge(input.ticket(), untilOffset, input.deadlineMs(), outcome, outbox);
        }
    }

    private void acknowledge(
            T ticket,
            long untilOffset,
            long deadlineMs,
            AppendOutcome outcome,
            LeaderOutbox<T> outbox) {
        if (highWatermark >= untilOffset) {
            outbox.reply(ticket, outcome);
        } else {
            waiting.add(ticket, untilOffset, deadlineMs, outcome);
        }
    }

    /** Moves the high watermark to what all in-sync replicas hold, and tells who waited for it. */
    private void advance(LeaderOutbox<T> outbox) {
        if (state != State.LEADING || isr.size() < minInsyncReplicas()) {
            return;
        }
        boolean durable = policy.flushBeforeAck();
        long held = isr.heldByAll(durable ? durableEnd : logEnd, durable);
        if (held <= highWatermark) {
            return;
        }
        highWatermark = held;
        waiting.reached(highWatermark, outbox);
        readers.grown(highWatermark, outbox);
        if (readableEndKnown() && stable.advance(highWatermark)) {
            committedReaders.grown(stable.offset(), outbox);
        }
    }

    private void stop(State to, ErrorCode reason, LeaderOutbox<T> outbox) {
        if (state == State.FAILED) {
            return;
        }
        state = to;
        doubt.end();
        refusal = reason;
        answerAll(reason, outbox);
        guards.clear();
        isr.end();
        readers.grown(Long.MAX_VALUE, outbox);
        committedReaders.grown(Long.MAX_VALUE, outbox);
        replicaReaders.grown(Long.MAX_VALUE, outbox);
    }

    /** When {@link LeaderInput.Tick} is needed next, or {@link #NO_DEADLINE}. May be too early. */
    public long nextDeadlineMs() {
        long answerMs = Math.min(waiting.nextDeadlineMs(), doubt.nextDeadlineMs());
        return Math.min(answerMs, isr.nextDeadlineMs());
    }

    /**
     * Readers that wait; the host adds and removes.
     *
     * @param readCommitted those who wait for the last stable offset, not the high watermark
     */
    @Override
    public FetchWaitlist readers(boolean readCommitted) {
        return readCommitted ? committedReaders : readers;
    }

    /** Followers that wait for the log to grow; the host adds and removes. */
    public FetchWaitlist replicaReaders() {
        return replicaReaders;
    }

    /**
     * Whether a follower's fetch counts here: it is a replica, and no younger registration of its
     * broker is known (KIP-903).
     */
    public boolean followedBy(int replica, long brokerEpoch) {
        return isr.knows(replica, brokerEpoch);
    }

    /** The end of its log that is on stable storage. */
    public long durableEnd() {
        return durableEnd;
    }

    /**
     * Whether the readable end has caught up with what was there when this epoch began: until then
     * "latest" might go back as a client sees it (KIP-207).
     */
    public boolean readableEndKnown() {
        return highWatermark >= epochStart;
    }

    /** Appends that wait for their commit, or until it is certain that they are refused. */
    public int waitingAppends() {
        return waiting.size() + doubt.waiting();
    }

    /** NONE while it leads; else why not. */
    @Override
    public ErrorCode refusal() {
        return state == State.LEADING ? ErrorCode.NONE : refusal;
    }

    /** Whether it leads, for all that it was told, and another one may do so by now. */
    public boolean isInDoubt() {
        return doubt.isCurrent();
    }

    /** When that may be, while the lease is over and nothing is heard; or NO_DEADLINE. */
    public long doubtMs() {
        return state == State.LEADING ? doubt.beginsMs(policy.uncleanElection()) : NO_DEADLINE;
    }

    /** The newest epoch it led in, {@link BatchHeader#NO_LEADER_EPOCH} before the first. */
    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** The first offset that may be read. */
    @Override
    public long logStart() {
        return logStart;
    }

    /** The offset that the next record gets. */
    @Override
    public long logEnd() {
        return logEnd;
    }

    /** Below it every record is committed; it never goes back (I-9). */
    @Override
    public long highWatermark() {
        return highWatermark;
    }

    /** Below it no transaction is open; it never goes back (I-15). */
    @Override
    public long lastStableOffset() {
        return stable.offset();
    }

    /** Checks a client's idea of the leader epoch (KIP-320); -1 claims nothing. */
    @Override
    public ErrorCode checkEpoch(int clientEpoch) {
        if (state != State.LEADING) {
            return refusal;
        }
        if (clientEpoch == BatchHeader.NO_LEADER_EPOCH || clientEpoch == leaderEpoch) {
            return ErrorCode.NONE;
        }
        return clientEpoch < leaderEpoch
                ? ErrorCode.FENCED_LEADER_EPOCH
                : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
}
