package io.sluice.core.record;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.TransactionMarker;
import java.nio.ByteBuffer;

/**
 * The batch that ends a transaction in a partition, byte for byte as Kafka writes it (KIP-98): one
 * record, its key a version (int16) and a kind (int16: 0 abort, 1 commit), its value a version
 * (int16) and the coordinator's epoch (int32).
 */
public final class ControlBatch {

    /** Bytes of a marker's batch. */
    public static final int MARKER_BYTES = BatchHeader.SIZE + 17;

    /** No control batch that anybody writes is larger. */
    public static final int MAX_BYTES = 64 << 10;

    private static final short ATTRIBUTES = 0x30; // transactional, control
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;
    private static final short ABORT = 0;
    private static final short COMMIT = 1;

    private ControlBatch() {}

    /**
     * The batch of a marker, complete but for its place in the log.
     *
     * @param appendTime whether the topic wants the broker's timestamps
     */
    public static ByteBuffer of(TransactionMarker marker, long nowMs, boolean appendTime) {
        ByteBuffer batch = ByteBuffer.allocate(MARKER_BYTES);
        int attributes = appendTime ? ATTRIBUTES | BatchHeader.LOG_APPEND_TIME : ATTRIBUTES;
        batch.putInt(BatchHeader.LENGTH_AT, MARKER_BYTES - BatchHeader.LENGTH_OVERHEAD);
        batch.putInt(BatchHeader.LEADER_EPOCH_AT, BatchHeader.NO_LEADER_EPOCH);
        batch.put(BatchHeader.MAGIC_AT, BatchHeader.MAGIC_V2);
        batch.putShort(BatchHeader.ATTRIBUTES_AT, (short) attributes);
        batch.putLong(BatchHeader.BASE_TIMESTAMP_AT, nowMs);
        batch.putLong(BatchHeader.MAX_TIMESTAMP_AT, nowMs);
        batch.putLong(BatchHeader.PRODUCER_ID_AT, marker.producerId());
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, marker.producerEpoch());
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, BatchHeader.NO_SEQUENCE);
        batch.putInt(BatchHeader.RECORD_COUNT_AT, 1);
        batch.position(BatchHeader.SIZE);
        batch.put(zigzag(MARKER_BYTES - BatchHeader.SIZE - 1));
        batch.put((byte) 0).put((byte) 0).put((byte) 0); // attributes, timestamp, offset
        batch.put(zigzag(KEY_BYTES)).putShort((short) 0);
        batch.putShort(marker.commit() ? COMMIT : ABORT);
        batch.put(zigzag(VALUE_BYTES)).putShort((short) 0).putInt(marker.coordinatorEpoch());
        batch.put((byte) 0); // headers
        batch.flip();
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, MARKER_BYTES));
        return batch;
    }

    private static byte zigzag(int small) {
        return (byte) (small << 1);
    }

    /**
     * What a control batch says.
     *
     * @param bytes the whole batch, header first
     * @throws RecordFormatException if it is no control batch
     */
    public static ControlRecord read(BatchHeader batch, ByteBuffer bytes)
            throws RecordFormatException {
        if (!batch.isControl() || batch.compression() != 0) {
            throw new RecordFormatException("not a control batch");
        }
        if (batch.recordCount() == 0) {
            return ControlRecord.NOTHING;
        }
        RecordReader records = RecordReader.of(batch, bytes, Codecs.NONE);
        if (!records.next() || records.key().remaining() < KEY_BYTES) {
            throw new RecordFormatException("a control record without a kind");
        }
        ByteBuffer key = records.key();
        short kind = key.getShort(2);
        if (kind != ABORT && kind != COMMIT) {
            return ControlRecord.NOTHING;
        }
        ByteBuffer value = records.value();
        if (value.remaining() < VALUE_BYTES) {
            throw new RecordFormatException("a transaction's end without a coordinator's epoch");
        }
        return new ControlRecord(
                kind == COMMIT ? ControlRecord.Kind.COMMIT : ControlRecord.Kind.ABORT,
                value.getInt(2));
    }
}
