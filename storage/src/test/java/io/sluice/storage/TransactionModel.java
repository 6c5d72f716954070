package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The transactions of a log, as the batches that were written tell them. */
final class TransactionModel {

    /** First offsets of those that are open, by producer. */
    private final Map<Long, Long> open = new TreeMap<>();

    private final List<Ended> ended = new ArrayList<>();

    /** How the transaction of each data batch ended, by base offset. */
    private final Map<Long, Ended> endOf = new HashMap<>();

    private final List<BatchHeader> pending = new ArrayList<>();

    /** A transaction that ended. */
    record Ended(long producer, long first, long marker, boolean commit) {}

    private TransactionModel() {}

    static TransactionModel of(SortedMap<Long, byte[]> written) {
        TransactionModel model = new TransactionModel();
        written.values().forEach(bytes -> model.take(ByteBuffer.wrap(bytes)));
        return model;
    }

    private void take(ByteBuffer bytes) {
        BatchHeader batch = BatchHeader.read(bytes, 0);
        if (!batch.isTransactional()) {
            return;
        }
        if (!batch.isMarker()) {
            open.putIfAbsent(batch.producerId(), batch.baseOffset());
            pending.add(batch);
            return;
        }
        Long first = open.remove(batch.producerId());
        if (first != null) {
            boolean commit = kind(bytes) == ControlRecord.Kind.COMMIT;
            Ended one = new Ended(batch.producerId(), first, batch.baseOffset(), commit);
            ended.add(one);
            pending.removeIf(data -> {
                boolean mine = data.producerId() == batch.producerId();
                if (mine) {
                    endOf.put(data.baseOffset(), one);
                }
                return mine;
            });
        }
    }

    static ControlRecord.Kind kind(ByteBuffer bytes) {
        try {
            return ControlBatch.read(BatchHeader.read(bytes, 0), bytes).kind();
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }

    /** How the transaction of a batch ended; null if it has not, or the batch is in none. */
    @Nullable Ended endOf(long baseOffset) {
        return endOf.get(baseOffset);
    }

    /** Whether a batch counts for readers of what is committed, now or at its end. */
    boolean isAborted(long baseOffset) {
        Ended end = endOf.get(baseOffset);
        return end != null && !end.commit;
    }

    boolean isOpen(long baseOffset) {
        return pending.stream().anyMatch(batch -> batch.baseOffset() == baseOffset);
    }

    /** As a leader would have it. */
    long lastStableOffset(long highWatermark) {
        long stable = highWatermark;
        for (long first : open.values()) {
            stable = Math.min(stable, first);
        }
        for (Ended one : ended) {
            if (one.marker >= highWatermark) {
                stable = Math.min(stable, one.first);
            }
        }
        return stable;
    }

    int aborted() {
        return (int) ended.stream().filter(one -> !one.commit).count();
    }

    /**
     * What the log knows of open transactions, and what it tells the readers of each batch.
     *
     * @param found the batches that are there
     */
    void check(PartitionLog log, List<BatchHeader> found) throws IOException {
        long first = log.segments().getFirst().baseOffset();
        Map<Long, Long> known = new TreeMap<>();
        for (ProducerStates.Entry entry : log.producerStates().entries()) {
            if (entry.transactionStart() != ProducerStates.NO_TRANSACTION) {
                known.put(entry.producerId(), entry.transactionStart());
            }
        }
        for (BatchHeader batch : pending) {
            if (batch.baseOffset() >= first) {
                assertThat(known).as("open").containsKey(batch.producerId());
            }
        }
        known.forEach((producer, start) -> {
            Long expected = open.get(producer);
            assertThat(expected).as("producer %d is open", producer).isNotNull();
            if (expected != null && expected >= first) {
                assertThat(start).as("start of producer %d", producer).isEqualTo(expected);
            }
        });
        for (BatchHeader batch : found) {
            if (!batch.isMarker() && batch.recordCount() > 0) {
                boolean hidden = isHidden(log, batch);
                assertThat(hidden)
                        .as("I-15: aborted: %s", batch)
                        .isEqualTo(isAborted(batch.baseOffset()));
            }
        }
    }

    private static boolean isHidden(PartitionLog log, BatchHeader batch) throws IOException {
        for (AbortedTransaction one : log.aborted(batch.baseOffset(), batch.nextOffset())) {
            assertThat(one.lastOffset()).isGreaterThanOrEqualTo(batch.baseOffset());
            if (one.producerId() == batch.producerId() && one.firstOffset() <= batch.baseOffset()) {
                return true;
            }
        }
        return false;
    }
}
