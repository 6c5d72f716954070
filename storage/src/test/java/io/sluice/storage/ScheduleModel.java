package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.ScheduleFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a log must tell a schedule, by what was written. */
final class ScheduleModel {

    private final TreeMap<Long, BatchHeader> hidden = new TreeMap<>();
    private long floor;

    private ScheduleModel() {}

    /**
     * @param written batches by base offset
     */
    static ScheduleModel of(Map<Long, byte[]> written) {
        ScheduleModel model = new ScheduleModel();
        written.values().forEach(bytes -> model.take(ByteBuffer.wrap(bytes)));
        return model;
    }

    private void take(ByteBuffer bytes) {
        BatchHeader batch = BatchHeader.read(bytes, 0);
        try {
            if (batch.isHidden()) {
                hidden.put(batch.baseOffset(), batch);
                floor = Math.max(floor, ScheduleFormat.floor(batch, bytes));
            }
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * What waits is there, and found.
     *
     * @param found what the log has
     * @param settled what waited below it may be gone
     */
    void check(
            PartitionLog log, List<BatchHeader> found, TransactionModel transactions, long settled)
            throws IOException {
        List<BatchHeader> scheduled =
                found.stream()
                        .filter(batch -> batch.isScheduled() && batch.recordCount() > 0)
                        .toList();
        Set<Long> bases =
                scheduled.stream().map(BatchHeader::baseOffset).collect(Collectors.toSet());
        for (BatchHeader batch : hidden.tailMap(Math.max(floor, settled), true).values()) {
            if (!transactions.isAborted(batch.baseOffset())) {
                assertThat(bases).as("I-27: waits above %d", floor).contains(batch.baseOffset());
            }
        }
        assertThat(log.scheduleFloor()).as("floor").isLessThanOrEqualTo(floor);
        int next = 0;
        for (long from = found.isEmpty() ? 0 : found.getFirst().baseOffset();
                from <= log.endOffset();
                from++) {
            while (next < scheduled.size() && scheduled.get(next).lastOffset() < from) {
                next++;
            }
            long told = log.nextScheduled(from);
            if (next == scheduled.size()) {
                assertThat(told).as("nothing from %d", from).isEqualTo(Long.MAX_VALUE);
            } else {
                long first = scheduled.get(next).baseOffset();
                assertThat(told).as("next from %d", from).isBetween(from, Math.max(from, first));
            }
        }
    }

    /** The highest that any batch tells. */
    long floor() {
        return floor;
    }

    /** How many messages were written that wait. */
    int size() {
        return hidden.size();
    }
}
