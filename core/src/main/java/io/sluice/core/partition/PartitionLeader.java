package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The leader of one partition: which batch gets which offset, when it is acknowledged, and what a
 * reader may see. Pure: inputs by {@link #step}, effects into the {@link Outbox}; the host executes
 * them in the order given.
 *
 * <pre>
 *            BecomeLeader(epoch)                 DiskFailed
 *   IDLE ─────────────────────────▶ LEADING ─────────────────▶ FAILED
 *     ▲                                │  ▲                       (until the log is opened anew)
 *     └────────── Resign ──────────────┘  └─ BecomeLeader(larger epoch)
 * </pre>
 *
 * The high watermark is the end of what every in-sync replica holds: durably where the topic flushes
 * at commit (I-9), in the page cache where it trusts the system. With one replica that is this log
 * alone; followers will enter as further ends to take the minimum over (KIP-497).
 *
 * @param <T> what the host knows a waiting append by; opaque here
 */
public final class PartitionLeader<T> {

    /** Appends that may wait for their commit; one more is told to try again. */
    public static final int MAX_WAITING_APPENDS = 100_000;

    /** No deadline waits. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /** What can happen to a leader. */
    public sealed interface Input<T> {

        /** This replica leads from now on. */
        record BecomeLeader<T>(int leaderEpoch) implements Input<T> {}

        /** It leads no longer, or the partition is gone. */
        record Resign<T>(ErrorCode reason) implements Input<T> {}

        /**
         * A client wants batches stored, offsets not assigned.
         *
         * @param acks 0, 1 or -1 for all
         * @param deadlineMs when a wait for the commit ends, on the clock of {@code step}
         */
        record Append<T>(T ticket, List<BatchHeader> batches, short acks, long deadlineMs)
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
    public interface Outbox<T> {

        /**
         * Write the ticket's batches with these headers. Done at once; if it fails the host steps
         * {@link Input.DiskFailed} before it returns.
         */
        void append(T ticket, List<BatchHeader> assigned);

        /** Make everything appended durable, then step {@link Input.Flushed}. */
        void flush();

        void reply(T ticket, Outcome outcome);

        void wake(FetchWaitlist.Waiter waiter);
    }

    /** The end of an append. */
    public record Outcome(ErrorCode error, String detail, long baseOffset) {
        static Outcome failed(ErrorCode error, String detail) {
            return new Outcome(error, detail, -1L);
        }
    }

    /**
     * The settings the machine decides by.
     *
     * @param flushBeforeAck an append counts when it is on stable storage
     * @param flushMessages records after which a flush is asked for at the latest
     */
    public record Policy(boolean flushBeforeAck, long flushMessages, int minInsyncReplicas) {}

    private enum State {
        IDLE,
        LEADING,
        FAILED
    }

    private record Waiting<T>(T ticket, long untilOffset, long deadlineMs, Outcome outcome) {}

    private final ProducerStates producers;
    private final FetchWaitlist readers = new FetchWaitlist();
    private final Deque<Waiting<T>> waiting = new ArrayDeque<>(4);
    private Policy policy;
    private State state = State.IDLE;
    private ErrorCode refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    private int leaderEpoch = BatchHeader.NO_LEADER_EPOCH;
    private long logStart;
    private long logEnd;
    private long durableEnd;
    private long highWatermark;
    private long unflushedRecords;
    private long nextDeadlineMs = NO_DEADLINE;

    /**
     * @param producers the log's; changed by the log alone
     * @param durableEnd what was recovered is durable: {@code logEnd}
     */
    public PartitionLeader(
            ProducerStates producers, Policy policy, long logStart, long logEnd, long durableEnd) {
        this.producers = producers;
        this.policy = policy;
        this.logStart = logStart;
        this.logEnd = logEnd;
        this.durableEnd = durableEnd;
        this.highWatermark = logStart;
    }

    /**
     * Takes one input.
     *
     * @param nowMs a clock that never goes back
     */
    public void step(Input<T> input, long nowMs, Outbox<T> outbox) {
        switch (input) {
            case Input.Append<T> append -> append(append, outbox);
            case Input.Flushed<T> flushed -> {
                durableEnd = Math.max(durableEnd, Math.min(flushed.durableEnd, logEnd));
                advance(outbox);
            }
            case Input.BecomeLeader<T> become -> becomeLeader(become.leaderEpoch, outbox);
            case Input.Resign<T> resign -> stop(State.IDLE, resign.reason, outbox);
            case Input.DiskFailed<T> failed ->
                    stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            case Input.StartMoved<T> moved -> {
                logStart = Math.max(logStart, moved.logStart);
                highWatermark = Math.max(highWatermark, logStart);
            }
            case Input.Reconfigured<T> changed -> {
                policy = changed.policy;
                if (durableEnd < logEnd && state == State.LEADING) {
                    outbox.flush();
                }
                advance(outbox);
            }
            case Input.Tick<T> tick -> expire(nowMs, outbox);
        }
    }

    private void becomeLeader(int epoch, Outbox<T> outbox) {
        if (state == State.FAILED) {
            return;
        }
        leaderEpoch = epoch;
        state = State.LEADING;
        advance(outbox);
    }

    private void append(Input.Append<T> input, Outbox<T> outbox) {
        if (state != State.LEADING) {
            outbox.reply(input.ticket, Outcome.failed(refusal, "this replica does not lead"));
            return;
        }
        if (input.acks == -1 && policy.minInsyncReplicas > 1) {
            outbox.reply(
                    input.ticket,
                    Outcome.failed(
                            ErrorCode.NOT_ENOUGH_REPLICAS,
                            "1 replica is in sync, min.insync.replicas is "
                                    + policy.minInsyncReplicas));
            return;
        }
        if (waiting.size() >= MAX_WAITING_APPENDS) {
            outbox.reply(
                    input.ticket,
                    Outcome.failed(
                            ErrorCode.REQUEST_TIMED_OUT,
                            MAX_WAITING_APPENDS + " appends wait for their commit"));
            return;
        }
        switch (verdict(input.batches)) {
            case Verdict.Accept accept -> store(input, outbox);
            case Verdict.Duplicate(ProducerStates.Batch stored) ->
                    acknowledge(
                            input,
                            stored.lastOffset() + 1,
                            new Outcome(ErrorCode.NONE, "", stored.baseOffset()),
                            outbox);
            case Verdict.Refuse(ErrorCode error, String detail) ->
                    outbox.reply(input.ticket, Outcome.failed(error, detail));
        }
    }

    /** A request carries one batch for a partition (the door sees to that), so one verdict serves. */
    private Verdict verdict(List<BatchHeader> batches) {
        return producers.check(batches.getFirst());
    }

    private void store(Input.Append<T> input, Outbox<T> outbox) {
        long baseOffset = logEnd;
        long next = logEnd;
        List<BatchHeader> assigned = new ArrayList<>(input.batches.size());
        for (BatchHeader batch : input.batches) {
            assigned.add(batch.at(next, leaderEpoch));
            next += batch.lastOffsetDelta() + 1L;
        }
        outbox.append(input.ticket, assigned);
        if (state != State.LEADING) {
            outbox.reply(input.ticket, Outcome.failed(refusal, "the log takes no writes"));
            return;
        }
        unflushedRecords += next - logEnd;
        logEnd = next;
        if (policy.flushBeforeAck || unflushedRecords >= policy.flushMessages) {
            unflushedRecords = 0;
            outbox.flush();
        }
        advance(outbox);
        acknowledge(input, next, new Outcome(ErrorCode.NONE, "", baseOffset), outbox);
    }

    private void acknowledge(
            Input.Append<T> input, long untilOffset, Outcome outcome, Outbox<T> outbox) {
        if (input.acks != -1 || highWatermark >= untilOffset) {
            outbox.reply(input.ticket, outcome);
            return;
        }
        waiting.addLast(new Waiting<>(input.ticket, untilOffset, input.deadlineMs, outcome));
        nextDeadlineMs = Math.min(nextDeadlineMs, input.deadlineMs);
    }

    /** Moves the high watermark to what all in-sync replicas hold, and tells who waited for it. */
    private void advance(Outbox<T> outbox) {
        if (state != State.LEADING) {
            return;
        }
        long held = policy.flushBeforeAck ? durableEnd : logEnd;
        if (held <= highWatermark) {
            return;
        }
        highWatermark = held;
        while (!waiting.isEmpty() && waiting.getFirst().untilOffset <= highWatermark) {
            Waiting<T> done = waiting.removeFirst();
            outbox.reply(done.ticket, done.outcome);
        }
        readers.grown(highWatermark, outbox);
    }

    private void stop(State to, ErrorCode reason, Outbox<T> outbox) {
        if (state == State.FAILED) {
            return;
        }
        state = to;
        refusal = reason;
        while (!waiting.isEmpty()) {
            outbox.reply(
                    waiting.removeFirst().ticket,
                    Outcome.failed(reason, "the append is not committed"));
        }
        nextDeadlineMs = NO_DEADLINE;
        readers.grown(Long.MAX_VALUE, outbox);
    }

    private void expire(long nowMs, Outbox<T> outbox) {
        nextDeadlineMs = NO_DEADLINE;
        Iterator<Waiting<T>> all = waiting.iterator();
        while (all.hasNext()) {
            Waiting<T> one = all.next();
            if (one.deadlineMs <= nowMs) {
                all.remove();
                outbox.reply(
                        one.ticket,
                        Outcome.failed(
                                ErrorCode.REQUEST_TIMED_OUT,
                                "stored, and not committed in time: it may still become so"));
            } else {
                nextDeadlineMs = Math.min(nextDeadlineMs, one.deadlineMs);
            }
        }
    }

    /** When {@link Input.Tick} is needed next, or {@link #NO_DEADLINE}. May be too early. */
    public long nextDeadlineMs() {
        return waiting.isEmpty() ? NO_DEADLINE : nextDeadlineMs;
    }

    /** Readers that wait; the host adds and removes. */
    public FetchWaitlist readers() {
        return readers;
    }

    /** NONE while it leads; else why not. */
    public ErrorCode refusal() {
        return state == State.LEADING ? ErrorCode.NONE : refusal;
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    public long logStart() {
        return logStart;
    }

    public long logEnd() {
        return logEnd;
    }

    public long highWatermark() {
        return highWatermark;
    }

    /** Below it no transaction is open. Without transactions that is the high watermark. */
    public long lastStableOffset() {
        return highWatermark;
    }

    /** Checks a client's idea of the leader epoch (KIP-320); -1 claims nothing. */
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
