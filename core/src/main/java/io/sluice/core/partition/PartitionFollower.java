package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A follower of one partition: what it asks its leader, what it stores of the answer, and what it
 * cuts away. Pure: inputs by {@link #step}, effects into the {@link Outbox}; the host executes them
 * in the order given, and asks {@link #question()} whenever it may.
 *
 * <pre>
 *            BecomeFollower(epoch)                   DiskFailed, or an append that fails
 *   IDLE ─────────────────────────▶ FOLLOWING ─────────────────────────────────────▶ FAILED
 *     ▲                              │  ▲ │ ▲
 *     └────────── Resign ────────────┘  └─┘ └─── answers; asks nothing while its log is cut
 *                        BecomeFollower(larger epoch)
 * </pre>
 *
 * <p>The log is cut by epochs and never by the high watermark (KIP-101, KIP-279): the leader
 * compares the epoch of the last record with its own log and names where they part; the follower
 * goes back to where it agrees, and asks again until nothing parts them (KIP-595). Only then does
 * the leader count what it has. An answer to a question of another epoch, or about a log that ended
 * elsewhere or in another epoch, changes nothing (KIP-320).
 *
 * <p>Batches are stored as they come: offsets and epochs are the leader's. The high watermark is
 * the leader's as far as the log goes, and never goes back while the records below it stay.
 */
public final class PartitionFollower implements ReplicaMachine {

    /** What can happen to a follower. */
    public sealed interface Input {

        /** This replica follows that broker from now on. */
        record BecomeFollower(int leader, int leaderEpoch) implements Input {}

        /** It follows no longer: it leads, or the partition is gone, or nobody leads. */
        record Resign(ErrorCode reason) implements Input {}

        /** The leader answered. */
        record Fetched(Answer answer) implements Input {}

        /** A cut that was asked for is over; the log is as told now. */
        record Cut(long logStart, long logEnd, long durableEnd) implements Input {}

        /** Everything below the offset is on stable storage. */
        record Flushed(long durableEnd) implements Input {}

        /** The log's directory takes no more writes. */
        record DiskFailed() implements Input {}

        /** Records below the offset are gone, by this broker's own retention. */
        record StartMoved(long logStart) implements Input {}

        /** Settings changed. */
        record Reconfigured(ReplicaPolicy policy) implements Input {}
    }

    /**
     * What a follower asks.
     *
     * @param lastEpoch of the record before the offset, {@link BatchHeader#NO_LEADER_EPOCH} if
     *     there is none
     */
    public record Question(
            int leader,
            int leaderEpoch,
            long fetchOffset,
            int lastEpoch,
            long durableEnd,
            long logStart) {}

    /**
     * What a leader answers.
     *
     * @param asked the question
     * @param logStart the leader's; also told with OFFSET_OUT_OF_RANGE
     * @param divergingEpoch the largest epoch of the leader's that is not above the one of the
     *     question, {@link BatchHeader#NO_LEADER_EPOCH} if the logs match
     * @param divergingEnd where that epoch ends at the leader
     * @param batches whole, checked, in order
     */
    public record Answer(
            Question asked,
            ErrorCode error,
            long highWatermark,
            long logStart,
            int divergingEpoch,
            long divergingEnd,
            List<BatchHeader> batches) {}

    /** The epochs of the follower's own log. */
    public interface Epochs {

        /** The epoch that the offset was written in, or {@link BatchHeader#NO_LEADER_EPOCH}. */
        int epochAt(long offset);

        /** The largest epoch not above that one; the same if all are above. */
        int epochUpTo(int epoch);

        /** Where {@link #epochUpTo} ends; the log's first offset if all are above. */
        long endOf(int epoch);
    }

    /** What is to be done, in this order. */
    public interface Outbox extends FetchWaitlist.Wakes {

        /**
         * Write these batches of the answer as they are, at once.
         *
         * @return false if the log failed: the machine fails with it
         */
        boolean append(List<BatchHeader> batches, int from, int to);

        /** Make everything appended durable, then step {@link Input.Flushed}. */
        void flush();

        /** Cut everything at and above the offset, then step {@link Input.Cut}. */
        void truncate(long offset);

        /** Drop the whole log and begin anew at the offset, then step {@link Input.Cut}. */
        void restartAt(long offset);

        /** What {@link #advanceStart} answers if the log failed. */
        long NO_START = -1L;

        /**
         * Forget what is below the offset.
         *
         * @return where the log begins now: earlier, if something still waits there (delayed
         *     messages), or {@link #NO_START}
         */
        long advanceStart(long offset);

        /** There is a {@link #question()} to ask. */
        void ask();

        /** Ask again, but after a while: the leader is not ready, or somebody is behind. */
        void askLater(ErrorCode why, String detail);

        /** Let the leader know of the new durable end soon. */
        void tellDurable();
    }

    private enum State {
        IDLE,
        FOLLOWING,
        FAILED
    }

    private final ProducerStates producers;
    private final Epochs epochs;
    private final FetchWaitlist readers = new FetchWaitlist();
    private final FetchWaitlist committedReaders = new FetchWaitlist();
    private final StableEnd stable;
    private ReplicaPolicy policy;
    private State state = State.IDLE;
    private ErrorCode refusal = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    private boolean cutting;
    private int leader = -1;
    private int leaderEpoch = BatchHeader.NO_LEADER_EPOCH;
    private int lastEpoch;
    private long logStart;
    private long logEnd;
    private long durableEnd;
    private long highWatermark;
    private long flushAskedEnd;
    private long endsUndecided;
    private long askFrom;

    /**
     * @param producers the log's; changed by the log alone
     * @param highWatermark as it was known; it may lie outside the log
     * @param lastStableOffset as it was known, 0 if it was not
     */
    public PartitionFollower(
            ProducerStates producers,
            Epochs epochs,
            ReplicaPolicy policy,
            long logStart,
            long logEnd,
            long durableEnd,
            long highWatermark,
            long lastStableOffset) {
        this.producers = producers;
        this.epochs = epochs;
        this.policy = policy;
        this.logStart = logStart;
        this.logEnd = logEnd;
        this.durableEnd = durableEnd;
        this.flushAskedEnd = durableEnd;
        this.highWatermark = Math.max(logStart, Math.min(highWatermark, logEnd));
        this.lastEpoch = lastEpochOfLog();
        this.stable = new StableEnd(producers, this.highWatermark, lastStableOffset);
        this.endsUndecided = logEnd;
        stable.startMoved(logStart);
    }

    private int lastEpochOfLog() {
        return logEnd > logStart ? epochs.epochAt(logEnd - 1) : BatchHeader.NO_LEADER_EPOCH;
    }

    /** Takes one input. */
    public void step(Input input, Outbox outbox) {
        switch (input) {
            case Input.Fetched fetched -> fetched(fetched.answer, outbox);
            case Input.Flushed flushed -> flushed(flushed.durableEnd, outbox);
            case Input.BecomeFollower become -> becomeFollower(become, outbox);
            case Input.Cut cut -> cut(cut, outbox);
            case Input.Resign resign -> stop(State.IDLE, resign.reason, outbox);
            case Input.DiskFailed failed ->
                    stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            case Input.StartMoved moved -> startMoved(moved.logStart);
            case Input.Reconfigured changed -> {
                policy = changed.policy;
                askFlush(outbox);
            }
        }
    }

    private void becomeFollower(Input.BecomeFollower input, Outbox outbox) {
        if (state == State.FAILED
                || input.leaderEpoch < leaderEpoch
                || (input.leaderEpoch == leaderEpoch && state == State.FOLLOWING)) {
            return;
        }
        leader = input.leader;
        leaderEpoch = input.leaderEpoch;
        state = State.FOLLOWING;
        flushAskedEnd = durableEnd; // what another epoch asked for is asked for again
        askFlush(outbox);
        askNext(outbox);
    }

    private void askNext(Outbox outbox) {
        if (state == State.FOLLOWING && !cutting) {
            outbox.ask();
        }
    }

    /** Below {@code askFrom} the leader gives nothing, though its first batch begins there. */
    private long fetchOffset() {
        return Math.max(logEnd, askFrom);
    }

    private void askFlush(Outbox outbox) {
        long unasked = logEnd - Math.max(durableEnd, flushAskedEnd);
        if (state == State.FOLLOWING
                && unasked > 0
                && (policy.flushBeforeAck() || unasked >= policy.flushMessages())) {
            flushAskedEnd = logEnd;
            outbox.flush();
        }
    }

    private void flushed(long offset, Outbox outbox) {
        long now = Math.max(durableEnd, Math.min(offset, logEnd));
        if (now > durableEnd) {
            durableEnd = now;
            if (state == State.FOLLOWING && !cutting && policy.flushBeforeAck()) {
                outbox.tellDurable();
            }
        }
    }

    private void fetched(Answer answer, Outbox outbox) {
        if (state != State.FOLLOWING || cutting || !isOfNow(answer.asked)) {
            return;
        }
        if (answer.error == ErrorCode.OFFSET_OUT_OF_RANGE) {
            outOfRange(answer, outbox);
        } else if (answer.error != ErrorCode.NONE) {
            outbox.askLater(answer.error, "");
        } else if (answer.divergingEpoch != BatchHeader.NO_LEADER_EPOCH) {
            diverged(answer, outbox);
        } else {
            store(answer, outbox);
        }
    }

    /**
     * Whether a question is about the log as it is. An offset alone does not tell: what was cut and
     * fetched anew ends where it did, in another epoch, and a late answer would cut it again.
     */
    private boolean isOfNow(Question asked) {
        return asked.leaderEpoch == leaderEpoch
                && asked.fetchOffset == fetchOffset()
                && asked.lastEpoch == lastEpoch;
    }

    /** Behind the leader's first record, or without any: nothing here is of use. */
    private void outOfRange(Answer answer, Outbox outbox) {
        boolean behind = fetchOffset() < answer.logStart;
        boolean empty = logEnd == logStart && answer.logStart >= 0;
        if (behind || (empty && answer.logStart != fetchOffset())) {
            cutting = true;
            askFrom = 0L;
            outbox.restartAt(answer.logStart);
        } else {
            outbox.askLater(
                    answer.error,
                    "the log ends at %d in epoch %d, the leader's begins at %d"
                            .formatted(logEnd, lastEpoch, answer.logStart));
        }
    }

    /** Goes back to where both logs agree, as far as both know (KIP-279). */
    private void diverged(Answer answer, Outbox outbox) {
        int common = epochs.epochUpTo(answer.divergingEpoch);
        long end = epochs.endOf(answer.divergingEpoch);
        long target = common == answer.divergingEpoch ? Math.min(end, answer.divergingEnd) : end;
        if (target >= logEnd) {
            outbox.askLater(
                    ErrorCode.UNKNOWN_SERVER_ERROR,
                    "epoch %d ends at %d at the leader: nothing to cut of a log that ends at %d"
                            .formatted(answer.divergingEpoch, answer.divergingEnd, logEnd));
            return;
        }
        cutting = true;
        askFrom = 0L;
        if (target < logStart) {
            outbox.restartAt(Math.max(target, answer.logStart));
        } else {
            outbox.truncate(target);
        }
    }

    private void cut(Input.Cut input, Outbox outbox) {
        cutting = false;
        logStart = input.logStart;
        logEnd = input.logEnd;
        durableEnd = Math.min(input.durableEnd, logEnd);
        flushAskedEnd = durableEnd;
        lastEpoch = lastEpochOfLog();
        highWatermark = Math.max(logStart, Math.min(highWatermark, logEnd));
        endsUndecided = Math.min(endsUndecided, logEnd);
        stable.truncated(logEnd, highWatermark);
        stable.startMoved(logStart);
        askFlush(outbox);
        askNext(outbox);
    }

    private void store(Answer answer, Outbox outbox) {
        if (beginsInside(answer.batches)) {
            cutting = true;
            askFrom = logEnd;
            outbox.restartAt(answer.batches.getFirst().baseOffset());
            return;
        }
        String damage = damage(answer.batches);
        if (damage != null) {
            outbox.askLater(ErrorCode.CORRUPT_MESSAGE, damage);
            return;
        }
        if (!append(answer.batches, outbox)) {
            stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
            return;
        }
        long start = Math.min(answer.logStart, logEnd);
        if (start > logStart) {
            long begins = outbox.advanceStart(start);
            if (begins == Outbox.NO_START) {
                stop(State.FAILED, ErrorCode.KAFKA_STORAGE_ERROR, outbox);
                return;
            }
            startMoved(begins);
        }
        askFlush(outbox);
        learn(answer.highWatermark, outbox);
        askNext(outbox);
    }

    /**
     * Whether an empty log begins inside the leader's first batch, as after DeleteRecords: it has
     * to begin where that batch does.
     */
    private boolean beginsInside(List<BatchHeader> batches) {
        return logEnd == logStart
                && !batches.isEmpty()
                && batches.getFirst().baseOffset() < logEnd
                && batches.getFirst().nextOffset() > logEnd;
    }

    /** What is wrong with the batches, or null. Compaction leaves gaps, so offsets may jump. */
    private @Nullable String damage(List<BatchHeader> batches) {
        long end = logEnd;
        int epoch = lastEpoch;
        for (int i = 0; i < batches.size(); i++) {
            BatchHeader batch = batches.get(i);
            if (batch.baseOffset() < end
                    || batch.leaderEpoch() < epoch
                    || batch.leaderEpoch() > leaderEpoch) {
                return "a batch at offset %d of epoch %d cannot follow offset %d of epoch %d"
                        .formatted(batch.baseOffset(), batch.leaderEpoch(), end - 1, epoch);
            }
            end = batch.nextOffset();
            epoch = batch.leaderEpoch();
        }
        return null;
    }

    /** A marker is appended alone: what it ended must be seen before and after. */
    private boolean append(List<BatchHeader> batches, Outbox outbox) {
        int from = 0;
        for (int i = 0; i < batches.size(); i++) {
            if (!batches.get(i).isMarker()) {
                continue;
            }
            BatchHeader marker = batches.get(i);
            if (!append(batches, from, i, outbox)) {
                return false;
            }
            long start = producers.transactionStart(marker.producerId());
            if (!append(batches, i, i + 1, outbox)) {
                return false;
            }
            if (start != ProducerStates.NO_TRANSACTION
                    && producers.transactionStart(marker.producerId())
                            == ProducerStates.NO_TRANSACTION) {
                stable.ended(start, marker.baseOffset());
            }
            from = i + 1;
        }
        return append(batches, from, batches.size(), outbox);
    }

    private boolean append(List<BatchHeader> batches, int from, int to, Outbox outbox) {
        if (from == to) {
            return true;
        }
        if (!outbox.append(batches, from, to)) {
            return false;
        }
        BatchHeader last = batches.get(to - 1);
        logEnd = last.nextOffset();
        lastEpoch = last.leaderEpoch();
        return true;
    }

    private void learn(long leadersHighWatermark, Outbox outbox) {
        long now = Math.min(leadersHighWatermark, logEnd);
        if (now > highWatermark) {
            highWatermark = now;
            readers.grown(highWatermark, outbox);
        }
        // What ended below it, and where, is not known: it counts once all of it is committed.
        if (highWatermark >= endsUndecided && stable.advance(highWatermark)) {
            committedReaders.grown(stable.offset(), outbox);
        }
    }

    private void startMoved(long start) {
        logStart = Math.max(logStart, start);
        highWatermark = Math.max(highWatermark, logStart);
        stable.startMoved(logStart);
    }

    private void stop(State to, ErrorCode reason, Outbox outbox) {
        if (state == State.FAILED) {
            return;
        }
        state = to;
        refusal = reason;
        readers.grown(Long.MAX_VALUE, outbox);
        committedReaders.grown(Long.MAX_VALUE, outbox);
    }

    /** What to ask the leader now; null while there is nothing to ask. */
    public @Nullable Question question() {
        return state == State.FOLLOWING && !cutting
                ? new Question(leader, leaderEpoch, fetchOffset(), lastEpoch, durableEnd, logStart)
                : null;
    }

    /** Whether a cut of the log is under way: it must be over before anybody else writes it. */
    public boolean isCutting() {
        return cutting;
    }

    /** Readers that wait, as at {@link PartitionLeader#readers}. */
    @Override
    public FetchWaitlist readers(boolean readCommitted) {
        return readCommitted ? committedReaders : readers;
    }

    /** NONE while it follows; else why not. */
    @Override
    public ErrorCode refusal() {
        return state == State.FOLLOWING ? ErrorCode.NONE : refusal;
    }

    /** Checks a client's idea of the leader epoch (KIP-320, KIP-392); -1 claims nothing. */
    @Override
    public ErrorCode checkEpoch(int clientEpoch) {
        if (state != State.FOLLOWING) {
            return refusal;
        }
        if (clientEpoch == BatchHeader.NO_LEADER_EPOCH || clientEpoch == leaderEpoch) {
            return ErrorCode.NONE;
        }
        return clientEpoch < leaderEpoch
                ? ErrorCode.FENCED_LEADER_EPOCH
                : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }

    /** Whom it follows, or followed last; -1 before. */
    public int leader() {
        return leader;
    }

    /** The newest epoch it followed in. */
    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public long logStart() {
        return logStart;
    }

    @Override
    public long logEnd() {
        return logEnd;
    }

    public long durableEnd() {
        return durableEnd;
    }

    /** Below it every record is committed, as far as is known here. */
    @Override
    public long highWatermark() {
        return highWatermark;
    }

    @Override
    public long lastStableOffset() {
        return stable.offset();
    }
}
