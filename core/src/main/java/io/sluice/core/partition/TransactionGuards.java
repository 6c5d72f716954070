package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.ProducerStates.Verdict;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a transaction from opening behind its coordinator's back (KIP-890, part 1). Before the
 * coordinator is asked, the partition hands out a guard; the batch that opens the transaction
 * brings it back. A marker in between makes it void: what the coordinator said then was about a
 * transaction that has ended since.
 *
 * <p>In memory alone, of one leadership. Bounded: at {@link #CAPACITY} the oldest becomes void, and
 * whoever holds it yet has to abort.
 */
final class TransactionGuards {

    /** Guards that are out at one time. */
    static final int CAPACITY = 4_096;

    private final Map<Long, Given> byProducer = new LinkedHashMap<>();
    private long lastGiven = PartitionLeader.NO_GUARD;

    /**
     * One guard; requests of one producer that are under way together share it.
     *
     * @param firstSequence the lowest seen: a later batch must not be the first that is stored
     * @param epochPerTransaction whether the producer's epoch is new in every transaction
     */
    private record Given(
            long number, short epoch, int firstSequence, boolean epochPerTransaction) {}

    /** A guard for the batch that is to open a transaction. */
    long give(BatchHeader batch, boolean epochPerTransaction) {
        Given before = byProducer.get(batch.producerId());
        if (before != null && before.epoch == batch.producerEpoch()) {
            int first = Math.min(before.firstSequence, batch.baseSequence());
            byProducer.put(
                    batch.producerId(),
                    new Given(before.number, before.epoch, first, epochPerTransaction));
            return before.number;
        }
        lastGiven++;
        if (before != null && before.epoch > batch.producerEpoch()) {
            return lastGiven; // a zombie's opens nothing, and takes nobody else's away
        }
        byProducer.remove(batch.producerId());
        if (byProducer.size() == CAPACITY) {
            byProducer.remove(byProducer.keySet().iterator().next());
        }
        byProducer.put(
                batch.producerId(),
                new Given(
                        lastGiven,
                        batch.producerEpoch(),
                        batch.baseSequence(),
                        epochPerTransaction));
        return lastGiven;
    }

    /**
     * Why the batch may not open a transaction, or null if it may.
     *
     * @param known whether anything is remembered of its producer: then its sequence is checked by
     *     that
     */
    Verdict.@Nullable Refuse refusal(BatchHeader batch, long guard, boolean known) {
        Given given = byProducer.get(batch.producerId());
        if (given == null || given.number != guard || given.epoch != batch.producerEpoch()) {
            return new Verdict.Refuse(
                    ErrorCode.INVALID_TXN_STATE,
                    "producer %d has no transaction open here".formatted(batch.producerId()));
        }
        int highest = given.epochPerTransaction ? 0 : given.firstSequence;
        if (!known && batch.baseSequence() > highest) {
            return new Verdict.Refuse(
                    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "producer %d begins with sequence %d, expected %d"
                            .formatted(batch.producerId(), batch.baseSequence(), highest));
        }
        return null;
    }

    /** The transaction is open: no guard is needed any more, and none is left over for the next. */
    void opened(BatchHeader batch) {
        Given given = byProducer.get(batch.producerId());
        // A guard of a larger epoch is for the transaction after this one.
        if (given != null && given.epoch <= batch.producerEpoch()) {
            byProducer.remove(batch.producerId());
        }
    }

    /** A transaction ended: a guard for it, or for one before it, is void. */
    void ended(TransactionMarker marker) {
        Given given = byProducer.get(marker.producerId());
        if (given != null
                && (given.epoch < marker.producerEpoch()
                        || (given.epoch == marker.producerEpoch() && !marker.endsEpoch()))) {
            byProducer.remove(marker.producerId());
        }
    }

    /** Another leadership: what was handed out before counts no more. */
    void clear() {
        byProducer.clear();
    }
}
