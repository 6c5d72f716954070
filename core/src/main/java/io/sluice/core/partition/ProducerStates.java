package io.sluice.core.partition;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who wrote to this partition, how far, and under which epoch: what makes a retried batch of an
 * idempotent producer be stored once (KIP-98). The leader asks {@link #check} before an append; the
 * log calls {@link #append} for every batch it stores, live and at recovery alike, so that both
 * arrive at the same state (I-14).
 *
 * <p>The last {@value #WINDOW} batches of each producer are remembered, as many as a client may
 * have in flight. At most {@value #MAX_PRODUCERS} producers are; above that the eighth part that
 * wrote longest ago is forgotten, as if it had expired.
 *
 * <p>The rules are those of Kafka 4: a repeated batch of the window is a duplicate; an older epoch
 * is refused with INVALID_PRODUCER_EPOCH; a newer epoch begins at sequence 0; within an epoch a
 * sequence follows the last one, 0 after 2^31-1, or is refused with OUT_OF_ORDER_SEQUENCE_NUMBER. A
 * producer of which nothing is known may begin anywhere: its state may have expired or been deleted
 * with its records, so UNKNOWN_PRODUCER_ID is never answered (KIP-360); the batch that opens a
 * transaction is narrowed further by its guard ({@link TransactionGuards}).
 *
 * <p>A transaction is open from its first batch to the marker that ends it. A marker of an older
 * producer epoch or of an older coordinator changes nothing (I-16, I-16b). An open transaction is
 * never forgotten, neither by age nor at the bound.
 */
public final class ProducerStates {

    /** Batches remembered per producer. */
    public static final int WINDOW = 5;

    /** Producers remembered per partition. */
    public static final int MAX_PRODUCERS = 65_536;

    /** Transactions open at one time in a partition; one more has to wait. */
    public static final int MAX_OPEN_TRANSACTIONS = MAX_PRODUCERS / 2;

    /** No transaction is open; larger than any offset. */
    public static final long NONE_OPEN = Long.MAX_VALUE;

    /** The first offset of a transaction that is not there, as Kafka writes it. */
    public static final long NO_TRANSACTION = -1L;

    /** No marker was seen of a producer. */
    public static final int NO_COORDINATOR_EPOCH = -1;

    private final SortedMap<Long, Entry> byProducer = new TreeMap<>();

    /** First offsets of the transactions that are open. */
    private final TreeSet<Long> open = new TreeSet<>();

    /** The producer looked up last: one writer in a row is the usual case, and costs no boxing. */
    private @Nullable Entry recent;

    /** What to do with a batch. */
    public sealed interface Verdict {

        /** New, and next in order. */
        record Accept() implements Verdict {}

        /** Stored before, at that offset: acknowledge it again, do not store it. */
        record Duplicate(Batch stored) implements Verdict {}

        /**
         * The first pieces of it are stored, the others were lost with a leader.
         *
         * @param stored what there is of it
         * @param pieces how many
         */
        record HalfStored(Batch stored, int pieces) implements Verdict {}

        /** Refused. */
        record Refuse(ErrorCode error, String detail) implements Verdict {

            /** It is a word about what is stored, which a former leader does not know all of. */
            boolean mayBeWrong() {
                return error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
                        || error == ErrorCode.INVALID_TXN_STATE;
            }
        }
    }

    /** A batch that was stored. */
    public record Batch(
            int firstSequence, int lastSequence, long baseOffset, long lastOffset, long timestamp) {

        /** Other records came between its pieces: its base offset tells nothing of the others. */
        boolean isTorn() {
            return lastOffset - baseOffset != ((lastSequence - firstSequence) & Integer.MAX_VALUE);
        }
    }

    /** One producer. Mutable, seen outside only for snapshots. */
    public static final class Entry {
        private final long producerId;
        private short epoch;
        private final Deque<Batch> batches = new ArrayDeque<>(WINDOW);
        private long lastTimestamp;
        private long lastOffset = -1L;
        private int coordinatorEpoch = NO_COORDINATOR_EPOCH;
        private long transactionStart = NO_TRANSACTION;

        private Entry(long producerId, short epoch) {
            this.producerId = producerId;
            this.epoch = epoch;
        }

        public long producerId() {
            return producerId;
        }

        public short epoch() {
            return epoch;
        }

        /** Milliseconds since 1970 of the newest batch. */
        public long lastTimestamp() {
            return lastTimestamp;
        }

        /** Of its last batch or marker. */
        public long lastOffset() {
            return lastOffset;
        }

        /** Of the newest marker, or {@link #NO_COORDINATOR_EPOCH}. */
        public int coordinatorEpoch() {
            return coordinatorEpoch;
        }

        /** The first offset of its open transaction, or {@link #NO_TRANSACTION}. */
        public long transactionStart() {
            return transactionStart;
        }

        private boolean isOpen() {
            return transactionStart != NO_TRANSACTION;
        }

        /** The batches remembered, oldest first. */
        public Collection<Batch> batches() {
            return Collections.unmodifiableCollection(batches);
        }

        /** The newest batch, or null if the producer is known by its epoch alone. */
        public @Nullable Batch lastBatch() {
            return batches.peekLast();
        }
    }

    private static final Verdict ACCEPT = new Verdict.Accept();

    /** Decides about a batch whose offsets are not assigned yet. Changes nothing. */
    public Verdict check(BatchHeader batch) {
        if (!batch.hasProducer()) {
            return ACCEPT;
        }
        if (batch.baseSequence() < 0) {
            return new Verdict.Refuse(
                    ErrorCode.INVALID_RECORD,
                    "producer %d sent sequence %d"
                            .formatted(batch.producerId(), batch.baseSequence()));
        }
        Entry entry = find(batch.producerId());
        if (entry == null) {
            return ACCEPT; // its state expired, or it is new: any first sequence will do (KIP-360)
        }
        if (batch.producerEpoch() < entry.epoch) {
            return new Verdict.Refuse(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "producer %d is fenced: epoch %d is older than %d"
                            .formatted(batch.producerId(), batch.producerEpoch(), entry.epoch));
        }
        if (entry.isOpen() && (!batch.isTransactional() || batch.producerEpoch() > entry.epoch)) {
            return new Verdict.Refuse(
                    ErrorCode.INVALID_TXN_STATE,
                    "producer %d has a transaction of epoch %d open since offset %d"
                            .formatted(entry.producerId, entry.epoch, entry.transactionStart));
        }
        if (batch.producerEpoch() > entry.epoch) {
            return batch.baseSequence() == 0 ? ACCEPT : outOfOrder(batch, 0);
        }
        for (Batch stored : entry.batches) {
            if (stored.firstSequence == batch.baseSequence()
                    && stored.lastSequence == batch.lastSequence()) {
                return new Verdict.Duplicate(stored);
            }
        }
        Batch last = entry.lastBatch();
        int expected = last == null ? 0 : (last.lastSequence + 1) & Integer.MAX_VALUE;
        return batch.baseSequence() == expected ? ACCEPT : outOfOrder(batch, expected);
    }

    /**
     * Decides about a batch that was cut into pieces, which follow each other.
     *
     * @see BatchHeader#isContinued
     */
    public Verdict check(List<BatchHeader> pieces) {
        BatchHeader first = pieces.getFirst();
        if (pieces.size() == 1) {
            return check(first);
        }
        Verdict verdict = check(joined(pieces));
        Entry entry = find(first.producerId());
        if (entry == null
                || !(verdict instanceof Verdict.Refuse refuse)
                || refuse.error() != ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
            return verdict;
        }
        Batch last = entry.lastBatch();
        if (last == null
                || entry.epoch != first.producerEpoch()
                || last.firstSequence != first.baseSequence()) {
            return verdict;
        }
        for (int i = 0; i < pieces.size() - 1; i++) {
            if (pieces.get(i).lastSequence() == last.lastSequence) {
                return new Verdict.HalfStored(last, i + 1);
            }
        }
        return verdict;
    }

    /** The batch as its producer sent it, as far as sequences go. */
    private static BatchHeader joined(List<BatchHeader> pieces) {
        BatchHeader first = pieces.getFirst();
        int records = 0;
        for (BatchHeader piece : pieces) {
            records += piece.lastOffsetDelta() + 1;
        }
        return first.withLastOffsetDelta(records - 1);
    }

    /**
     * Decides about the marker of a transaction's end. One that repeats an end which is stored
     * already is accepted again: it ends nothing, and its sender learns that it is committed.
     */
    public Verdict check(TransactionMarker marker) {
        Entry entry = find(marker.producerId());
        if (entry == null) {
            return ACCEPT;
        }
        boolean repeated = marker.producerEpoch() == entry.epoch && !entry.isOpen();
        boolean late =
                marker.endsEpoch() && !repeated
                        ? marker.producerEpoch() <= entry.epoch
                        : marker.producerEpoch() < entry.epoch;
        if (late) {
            return new Verdict.Refuse(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "a marker of epoch %d; producer %d is at epoch %d"
                            .formatted(marker.producerEpoch(), entry.producerId, entry.epoch));
        }
        if (marker.coordinatorEpoch() < entry.coordinatorEpoch) {
            return new Verdict.Refuse(
                    ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                    "a marker of coordinator epoch %d; producer %d had one of %d"
                            .formatted(
                                    marker.coordinatorEpoch(),
                                    entry.producerId,
                                    entry.coordinatorEpoch));
        }
        return ACCEPT;
    }

    private @Nullable Entry find(long producerId) {
        Entry last = recent;
        if (last != null && last.producerId == producerId) {
            return last;
        }
        Entry entry = byProducer.get(producerId);
        if (entry != null) {
            recent = entry;
        }
        return entry;
    }

    private static Verdict outOfOrder(BatchHeader batch, int expected) {
        return new Verdict.Refuse(
                ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producer %d sent sequence %d, expected %d"
                        .formatted(batch.producerId(), batch.baseSequence(), expected));
    }

    /** Takes a stored batch into account; its offsets are final. */
    public void append(BatchHeader batch) {
        if (!batch.hasProducer() || batch.isMarker()) {
            return;
        }
        Entry entry = find(batch.producerId());
        if (entry == null) {
            entry = new Entry(batch.producerId(), batch.producerEpoch());
            add(entry);
        }
        if (batch.producerEpoch() != entry.epoch) {
            entry.epoch = batch.producerEpoch();
            entry.batches.clear();
        }
        Batch before = entry.batches.peekLast();
        if (batch.isContinued() && before != null && continues(before, batch)) {
            entry.batches.removeLast();
        } else {
            before = null;
        }
        if (entry.batches.size() == WINDOW) {
            entry.batches.removeFirst();
        }
        entry.batches.addLast(stored(before, batch));
        entry.lastTimestamp = batch.maxTimestamp();
        entry.lastOffset = batch.lastOffset();
        if (batch.isTransactional() && !entry.isOpen()) {
            entry.transactionStart = batch.baseOffset();
            open.add(batch.baseOffset());
        }
    }

    /**
     * Whether a stored batch is what its producer was to write next, by what is known of it. One
     * that is not may be right, too: the first of a producer or of an epoch, a piece of another, or
     * one of a transaction.
     */
    public boolean isNext(BatchHeader batch) {
        Entry entry = find(batch.producerId());
        Batch last = entry == null ? null : entry.lastBatch();
        return entry != null
                && last != null
                && entry.epoch == batch.producerEpoch()
                && continues(last, batch)
                && !batch.isContinued()
                && !batch.isTransactional()
                && entry.coordinatorEpoch == NO_COORDINATOR_EPOCH
                && !entry.isOpen();
    }

    private static boolean continues(Batch before, BatchHeader batch) {
        return ((before.lastSequence + 1) & Integer.MAX_VALUE) == batch.baseSequence();
    }

    /**
     * @param before the pieces of it that were stored before
     */
    private static Batch stored(@Nullable Batch before, BatchHeader batch) {
        return new Batch(
                before == null ? batch.baseSequence() : before.firstSequence,
                batch.lastSequence(),
                before == null ? batch.baseOffset() : before.baseOffset,
                batch.lastOffset(),
                before == null
                        ? batch.maxTimestamp()
                        : Math.max(before.timestamp, batch.maxTimestamp()));
    }

    /**
     * Takes a stored control batch into account.
     *
     * @return the transaction if this aborted it, for the index of them; null if it ended none that
     *     was open, or committed it
     */
    public @Nullable AbortedTransaction end(BatchHeader batch, ControlRecord control) {
        if (control.kind() == ControlRecord.Kind.OTHER) {
            return null;
        }
        Entry entry = find(batch.producerId());
        if (entry == null) {
            entry = new Entry(batch.producerId(), batch.producerEpoch());
            add(entry);
        }
        if (batch.producerEpoch() != entry.epoch) {
            entry.epoch = batch.producerEpoch();
            entry.batches.clear();
        }
        entry.coordinatorEpoch = control.coordinatorEpoch();
        entry.lastTimestamp = batch.maxTimestamp();
        entry.lastOffset = batch.lastOffset();
        long start = entry.transactionStart;
        if (!entry.isOpen()) {
            return null;
        }
        open.remove(start);
        entry.transactionStart = NO_TRANSACTION;
        if (control.kind() == ControlRecord.Kind.COMMIT) {
            return null;
        }
        return new AbortedTransaction(
                entry.producerId,
                start,
                batch.lastOffset(),
                Math.min(batch.nextOffset(), firstOpen()));
    }

    /** Forgets that transactions are open which began below the offset: their end may be gone. */
    public void forgetOpenBelow(long offset) {
        for (Entry entry : byProducer.values()) {
            if (entry.isOpen() && entry.transactionStart < offset) {
                open.remove(entry.transactionStart);
                entry.transactionStart = NO_TRANSACTION;
            }
        }
    }

    /** The first offset of the transaction open longest, or {@link #NONE_OPEN}. */
    public long firstOpen() {
        return open.isEmpty() ? NONE_OPEN : open.first();
    }

    /** How many transactions are open. */
    public int openTransactions() {
        return open.size();
    }

    /** The first offset of a producer's open transaction, or {@link #NO_TRANSACTION}. */
    public long transactionStart(long producerId) {
        Entry entry = find(producerId);
        return entry == null ? NO_TRANSACTION : entry.transactionStart;
    }

    /** Whether the transaction that the batch belongs to is open. */
    public boolean isOpen(BatchHeader batch) {
        Entry entry = find(batch.producerId());
        return entry != null && entry.isOpen() && entry.epoch == batch.producerEpoch();
    }

    /** Whether anything is remembered of a producer. */
    public boolean knows(long producerId) {
        return find(producerId) != null;
    }

    /**
     * One producer as a snapshot has it.
     *
     * @param batches oldest first; at most {@link #WINDOW}
     * @param lastOffset of its last batch or marker
     */
    public record Remembered(
            long producerId,
            short epoch,
            List<Batch> batches,
            long lastTimestamp,
            long lastOffset,
            int coordinatorEpoch,
            long transactionStart) {}

    /**
     * What batches and markers below an offset tell, for a replica whose log begins there: nothing
     * else tells it who wrote what is deleted. Of open transactions it tells nothing: what there is
     * of them above opens them again.
     */
    public List<Remembered> below(long offset) {
        List<Remembered> all = new ArrayList<>();
        for (Entry entry : byProducer.values()) {
            List<Batch> batches =
                    entry.batches.stream().filter(one -> one.lastOffset < offset).toList();
            boolean whole = entry.lastOffset < offset;
            if (whole || !batches.isEmpty()) {
                all.add(
                        new Remembered(
                                entry.producerId,
                                entry.epoch,
                                batches,
                                whole ? entry.lastTimestamp : batches.getLast().timestamp,
                                whole ? entry.lastOffset : batches.getLast().lastOffset,
                                entry.coordinatorEpoch,
                                NO_TRANSACTION));
            }
        }
        return all;
    }

    /** Restores one producer with all that was remembered of it. */
    public void restore(Remembered one) {
        Entry entry = new Entry(one.producerId, one.epoch);
        entry.lastTimestamp = one.lastTimestamp;
        entry.lastOffset = one.lastOffset;
        entry.coordinatorEpoch = one.coordinatorEpoch;
        entry.transactionStart = one.transactionStart;
        entry.batches.addAll(one.batches);
        if (entry.isOpen()) {
            open.add(entry.transactionStart);
        }
        add(entry);
    }

    /** Takes another log's or an earlier state over, and leaves the other one empty. */
    public void takeOver(ProducerStates other) {
        clear();
        byProducer.putAll(other.byProducer);
        open.addAll(other.open);
        other.clear();
    }

    private void add(Entry entry) {
        if (byProducer.size() >= MAX_PRODUCERS) {
            forgetOldest(MAX_PRODUCERS / 8);
        }
        byProducer.put(entry.producerId, entry);
        recent = entry;
    }

    /** By offset, not by time: the log alone decides, so a recovery forgets the same ones. */
    private void forgetOldest(int count) {
        long[] lastOffsets = new long[byProducer.size()];
        int n = 0;
        for (Entry entry : byProducer.values()) {
            if (!entry.isOpen()) {
                lastOffsets[n++] = entry.lastOffset;
            }
        }
        if (n == 0) {
            return;
        }
        Arrays.sort(lastOffsets, 0, n);
        long newestForgotten = lastOffsets[Math.min(count, n) - 1];
        byProducer.values().removeIf(one -> !one.isOpen() && one.lastOffset <= newestForgotten);
        recent = null;
    }

    /** Forgets producers silent since before the time (producer.id.expiration.ms). */
    public void expireBefore(long timestamp) {
        recent = null;
        byProducer.values().removeIf(one -> !one.isOpen() && one.lastTimestamp < timestamp);
    }

    /** Forgets everything, before a rebuild. */
    public void clear() {
        recent = null;
        byProducer.clear();
        open.clear();
    }

    /** All producers by id, for a snapshot or for DescribeProducers. */
    public Collection<Entry> entries() {
        return byProducer.values();
    }

    /** How many producers are remembered. */
    public int size() {
        return byProducer.size();
    }

    /** Whether the last batch of its producer is this one: compaction keeps it (KIP-98). */
    public boolean isLastOf(BatchHeader batch) {
        Entry entry = byProducer.get(batch.producerId());
        Batch last = entry == null ? null : entry.lastBatch();
        return last != null && last.lastOffset == batch.lastOffset();
    }
}
