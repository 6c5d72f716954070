package io.sluice.core.record;

import io.sluice.core.model.BatchHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes records of the broker's own, with a key and perhaps a value, as one batch of format v2
 * without compression. Used again after each {@link #take}. Owned by one thread.
 */
public final class BatchWriter {

    private static final int FIRST_CAPACITY = 1024;

    private static final int MAX_VARINT_BYTES = 5;

    private ByteBuffer bytes = ByteBuffer.allocate(FIRST_CAPACITY);
    private int records;
    private long timestamp;

    public BatchWriter() {
        bytes.position(BatchHeader.SIZE);
    }

    /** Records written and not taken. */
    public int records() {
        return records;
    }

    /** Bytes that the batch has so far, its header among them. */
    public int sizeInBytes() {
        return bytes.position();
    }

    /**
     * Adds a record. All records of a batch have the time of its first.
     *
     * @param value null deletes the key, once the log is compacted
     * @param nowMs milliseconds since 1970
     */
    public void add(byte[] key, byte @Nullable [] value, long nowMs) {
        add(key, value, List.of(), nowMs);
    }

    /** Adds a record that may lack a key, and may have headers. */
    public void add(
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers,
            long nowMs) {
        if (records == 0) {
            timestamp = nowMs;
        }
        int body = 1 + 1 + varintSize(records) + sizeOf(key) + sizeOf(value);
        body = Math.addExact(body, varintSize(headers.size()));
        List<byte[]> names = new ArrayList<>(headers.size());
        for (RecordHeader header : headers) {
            byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
            names.add(name);
            body = Math.addExact(body, Math.addExact(sizeOf(name), sizeOf(header.value())));
        }
        reserve(Math.addExact(MAX_VARINT_BYTES, body));
        putVarint(body);
        bytes.put((byte) 0); // attributes
        bytes.put((byte) 0); // timestamp delta
        putVarint(records);
        put(key);
        put(value);
        putVarint(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            put(names.get(i));
            put(headers.get(i).value());
        }
        records++;
    }

    /** With the length before it. */
    private static int sizeOf(byte @Nullable [] field) {
        return field == null
                ? varintSize(-1)
                : Math.addExact(varintSize(field.length), field.length);
    }

    private void put(byte @Nullable [] field) {
        putVarint(field == null ? -1 : field.length);
        if (field != null) {
            bytes.put(field);
        }
    }

    /** The batch, complete but for its place in the log; the writer is empty afterwards. */
    public ByteBuffer take() {
        return take(0);
    }

    /**
     * The same with attributes.
     *
     * @param attributes such as {@link BatchHeader#FIRED}; no codec's
     */
    public ByteBuffer take(int attributes) {
        if (records == 0) {
            throw new IllegalStateException("a batch without records");
        }
        ByteBuffer batch = bytes;
        batch.flip();
        int size = batch.limit();
        batch.putInt(BatchHeader.LENGTH_AT, size - BatchHeader.LENGTH_OVERHEAD);
        batch.putInt(BatchHeader.LEADER_EPOCH_AT, BatchHeader.NO_LEADER_EPOCH);
        batch.put(BatchHeader.MAGIC_AT, BatchHeader.MAGIC_V2);
        batch.putShort(BatchHeader.ATTRIBUTES_AT, (short) attributes);
        batch.putInt(BatchHeader.LAST_OFFSET_DELTA_AT, records - 1);
        batch.putLong(BatchHeader.BASE_TIMESTAMP_AT, timestamp);
        batch.putLong(BatchHeader.MAX_TIMESTAMP_AT, timestamp);
        batch.putLong(BatchHeader.PRODUCER_ID_AT, BatchHeader.NO_PRODUCER_ID);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, BatchHeader.NO_PRODUCER_EPOCH);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, BatchHeader.NO_SEQUENCE);
        batch.putInt(BatchHeader.RECORD_COUNT_AT, records);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, size));
        bytes = ByteBuffer.allocate(FIRST_CAPACITY);
        bytes.position(BatchHeader.SIZE);
        records = 0;
        return batch;
    }

    private void reserve(int more) {
        if (bytes.remaining() >= more) {
            return;
        }
        int needed = Math.addExact(bytes.position(), more);
        int grown = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.capacity());
        ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, grown));
        larger.put(bytes.flip());
        bytes = larger;
    }

    private void putVarint(int value) {
        int left = (value << 1) ^ (value >> 31);
        while ((left & ~0x7f) != 0) {
            bytes.put((byte) (left & 0x7f | 0x80));
            left >>>= 7;
        }
        bytes.put((byte) left);
    }

    private static int varintSize(int value) {
        int left = (value << 1) ^ (value >> 31);
        int size = 1;
        while ((left & ~0x7f) != 0) {
            size++;
            left >>>= 7;
        }
        return size;
    }
}
