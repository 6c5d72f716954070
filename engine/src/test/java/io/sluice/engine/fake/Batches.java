package io.sluice.engine.fake;

import io.sluice.core.model.BatchHeader;
import java.nio.ByteBuffer;

/** Record batches whose records are noise: valid headers and CRC, nothing inside to decode. */
public final class Batches {

    private static final int BYTES_PER_RECORD = 10;
    private static final short TRANSACTIONAL = 0x10;

    private Batches() {}

    /** A batch without a producer. */
    public static ByteBuffer plain(int records, long timestamp) {
        return of(
                records,
                timestamp,
                BatchHeader.NO_PRODUCER_ID,
                BatchHeader.NO_PRODUCER_EPOCH,
                BatchHeader.NO_SEQUENCE,
                0);
    }

    /**
     * A batch of an idempotent producer.
     *
     * @param fill a byte repeated through the records, to tell batches apart
     */
    public static ByteBuffer of(
            int records, long timestamp, long producerId, int epoch, int sequence, int fill) {
        int size = BatchHeader.SIZE + records * BYTES_PER_RECORD;
        ByteBuffer batch = ByteBuffer.allocate(size);
        batch.putInt(BatchHeader.LENGTH_AT, size - BatchHeader.LENGTH_OVERHEAD);
        batch.putInt(BatchHeader.LEADER_EPOCH_AT, BatchHeader.NO_LEADER_EPOCH);
        batch.put(BatchHeader.MAGIC_AT, BatchHeader.MAGIC_V2);
        batch.putInt(BatchHeader.LAST_OFFSET_DELTA_AT, records - 1);
        batch.putLong(BatchHeader.BASE_TIMESTAMP_AT, timestamp);
        batch.putLong(BatchHeader.MAX_TIMESTAMP_AT, timestamp);
        batch.putLong(BatchHeader.PRODUCER_ID_AT, producerId);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) epoch);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        batch.putInt(BatchHeader.RECORD_COUNT_AT, records);
        for (int i = BatchHeader.SIZE; i < size; i++) {
            batch.put(i, (byte) fill);
        }
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, size));
        return batch;
    }

    /** The same batch as one of a transaction. */
    public static ByteBuffer inTransaction(ByteBuffer batch) {
        short attributes = batch.getShort(BatchHeader.ATTRIBUTES_AT);
        batch.putShort(BatchHeader.ATTRIBUTES_AT, (short) (attributes | TRANSACTIONAL));
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }
}
