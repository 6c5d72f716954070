package io.sluice.engine.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Batches for the log, of messages that waited or wait on. Made on I/O threads. */
final class Copies {

    /** What one batch has about; a larger record is a batch alone. */
    private static final int BATCH_BYTES = 256 << 10;

    /**
     * What is to be appended as one.
     *
     * @param batches at least one
     */
    record Written(ByteBuffer bytes, List<BatchHeader> batches) {
        int records() {
            int all = 0;
            for (BatchHeader batch : batches) {
                all += batch.recordCount();
            }
            return all;
        }
    }

    private final BatchWriter writer = new BatchWriter();
    private final List<ByteBuffer> full = new ArrayList<>(1);
    private final int attributes;
    private final long nowMs;

    /**
     * @param attributes of each batch
     * @param nowMs the timestamp of each record
     */
    Copies(int attributes, long nowMs) {
        this.attributes = attributes;
        this.nowMs = nowMs;
    }

    /** The message for its readers. */
    void deliver(long offset, Later later, long dueMs) {
        List<RecordHeader> headers = new ArrayList<>(later.headers().size() + 4);
        headers.addAll(later.headers());
        headers.add(text(ScheduleHeaders.ID, later.idAt(offset)));
        headers.add(text(ScheduleHeaders.DUE, dueMs));
        headers.add(text(ScheduleHeaders.SENT_AT, later.createdMs()));
        headers.add(
                new RecordHeader(
                        ScheduleHeaders.FROM,
                        ByteBuffer.allocate(Long.BYTES).putLong(offset).array()));
        writer.add(later.messageKey(), later.messageValue(), headers, nowMs);
        cut();
    }

    private static RecordHeader text(String name, long number) {
        return new RecordHeader(name, Long.toString(number).getBytes(StandardCharsets.UTF_8));
    }

    /** The message for the schedule, again. */
    void carry(long floor, long offset, Later later, long dueMs) {
        Later copy =
                new Later(
                        floor,
                        dueMs,
                        later.idAt(offset),
                        offset,
                        later.createdMs(),
                        later.messageKey(),
                        later.messageValue(),
                        later.headers());
        writer.add(copy.key(), copy.value(), nowMs);
        cut();
    }

    private void cut() {
        if (writer.sizeInBytes() >= BATCH_BYTES) {
            full.add(writer.take(attributes));
        }
    }

    boolean isEmpty() {
        return full.isEmpty() && writer.records() == 0;
    }

    Written take() {
        if (writer.records() > 0) {
            full.add(writer.take(attributes));
        }
        int size = 0;
        for (ByteBuffer batch : full) {
            size = Math.addExact(size, batch.remaining());
        }
        ByteBuffer all = full.size() == 1 ? full.getFirst() : ByteBuffer.allocate(size);
        List<BatchHeader> headers = new ArrayList<>(full.size());
        for (ByteBuffer batch : full) {
            headers.add(BatchHeader.read(batch, batch.position()));
            if (all != batch) {
                all.put(batch);
            }
        }
        return new Written(full.size() == 1 ? all : all.flip(), headers);
    }
}
