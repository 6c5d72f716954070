package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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
 * with its records, so UNKNOWN_PRODUCER_ID is never answered (KIP-360). (KIP-890 narrows that to
 * sequence 0 for transactions, which come later.)
 */
public final class ProducerStates {

    /** Batches remembered per producer. */
    public static final int WINDOW = 5;

    /** Producers remembered per partition. */
    public static final int MAX_PRODUCERS = 65_536;

    private final SortedMap<Long, Entry> byProducer = new TreeMap<>();

    /** The producer looked up last: one writer in a row is the usual case, and costs no boxing. */
    private @Nullable Entry recent;

    /** What to do with a batch. */
    public sealed interface Verdict {

        /** New, and next in order. */
        record Accept() implements Verdict {}

        /** Stored before, at that offset: acknowledge it again, do not store it. */
        record Duplicate(Batch stored) implements Verdict {}

        /** Refused. */
        record Refuse(ErrorCode error, String detail) implements Verdict {}
    }

    /** A batch that was stored. */
    public record Batch(
            int firstSequence,
            int lastSequence,
            long baseOffset,
            long lastOffset,
            long timestamp) {}

    /** One producer. Mutable, seen outside only for snapshots. */
    public static final class Entry {
        private final long producerId;
        private short epoch;
        private final Deque<Batch> batches = new ArrayDeque<>(WINDOW);
        private long lastTimestamp;

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

        private long lastOffset() {
            Batch last = batches.peekLast();
            return last == null ? -1L : last.lastOffset;
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
        if (!batch.hasProducer() || batch.isControl()) {
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
        if (entry.batches.size() == WINDOW) {
            entry.batches.removeFirst();
        }
        entry.batches.addLast(
                new Batch(
                        batch.baseSequence(),
                        batch.lastSequence(),
                        batch.baseOffset(),
                        batch.lastOffset(),
                        batch.maxTimestamp()));
        entry.lastTimestamp = batch.maxTimestamp();
    }

    /** Restores one producer from a snapshot. */
    public void restore(long producerId, short epoch, @Nullable Batch last, long lastTimestamp) {
        restoreWindow(producerId, epoch, last == null ? List.of() : List.of(last), lastTimestamp);
    }

    /**
     * Restores one producer with all that was remembered of it.
     *
     * @param batches oldest first; at most {@link #WINDOW}
     */
    public void restoreWindow(
            long producerId, short epoch, List<Batch> batches, long lastTimestamp) {
        Entry entry = new Entry(producerId, epoch);
        entry.lastTimestamp = lastTimestamp;
        entry.batches.addAll(batches);
        add(entry);
    }

    /** Takes another log's or an earlier state over, and leaves the other one empty. */
    public void takeOver(ProducerStates other) {
        clear();
        byProducer.putAll(other.byProducer);
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
            lastOffsets[n++] = entry.lastOffset();
        }
        Arrays.sort(lastOffsets);
        long newestForgotten = lastOffsets[count - 1];
        byProducer.values().removeIf(entry -> entry.lastOffset() <= newestForgotten);
        recent = null;
    }

    /** Forgets producers silent since before the time (producer.id.expiration.ms). */
    public void expireBefore(long timestamp) {
        recent = null;
        byProducer.values().removeIf(entry -> entry.lastTimestamp < timestamp);
    }

    /** Forgets everything, before a rebuild. */
    public void clear() {
        recent = null;
        byProducer.clear();
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
