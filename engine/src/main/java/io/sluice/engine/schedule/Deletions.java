package io.sluice.engine.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.schedule.Deletion;
import io.sluice.core.schedule.OffsetSet;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is to be deleted by order as soon as nothing waits there any more (DeleteRecords). The order
 * is a record of the log, so that it is followed by whoever leads. Owned by the partition's loop.
 */
final class Deletions {

    private static final int APPEND_TIMEOUT_MS = 30_000;
    private static final int HIDDEN = BatchHeader.CONTROL | BatchHeader.HIDDEN;
    private static final long NOTHING = 0L;

    private final Partition partition;
    private long upTo = NOTHING;
    private long orderedAt = OffsetSet.NONE;

    Deletions(Partition partition) {
        this.partition = partition;
    }

    boolean isIdle() {
        return upTo == NOTHING;
    }

    /** All below it is to go; 0 if nothing is. */
    long upTo() {
        return upTo;
    }

    /** The floor is not to pass it: who leads next is to find the order. */
    long holds() {
        return orderedAt;
    }

    /**
     * Writes an order down.
     *
     * @param done called once that is committed, or with what stands against it
     */
    void order(long wanted, Consumer<ErrorCode> done) {
        if (wanted <= upTo) {
            done.accept(ErrorCode.NONE);
            return;
        }
        Deletion order = new Deletion(ScheduleRecord.NO_FLOOR, wanted);
        BatchWriter writer = new BatchWriter();
        writer.add(order.key(), order.value(), partition.loop().clock().wallMs());
        ByteBuffer batch = writer.take(HIDDEN);
        partition.append(
                batch,
                List.of(BatchHeader.read(batch, 0)),
                (short) -1,
                APPEND_TIMEOUT_MS,
                result -> done.accept(result.error()));
    }

    /** The log tells of an order. */
    void told(long offset, long wanted) {
        if (partition.status().logStartOffset() < wanted) {
            upTo = Math.max(upTo, wanted);
            orderedAt = Math.min(orderedAt, offset);
        }
    }

    /** Deletes what may go now; asked now and then. */
    void goOn() {
        if (upTo == NOTHING || partition.scheduleFloor() < upTo) {
            return;
        }
        partition.deleteRecords(
                upTo,
                answer -> {
                    boolean forbidden = answer.error() == ErrorCode.POLICY_VIOLATION;
                    if (forbidden || partition.status().logStartOffset() >= upTo) {
                        upTo = NOTHING;
                        orderedAt = OffsetSet.NONE;
                    }
                });
    }
}
