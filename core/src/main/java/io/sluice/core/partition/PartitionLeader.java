package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The leader of one partition: which batch gets which offset, when it is acknowledged, and what a
 * reader may see. Pure: inputs by {@link #step}, effects into the {@link Outbox}; the host executes
 * them in the order given.
 *
 * <pre>
 *            BecomeLeader(epoch)                 DiskFailed, or an append that fails
 *   IDLE ─────────────────────────▶ LEADING ─────────────────────────────────────▶ FAILED
 *     ▲                               │  ▲ │                                          │
 *     └────────── Resign ─────────────┘  └─┘ BecomeLeader(larger epoch)               │
 *                                                  for good: the log is opened anew ◀─┘
 * </pre>
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

    /** What can happen to a leader. */
    public sealed interface Input<T> {

        /** This replica leads from now on. */
        record BecomeLeader<T>(int leaderEpoch, ReplicaSet replicas) implements Input<T> {
            /** Without followers. */
            public BecomeLeader(int leaderEpoch) {
                this(leaderEpoch, ReplicaSet.ALONE);
            }
        }

        /**
         * A follower asked for what comes behind its log, which matches this one up to there: told
         * only once that is checked by epochs (KIP-595). An empty log that begins inside a batch is
         * not told of: it will begin anew before that batch.
         *
         * @param brokerEpoch of the follower's registration (KIP-903)
         * @param leaderEpoch the epoch it follows in; of another one nothing is counted (KIP-320)
         * @param fetchOffset the end of its log
         * @param durableEnd below it the follower is on stable storage
         */
        record ReplicaFetched<T>(
                int replica, long brokerEpoch, int leaderEpoch, long fetchOffset, long durableEnd)
                implements Input<T> {}

        /** The controller's word on who holds the partition; ignored unless it is news. */
        record ReplicasChanged<T>(ReplicaSet replicas) implements Input<T> {}

        /**
         * The end of a {@link Outbox#proposeIsr}, if not by a newer partition epoch.
         *
         * @param refused it was certainly not accepted; false where nobody knows
         */
        record ProposalAnswered<T>(int partitionEpoch, boolean refused) implements Input<T> {}

        /** It leads no longer, or the partition is gone. */
        record Resign<T>(ErrorCode reason) implements Input<T> {}

        /**
         * A client wants batches stored, offsets not assigned. More than one batch is taken only
         * from producers without an identity: a sequence is checked against what is stored.
         *
         * @param batches at least one
         * @param expectedEpoch the leader epoch the client means, {@link
         *     BatchHeader#NO_LEADER_EPOCH} for any
         * @param acks 0, 1 or -1 for all
         * @param deadlineMs when a wait for the commit ends, on the clock of {@code step}
         * @param guard what {@link #beginTransaction} gave, or {@link #NO_GUARD}
         */
        record Append<T>(
                T ticket,
                List<BatchHeader> batches,
                int expectedEpoch,
                short acks,
                long deadlineMs,
                long guard)
                implements Input<T> {}

        /**
         * A coordinator wants a transaction ended. Answered when the marker is committed.
         *
         * @param batch the marker's, its offset not assigned
         */
        record End<T>(T ticket, TransactionMarker marker, BatchHeader batch, long deadlineMs)
                implements Input<T> {}

        /** Everything below the offset is on stable storage. */
        record Flushed<T>(long durableEnd) implements Input<T> {}

        /** The log's directory takes no more writes. */
        record DiskFailed<T>() implements Input<T> {}

        /** Records below the offset are gone. */
        record StartMoved<T>(long logStart) implements Input<T> {}

        /** Settings changed. */
        record Reconfigured<T>(Policy policy) implements Input<T> {}

        /** Time passed. */
        record Tick<T>() implements Input<T> {}
    }

    /** What is to be done, in this order. */
    public interface Outbox<T> extends FetchWaitlist.Wakes {

        /**
         * Write the ticket's batches with these headers, at once.
         *
         * @return false if the log failed: the machine fails with it
         */
        boolean append(T ticket, List<BatchHeader> assigned);

        /** Make everything appended durable, then step {@link Input.Flushed}. */
        void flush();

        void reply(T ticket, Outcome outcome);

        /**
         * Ask the controller for another ISR, then step {@link Input.ReplicasChanged} or {@link
         * Input.ProposalAnswered}. One is under way at a time; it is repeated when its outcome is
         * not known.
         */
        void proposeIsr(ReplicaSet.Proposal proposal);
    }

    /**
     * The end of an append.
     *
     * @param appendTimeMs the broker's timestamp of the batch, {@link BatchHeader#NO_TIMESTAMP}
     *     where the producer's counts
     */
    public record Outcome(ErrorCode error, String detail, long baseOffset, long appendTimeMs) {
        static Outcome failed(ErrorCode error, String detail) {
            return new Outcome(error, detail, -1L, BatchHeader.NO_TIMESTAMP);
        }
    }

    /**
     * The settings the machine decides by.
     *
     * @param flushBeforeAck an append counts when it is on stable storage
     * @param flushMessages records after which a flush is asked for at the latest
     * @param minInsyncReplicas more than there are replicas count as all of them (KIP-966)
     * @param replicaLagMaxMs how long a follower may be behind and stay in the ISR
     */
    public record Policy(
            boolean flushBeforeAck,
            long flushMessages,
            int minInsyncReplicas,
            long replicaLagMaxMs) {

        /** Kafka's default of {@code replica.lag.time.max.ms}. */
        public static final long DEFAULT_LAG_MAX_MS = 30_000L;

        public Policy(boolean flushBeforeAck, long flushMessages, int minInsyncReplicas) {
            this(flushBeforeAck, flushMessages, minInsyncReplicas, DEFAULT_LAG_MAX_MS);
        }
    }

    private enum State {
        IDLE,
        LEADING,
        FAILED
    }

    /** What a batch of a transaction needs before it is appended. */
    public sealed interface Admission {

        /** Nothing: the transaction is open here, or the batch is stored already. */
        record Open() implements Admission {}

        /** The coordinator's word; with it the batch is to be appended with this guard. */
        record Guarded(long guard) implements Admission {}

        /** It has no chance. */
        record Refused(ErrorCode error, String detail) implements Admission {}
    }

    private final ProducerStates producers;
    private final FetchWaitlist readers = new FetchWaitlist();
    private final FetchWaitlist committedReaders = new FetchWaitlist();
    private final FetchWaitlist replicaReaders = new FetchWaitlist();
    private final Isr isr;
    private final CommitWaitlist<T> waiting = new CommitWaitlist<>();
    private final TransactionGuards guards = new TransactionGuards();
    private final Admittance admittance;
    private final StableEnd stable;
    private Policy policy;
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
            Policy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark) {
        this(producers, policy, logStart, logEnd, durableEnd, highWatermark, UNKNOWN, new Isr());
    }

    /**
     * After following.
     *
     * @param lastStableOffset as it was known then
     * @param leaderEpoch in which it followed: where the next one cannot begin, this is still known
     */
    public PartitionLeader(
            ProducerStates producers,
            Policy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            long lastStableOffset,
            int leaderEpoch) {
        this(
                producers,
                policy,
                logStart,
                logEnd,
                durableEnd,
                highWatermark,
                lastStableOffset,
                new Isr());
        this.leaderEpoch = leaderEpoch;
    }

    PartitionLeader(
            ProducerStates producers,
            Policy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            long lastStableOffset,
            Isr isr) {
        this.isr = isr;
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
    public void step(Input<T> input, long nowMs, Outbox<T> outbox) {
        switch (input) {
            case Input.Append<T> append -> append(append, outbox);
            case Input.End<T> end -> end(end, outbox);
            case Input.Flushed<T> flushed -> {
                durableEnd = Math.max(durableEnd, Math.min(flushed.durableEnd, logEnd));
                advance(outbox);
            }
            case Input.ReplicaFetched<T> fetched -> replicaFetched(fetched, nowMs, outbox);
            case Input.ReplicasChanged<T> changed -> replicasChanged(changed, nowMs, outbox);
            case Input.ProposalAnswered<T> answered ->
                    isr.answered(answered.partitionEpoch, answered.refused, nowMs);
            case Input.BecomeLeader<T> become -> becomeLeader(become, nowMs, outbox);
            case Input.Resign<T> resign -> stop(State.IDLE, resign.reason, outbox);
            case Input.DiskFailed<T> failed ->
                    stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            case Input.StartMoved<T> moved -> {
                logStart = Math.max(logStart, moved.logStart);
                highWatermark = Math.max(highWatermark, logStart);
                stable.startMoved(logStart);
            }
            case Input.Reconfigured<T> changed -> {
                policy = changed.policy;
                askFlush(outbox);
                advance(outbox);
            }
            case Input.Tick<T> tick -> tick(nowMs, outbox);
        }
    }

    private void tick(long nowMs, Outbox<T> outbox) {
        waiting.expire(nowMs, outbox);
        if (state == State.LEADING && nowMs >= isr.nextDeadlineMs()) {
            propose(
                    isr.tick(
                            logEnd,
                            policy.flushBeforeAck,
                            leaderEpoch,
                            nowMs,
                            policy.replicaLagMaxMs),
                    outbox);
            advance(outbox);
        }
    }

    private void propose(ReplicaSet.@Nullable Proposal proposal, Outbox<T> outbox) {
        if (proposal != null) {
            outbox.proposeIsr(proposal);
        }
    }

    private void replicaFetched(Input.ReplicaFetched<T> input, long nowMs, Outbox<T> outbox) {
        if (state != State.LEADING || input.leaderEpoch != leaderEpoch) {
            return;
        }
        isr.fetched(
                input.replica,
                input.brokerEpoch,
                input.fetchOffset,
                input.durableEnd,
                logEnd,
                policy.flushBeforeAck,
                nowMs);
        advance(outbox);
        propose(
                isr.join(
                        input.replica,
                        highWatermark,
                        epochStart,
                        policy.flushBeforeAck,
                        leaderEpoch,
                        nowMs),
                outbox);
    }

    private void replicasChanged(Input.ReplicasChanged<T> input, long nowMs, Outbox<T> outbox) {
        if (state == State.LEADING) {
            isr.changed(input.replicas, nowMs, policy.replicaLagMaxMs);
            advance(outbox);
        }
    }

    /** Tells of each follower. */
    public void followers(FollowerEnds told) {
        isr.followers(told);
    }

    private int minInsyncReplicas() {
        return Math.min(policy.minInsyncReplicas, isr.replicas());
    }

    private void becomeLeader(Input.BecomeLeader<T> input, long nowMs, Outbox<T> outbox) {
        int epoch = input.leaderEpoch;
        if (state == State.FAILED
                || epoch < leaderEpoch
                || (epoch == leaderEpoch && state == State.LEADING)) {
            return;
        }
        waiting.refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER, outbox);
        guards.clear();
        leaderEpoch = epoch;
        epochStart = logEnd;
        isr.lead(input.replicas, nowMs, policy.replicaLagMaxMs);
        state = State.LEADING;
        flushAskedEnd = durableEnd; // what another epoch asked for is asked for again
        askFlush(outbox);
        advance(outbox);
    }

    /** Asks for a flush where the policy wants one for what is appended and not asked for yet. */
    private void askFlush(Outbox<T> outbox) {
        long unasked = logEnd - Math.max(durableEnd, flushAskedEnd);
        if (state == State.LEADING
                && unasked > 0
                && (policy.flushBeforeAck || unasked >= policy.flushMessages)) {
            flushAskedEnd = logEnd;
            outbox.flush();
        }
    }

    private void append(Input.Append<T> input, Outbox<T> outbox) {
        ErrorCode refused = refusal(input.expectedEpoch, input.acks == -1);
        if (refused != ErrorCode.NONE) {
            outbox.reply(input.ticket, Outcome.failed(refused, detail(refused)));
            return;
        }
        switch (admittance.verdict(input.batches, input.guard)) {
            case Verdict.Accept accept -> store(input, outbox);
            case Verdict.Duplicate(ProducerStates.Batch stored) ->
                    acknowledge(
                            input,
                            stored.lastOffset() + 1,
                            stored(
                                    input.batches.getFirst(),
                                    stored.baseOffset(),
                                    stored.timestamp()),
                            outbox);
            case Verdict.Refuse(ErrorCode error, String detail) ->
                    outbox.reply(input.ticket, Outcome.failed(error, detail));
        }
    }

    /** What is wrong with an append before its batches are looked at. */
    private ErrorCode refusal(int expectedEpoch, boolean acksAll) {
        ErrorCode epochError = checkEpoch(expectedEpoch);
        if (epochError != ErrorCode.NONE) {
            return epochError;
        }
        if (acksAll && isr.size() < minInsyncReplicas()) {
            return ErrorCode.NOT_ENOUGH_REPLICAS;
        }
        return waiting.size() < MAX_WAITING_APPENDS ? ErrorCode.NONE : ErrorCode.REQUEST_TIMED_OUT;
    }

    private String detail(ErrorCode refused) {
        return switch (refused) {
            case NOT_ENOUGH_REPLICAS ->
                    "%d of %d replicas in sync, min.insync.replicas is %d"
                            .formatted(isr.size(), isr.replicas(), minInsyncReplicas());
            case REQUEST_TIMED_OUT -> MAX_WAITING_APPENDS + " appends wait for their commit";
            default ->
                    state == State.LEADING
                            ? "the leader epoch is " + leaderEpoch
                            : "this replica does not lead, or its log failed";
        };
    }

    /**
     * What a batch of a transaction needs before it is appended (KIP-890). The guard is void after
     * a marker of its transaction, and in another leadership.
     *
     * @param epochPerTransaction whether the producer's epoch is new in every transaction
     */
    public Admission beginTransaction(BatchHeader batch, boolean epochPerTransaction) {
        if (state != State.LEADING) {
            return new Admission.Refused(refusal, detail(refusal));
        }
        return admittance.begin(batch, epochPerTransaction);
    }

    private void end(Input.End<T> input, Outbox<T> outbox) {
        ErrorCode refused = refusal(BatchHeader.NO_LEADER_EPOCH, true);
        if (refused == ErrorCode.NONE && stable.undecided() >= MAX_WAITING_APPENDS) {
            refused = ErrorCode.REQUEST_TIMED_OUT;
        }
        if (refused != ErrorCode.NONE) {
            outbox.reply(input.ticket, Outcome.failed(refused, detail(refused)));
            return;
        }
        if (producers.check(input.marker) instanceof Verdict.Refuse refuse) {
            outbox.reply(input.ticket, Outcome.failed(refuse.error(), refuse.detail()));
            return;
        }
        long offset = logEnd;
        long start = producers.transactionStart(input.marker.producerId());
        guards.ended(input.marker);
        if (!write(input.ticket, List.of(input.batch.at(offset, leaderEpoch)), outbox)) {
            return;
        }
        if (start != ProducerStates.NO_TRANSACTION) {
            stable.ended(start, offset);
        }
        advance(outbox);
        Outcome outcome = stored(input.batch, offset, input.batch.maxTimestamp());
        acknowledge(input.ticket, logEnd, input.deadlineMs, outcome, outbox);
    }

    private void store(Input.Append<T> input, Outbox<T> outbox) {
        long baseOffset = logEnd;
        long next = logEnd;
        BatchHeader first = input.batches.getFirst();
        List<BatchHeader> assigned;
        if (input.batches.size() == 1) {
            assigned = List.of(first.at(next, leaderEpoch));
            next += first.lastOffsetDelta() + 1L;
        } else {
            assigned = new ArrayList<>(input.batches.size());
            for (BatchHeader batch : input.batches) {
                assigned.add(batch.at(next, leaderEpoch));
                next += batch.lastOffsetDelta() + 1L;
            }
        }
        if (!write(input.ticket, assigned, outbox)) {
            return;
        }
        if (first.isTransactional()) {
            guards.opened(first);
        }
        advance(outbox);
        acknowledge(input, next, stored(first, baseOffset, first.maxTimestamp()), outbox);
    }

    /** Appends; false if the log failed, and then all that is to say is said. */
    private boolean write(T ticket, List<BatchHeader> assigned, Outbox<T> outbox) {
        if (!outbox.append(ticket, assigned)) {
            stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            outbox.reply(
                    ticket,
                    Outcome.failed(ErrorCode.KAFKA_STORAGE_ERROR, "the log takes no writes"));
            return false;
        }
        logEnd = assigned.getLast().nextOffset();
        replicaReaders.grown(logEnd, outbox);
        askFlush(outbox);
        return true;
    }

    private static Outcome stored(BatchHeader batch, long baseOffset, long timestamp) {
        long appendTimeMs = batch.isLogAppendTime() ? timestamp : BatchHeader.NO_TIMESTAMP;
        return new Outcome(ErrorCode.NONE, "", baseOffset, appendTimeMs);
    }

    private void acknowledge(
            Input.Append<T> input, long untilOffset, Outcome outcome, Outbox<T> outbox) {
        if (input.acks != -1) {
            outbox.reply(input.ticket, outcome);
        } else {
            acknowledge(input.ticket, untilOffset, input.deadlineMs, outcome, outbox);
        }
    }

    private void acknowledge(
            T ticket, long untilOffset, long deadlineMs, Outcome outcome, Outbox<T> outbox) {
        if (highWatermark >= untilOffset) {
            outbox.reply(ticket, outcome);
        } else {
            waiting.add(ticket, untilOffset, deadlineMs, outcome);
        }
    }

    /** Moves the high watermark to what all in-sync replicas hold, and tells who waited for it. */
    private void advance(Outbox<T> outbox) {
        if (state != State.LEADING || isr.size() < minInsyncReplicas()) {
            return;
        }
        boolean durable = policy.flushBeforeAck;
        long held = isr.heldByAll(durable ? durableEnd : logEnd, durable);
        if (held <= highWatermark) {
            return;
        }
        highWatermark = held;
        waiting.committed(highWatermark, outbox);
        readers.grown(highWatermark, outbox);
        if (readableEndKnown() && stable.advance(highWatermark)) {
            committedReaders.grown(stable.offset(), outbox);
        }
    }

    private void stop(State to, ErrorCode reason, Outbox<T> outbox) {
        if (state == State.FAILED) {
            return;
        }
        state = to;
        refusal = reason;
        waiting.refuse(reason, outbox);
        guards.clear();
        isr.end();
        readers.grown(Long.MAX_VALUE, outbox);
        committedReaders.grown(Long.MAX_VALUE, outbox);
        replicaReaders.grown(Long.MAX_VALUE, outbox);
    }

    /** When {@link Input.Tick} is needed next, or {@link #NO_DEADLINE}. May be too early. */
    public long nextDeadlineMs() {
        return Math.min(waiting.nextDeadlineMs(), isr.nextDeadlineMs());
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

    /** Appends that wait for their commit. */
    public int waitingAppends() {
        return waiting.size();
    }

    /** NONE while it leads; else why not. */
    @Override
    public ErrorCode refusal() {
        return state == State.LEADING ? ErrorCode.NONE : refusal;
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
