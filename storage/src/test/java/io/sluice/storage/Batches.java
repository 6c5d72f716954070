package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.schedule.Later;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/** Record batches made by Kafka's own client. */
final class Batches {

    private static final int TRANSACTIONAL = 0x10;

    private Batches() {}

    /** Records of ten bytes or so, each a millisecond after the one before. */
    static ByteBuffer plain(int records, long timestamp) {
        return of(CompressionType.NONE, records, timestamp);
    }

    static ByteBuffer of(CompressionType type, int records, long timestamp) {
        return copy(MemoryRecords.withRecords(codec(type), records(records, timestamp, 10)));
    }

    /** Of about so many bytes. */
    static ByteBuffer sized(int bytes, long timestamp) {
        return copy(
                MemoryRecords.withRecords(
                        Compression.NONE, records(1, timestamp, Math.max(1, bytes - 75))));
    }

    static ByteBuffer idempotent(int records, long timestamp, long producerId, int sequence) {
        return copy(
                MemoryRecords.withIdempotentRecords(
                        Compression.NONE,
                        producerId,
                        (short) 0,
                        sequence,
                        records(records, timestamp, 10)));
    }

    /** A batch of a transaction, one record with a key. */
    static ByteBuffer transactional(
            long producerId, short epoch, int sequence, String key, String value, long at) {
        return copy(
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE,
                        producerId,
                        epoch,
                        sequence,
                        new SimpleRecord(at, bytes(key), bytes(value))));
    }

    /** The marker of a transaction's end. */
    static ByteBuffer marker(long producerId, short epoch, boolean commit, long at) {
        return ControlBatch.of(
                new TransactionMarker(producerId, epoch, 3, commit, (short) 2), at, false);
    }

    /** A message that waits, told with a floor. */
    static ByteBuffer hidden(long floor, long at) {
        Later later =
                new Later(
                        floor,
                        at + 100,
                        Later.OWN_OFFSET,
                        Later.NONE,
                        at,
                        bytes("k"),
                        bytes("waits"),
                        List.of());
        BatchWriter writer = new BatchWriter();
        writer.add(later.key(), later.value(), at);
        return copy(writer.take(BatchHeader.HIDDEN | BatchHeader.CONTROL));
    }

    /** A message that was delivered. */
    static ByteBuffer fired(String key, String value, long at) {
        BatchWriter writer = new BatchWriter();
        writer.add(bytes(key), bytes(value), at);
        return copy(writer.take(BatchHeader.FIRED));
    }

    /** A message of a transaction that waits. */
    static ByteBuffer hidden(long producerId, short epoch, int sequence, long floor, long at) {
        ByteBuffer batch = hidden(floor, at);
        batch.putShort(
                BatchHeader.ATTRIBUTES_AT,
                (short) (batch.getShort(BatchHeader.ATTRIBUTES_AT) | TRANSACTIONAL));
        batch.putLong(BatchHeader.PRODUCER_ID_AT, producerId);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, epoch);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }

    static ByteBuffer keyed(String key, @Nullable String value, long at) {
        return copy(
                MemoryRecords.withRecords(
                        Compression.NONE,
                        new SimpleRecord(at, bytes(key), value == null ? null : bytes(value))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static SimpleRecord[] records(int count, long timestamp, int valueBytes) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(timestamp + i, bytes("k" + i), new byte[valueBytes]);
        }
        return records;
    }

    private static Compression codec(CompressionType type) {
        return switch (type) {
            case NONE -> Compression.NONE;
            case GZIP -> Compression.gzip().build();
            case SNAPPY -> Compression.snappy().build();
            case LZ4 -> Compression.lz4().build();
            case ZSTD -> Compression.zstd().build();
        };
    }

    private static ByteBuffer copy(MemoryRecords records) {
        return copy(records.buffer().duplicate());
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
        return copy.put(bytes).flip();
    }
}
