package io.sluice.core.transaction;

import io.sluice.core.model.TopicPartition;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What is remembered of a transactional id: its producer and its last transaction. The transitions
 * are its methods; a transition that {@link TransactionState} does not have is a defect.
 *
 * @param producerId of the producer that may write now
 * @param previousId the producer id before the last change, to know a retry by (KIP-360)
 * @param nextId the producer id after the markers, when the epochs of the present one are used up;
 *     -1 for none (KIP-890)
 * @param epoch of the producer; while prepared, the epoch of the markers
 * @param lastEpoch the epoch that the producer itself raised to {@code epoch}; -1 if another
 *     producer or the time did
 * @param timeoutMs {@link #NO_TIMEOUT} for one that an outside coordinator ends (KIP-939)
 * @param partitions what takes part; empty while idle
 * @param startMs when the first partition was added; -1 before
 * @param updateMs when it changed last
 * @param version the transaction version that the producer spoke: 2 raises the epoch with every
 *     transaction (KIP-890)
 */
public record Transaction(
        String id,
        long producerId,
        long previousId,
        long nextId,
        short epoch,
        short lastEpoch,
        int timeoutMs,
        TransactionState state,
        SortedSet<TopicPartition> partitions,
        long startMs,
        long updateMs,
        short version) {

    /** Never aborted by time. */
    public static final int NO_TIMEOUT = Integer.MAX_VALUE;

    static final short NO_EPOCH = -1;
    static final long NO_ID = -1L;
    static final long NO_TIME = -1L;

    /** A producer of this version, or above, gets a new epoch with the end of each transaction. */
    static final short FIRST_WITH_EPOCHS = 2;

    private static final SortedSet<TopicPartition> NO_PARTITIONS =
            Collections.unmodifiableSortedSet(new TreeSet<>());

    /** The first producer of an id. */
    static Transaction made(String id, long producerId, int timeoutMs, long nowMs) {
        return new Transaction(
                id,
                producerId,
                NO_ID,
                NO_ID,
                (short) 0,
                NO_EPOCH,
                timeoutMs,
                TransactionState.EMPTY,
                NO_PARTITIONS,
                NO_TIME,
                nowMs,
                (short) 0);
    }

    /** As clients may use it. */
    public Producer producer() {
        return new Producer(producerId, epoch);
    }

    /** Who may go on once the markers are written. */
    Producer producerAfterwards() {
        return nextId == NO_ID ? producer() : new Producer(nextId, (short) 0);
    }

    boolean isExhausted() {
        return Producer.isExhausted(epoch);
    }

    /** When it is to be aborted; {@link Long#MAX_VALUE} for never. */
    long timeoutAtMs() {
        return state == TransactionState.ONGOING && timeoutMs != NO_TIMEOUT
                ? startMs + timeoutMs
                : Long.MAX_VALUE;
    }

    /**
     * The producer asked with this epoch before, and was not told the answer: its epoch was raised
     * for it.
     */
    boolean isBefore(Producer asked) {
        boolean sameId = asked.id() == producerId && asked.epoch() + 1 == epoch;
        boolean newId =
                asked.id() == previousId
                        && asked.id() != producerId
                        && epoch == 0
                        && Producer.isExhausted(asked.epoch());
        return (sameId || newId) && asked.epoch() == lastEpoch;
    }

    /**
     * A producer begins with the next epoch.
     *
     * @param raised the epoch that the producer itself had; -1 for another producer
     */
    Transaction begun(int timeoutMs, short raised, long nowMs) {
        Change change = new Change(TransactionState.EMPTY, nowMs);
        change.epoch++;
        change.lastEpoch = raised;
        change.timeoutMs = timeoutMs;
        change.partitions = NO_PARTITIONS;
        change.startMs = NO_TIME;
        return change.done();
    }

    /** A producer begins with another id, since the epochs of this one are used up. */
    Transaction rotated(long freshId, int timeoutMs, short raised, long nowMs) {
        Change change = new Change(TransactionState.EMPTY, nowMs);
        change.producerId = freshId;
        change.epoch = 0;
        change.lastEpoch = raised;
        change.timeoutMs = timeoutMs;
        change.partitions = NO_PARTITIONS;
        change.startMs = NO_TIME;
        return change.done();
    }

    /** Partitions take part. */
    Transaction added(Collection<TopicPartition> more, short version, long nowMs) {
        SortedSet<TopicPartition> all = new TreeSet<>(partitions);
        all.addAll(more);
        Change change = new Change(TransactionState.ONGOING, nowMs);
        change.partitions = Collections.unmodifiableSortedSet(all);
        change.startMs = state == TransactionState.ONGOING ? startMs : nowMs;
        change.version = version;
        return change.done();
    }

    /**
     * The outcome is decided, by the producer itself.
     *
     * @param freshId the producer id to go on with, or -1
     */
    Transaction prepared(boolean commit, short version, long freshId, long nowMs) {
        Change change =
                new Change(
                        commit ? TransactionState.PREPARE_COMMIT : TransactionState.PREPARE_ABORT,
                        nowMs);
        if (version >= FIRST_WITH_EPOCHS) {
            change.lastEpoch = epoch;
            change.epoch++;
            change.nextId = freshId;
        }
        change.version = version;
        return change.done();
    }

    /**
     * Another producer came, or the time is up. The epoch rises by two, so that the producer that
     * is left behind cannot take this end for its own.
     */
    Transaction fenced(short version, long nowMs) {
        Change change = new Change(TransactionState.PREPARE_ABORT, nowMs);
        change.epoch = (short) Math.min(epoch + 2, Short.MAX_VALUE);
        change.lastEpoch = NO_EPOCH;
        change.version = version;
        return change.done();
    }

    /** The markers are written. */
    Transaction completed(long nowMs) {
        Change change =
                new Change(
                        state == TransactionState.PREPARE_COMMIT
                                ? TransactionState.COMPLETE_COMMIT
                                : TransactionState.COMPLETE_ABORT,
                        nowMs);
        if (nextId != NO_ID) {
            change.producerId = nextId;
            change.epoch = 0;
        }
        change.nextId = NO_ID;
        change.partitions = NO_PARTITIONS;
        return change.done();
    }

    /**
     * A transaction that has no partitions is aborted: nobody needs a marker, and the epoch rises
     * all the same (KIP-890).
     *
     * @param freshId the producer id to go on with, or -1
     */
    Transaction abortedNothing(short version, long freshId, long nowMs) {
        Change change = new Change(TransactionState.COMPLETE_ABORT, nowMs);
        change.lastEpoch = epoch;
        if (freshId == NO_ID) {
            change.epoch++;
        } else {
            change.producerId = freshId;
            change.epoch = 0;
        }
        change.startMs = nowMs;
        change.version = version;
        return change.done();
    }

    /** Gathers a transition. */
    private final class Change {
        private final TransactionState next;
        private final long nowMs;
        private long producerId = Transaction.this.producerId;
        private long nextId = Transaction.this.nextId;
        private short epoch = Transaction.this.epoch;
        private short lastEpoch = Transaction.this.lastEpoch;
        private int timeoutMs = Transaction.this.timeoutMs;
        private SortedSet<TopicPartition> partitions = Transaction.this.partitions;
        private long startMs = Transaction.this.startMs;
        private short version = Transaction.this.version;

        Change(TransactionState next, long nowMs) {
            if (!state.mayBecome(next)) {
                throw new IllegalStateException(
                        "%s of %s cannot become %s".formatted(state, id, next));
            }
            this.next = next;
            this.nowMs = nowMs;
        }

        Transaction done() {
            if (epoch < 0) {
                throw new IllegalStateException("no epoch is left for " + id);
            }
            return new Transaction(
                    id,
                    producerId,
                    Transaction.this.producerId,
                    nextId,
                    epoch,
                    lastEpoch,
                    timeoutMs,
                    next,
                    partitions,
                    startMs,
                    nowMs,
                    version);
        }
    }
}
