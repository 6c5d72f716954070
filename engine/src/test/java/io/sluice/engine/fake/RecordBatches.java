package io.sluice.engine.fake;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Recompression;
import io.sluice.core.record.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Record batches with records inside that can be read. */
public final class RecordBatches {

    private static final short TRANSACTIONAL = 0x10;

    private RecordBatches() {}

    /**
     * A record.
     *
     * @param key null for none
     * @param headers name, value, name, value ...
     */
    public record One(@Nullable String key, String... headers) {

        private byte @Nullable [] keyBytes() {
            return key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        }

        private List<RecordHeader> recordHeaders() {
            List<RecordHeader> all = new ArrayList<>();
            for (int i = 0; i < headers.length; i += 2) {
                byte[] value = headers[i + 1].getBytes(StandardCharsets.ISO_8859_1);
                all.add(new RecordHeader(headers[i], value));
            }
            return all;
        }
    }

    /** A batch of records with one timestamp. */
    public static ByteBuffer of(long timestamp, List<One> records) {
        BatchWriter writer = new BatchWriter();
        byte[] value = {1, 2, 3};
        for (One record : records) {
            writer.add(record.keyBytes(), value, record.recordHeaders(), timestamp);
        }
        ByteBuffer taken = writer.take();
        return ByteBuffer.allocate(taken.remaining()).put(taken).flip();
    }

    /** The same batch, packed. */
    public static ByteBuffer packed(ByteBuffer batch) {
        int plain = batch.limit() - BatchHeader.SIZE;
        return Recompression.batchOf(
                BatchHeader.read(batch, 0),
                batch,
                batch.slice(BatchHeader.SIZE, plain),
                CompressionType.GZIP,
                0,
                new ZipCodecs());
    }

    /** The same batch as one of a producer's transaction. */
    public static ByteBuffer inTransaction(ByteBuffer batch, long producerId, int sequence) {
        int attributes = BatchHeader.read(batch, 0).attributes() | TRANSACTIONAL;
        batch.putShort(BatchHeader.ATTRIBUTES_AT, (short) attributes);
        batch.putLong(BatchHeader.PRODUCER_ID_AT, producerId);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) 0);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }
}
