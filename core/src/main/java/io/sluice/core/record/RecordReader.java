package io.sluice.core.record;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch. Every length is checked against the bytes that are there before
 * it is believed, so hostile bytes cost an exception and no memory.
 *
 * <p>After {@link #next} the record's fields are read by the accessors; key and value are positions
 * in the plain bytes, nothing is copied.
 */
public final class RecordReader {

    /** The plain bytes of a batch may be so many at most, however small the batch is. */
    public static final int MAX_PLAIN_BYTES = 256 << 20;

    private static final int MAX_VARINT_BYTES = 5;
    private static final int MAX_VARLONG_BYTES = 10;

    private final BatchHeader batch;
    private final ByteBuffer plain;
    private int left;
    private int start;
    private int end;
    private int afterTimestamp;
    private int offsetDelta;
    private int afterOffset;
    private long timestampDelta;
    private int keyAt;
    private int keyBytes;
    private int valueAt;
    private int valueBytes;
    private int headersAt;
    private int headersLeft;
    private int headerAt;
    private int nameAt;
    private int nameBytes;
    private int headerValueAt;
    private int headerValueBytes;
    private int headerCount;

    private RecordReader(BatchHeader batch, ByteBuffer plain) {
        this.batch = batch;
        this.plain = plain;
        this.left = batch.recordCount();
    }

    /**
     * Reads a batch.
     *
     * @param bytes the whole batch, header first
     */
    public static RecordReader of(BatchHeader batch, ByteBuffer bytes, Codecs codecs)
            throws RecordFormatException {
        return new RecordReader(batch, plain(batch, bytes, codecs));
    }

    /** The records' bytes, decompressed. */
    static ByteBuffer plain(BatchHeader batch, ByteBuffer bytes, Codecs codecs)
            throws RecordFormatException {
        ByteBuffer records =
                bytes.slice(
                        bytes.position() + BatchHeader.SIZE,
                        batch.sizeInBytes() - BatchHeader.SIZE);
        if (batch.compression() == CompressionType.NONE.id()) {
            return records;
        }
        if (!CompressionType.isKnown(batch.compression())) {
            throw new RecordFormatException("unknown compression codec " + batch.compression());
        }
        CompressionType type = CompressionType.of(batch.compression());
        return codecs.decompress(type, records, MAX_PLAIN_BYTES);
    }

    /**
     * Moves to the next record; false behind the last.
     *
     * @throws RecordFormatException if the bytes are not a record, or bytes are left over
     */
    public boolean next() throws RecordFormatException {
        if (left == 0) {
            if (plain.hasRemaining()) {
                throw new RecordFormatException(
                        plain.remaining() + " bytes behind the last record");
            }
            return false;
        }
        left--;
        start = plain.position();
        int length = varint();
        if (length < 0 || length > plain.remaining()) {
            throw new RecordFormatException(
                    "a record of %d bytes, %d are left".formatted(length, plain.remaining()));
        }
        end = plain.position() + length;
        byte1();
        timestampDelta = varlong();
        afterTimestamp = plain.position();
        offsetDelta = varint();
        afterOffset = plain.position();
        keyBytes = bytes();
        keyAt = plain.position() - Math.max(0, keyBytes);
        valueBytes = bytes();
        valueAt = plain.position() - Math.max(0, valueBytes);
        headersAt = plain.position();
        skipHeaders();
        if (plain.position() != end) {
            throw new RecordFormatException("a record's length does not fit its content");
        }
        return true;
    }

    private void skipHeaders() throws RecordFormatException {
        int headers = varint();
        if (headers < 0 || headers > plain.remaining()) {
            throw new RecordFormatException(headers + " headers");
        }
        headerCount = headers;
        for (int i = 0; i < headers; i++) {
            if (bytes() < 0) {
                throw new RecordFormatException("a header without a key");
            }
            bytes();
        }
    }

    /** Skips a length-prefixed run inside the record; returns its length, -1 for null. */
    private int bytes() throws RecordFormatException {
        int length = varint();
        if (length < -1 || length > end - plain.position()) {
            throw new RecordFormatException("a field of " + length + " bytes");
        }
        if (length > 0) {
            plain.position(plain.position() + length);
        }
        return length;
    }

    private byte byte1() throws RecordFormatException {
        if (!plain.hasRemaining()) {
            throw new RecordFormatException("a record is cut");
        }
        return plain.get();
    }

    private int varint() throws RecordFormatException {
        int value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            byte next = byte1();
            value |= (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new RecordFormatException("a number of more than five bytes");
    }

    private long varlong() throws RecordFormatException {
        long value = 0;
        for (int i = 0; i < MAX_VARLONG_BYTES; i++) {
            byte next = byte1();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new RecordFormatException("a number of more than ten bytes");
    }

    public int offsetDelta() {
        return offsetDelta;
    }

    public long offset() {
        return batch.baseOffset() + offsetDelta;
    }

    /** Milliseconds since 1970. */
    public long timestamp() {
        return batch.isLogAppendTime()
                ? batch.maxTimestamp()
                : batch.baseTimestamp() + timestampDelta;
    }

    public boolean hasKey() {
        return keyBytes >= 0;
    }

    /** A record without a value: its key is deleted. */
    public boolean isTombstone() {
        return valueBytes < 0;
    }

    /** The key's bytes; empty without one. */
    public ByteBuffer key() {
        return plain.slice(keyAt, Math.max(0, keyBytes));
    }

    /** The value's bytes; empty without one. */
    public ByteBuffer value() {
        return plain.slice(valueAt, Math.max(0, valueBytes));
    }

    /** A copy of the key, or null without one. */
    public byte @Nullable [] keyCopy() {
        return hasKey() ? copy(key()) : null;
    }

    /** A copy of the value, or null without one. */
    public byte @Nullable [] valueCopy() {
        return isTombstone() ? null : copy(value());
    }

    private static byte[] copy(ByteBuffer from) {
        byte[] copy = new byte[from.remaining()];
        from.get(copy);
        return copy;
    }

    /** A copy of the headers, in order. */
    public List<RecordHeader> headers() throws RecordFormatException {
        int behind = plain.position();
        plain.position(headersAt);
        int count = varint();
        List<RecordHeader> headers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] name = new byte[varint()];
            plain.get(name);
            headers.add(new RecordHeader(new String(name, StandardCharsets.UTF_8), field()));
        }
        plain.position(behind);
        return headers;
    }

    /** Goes before the first header, for {@link #nextHeader}; how many there are. */
    public int firstHeader() throws RecordFormatException {
        plain.position(headersAt);
        headersLeft = varint();
        headerAt = plain.position();
        plain.position(end);
        return headersLeft;
    }

    /** Moves to the next header; false behind the last. Nothing is copied. */
    public boolean nextHeader() throws RecordFormatException {
        if (headersLeft == 0) {
            return false;
        }
        headersLeft--;
        plain.position(headerAt);
        nameBytes = bytes();
        nameAt = plain.position() - nameBytes;
        headerValueBytes = Math.max(0, bytes());
        headerValueAt = plain.position() - headerValueBytes;
        headerAt = plain.position();
        plain.position(end);
        return true;
    }

    /** Whether the header has that name, in UTF-8. */
    public boolean isHeader(byte[] name) {
        if (nameBytes != name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (plain.get(nameAt + i) != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** The header's value; empty for null, too. */
    public ByteBuffer headerValue() {
        return plain.slice(headerValueAt, headerValueBytes);
    }

    private byte @Nullable [] field() throws RecordFormatException {
        int length = varint();
        if (length < 0) {
            return null;
        }
        byte[] field = new byte[length];
        plain.get(field);
        return field;
    }

    /** Whether a header's name begins so. Copies nothing. */
    public boolean hasHeader(byte[] prefix) throws RecordFormatException {
        if (headerCount == 0) {
            return false;
        }
        int behind = plain.position();
        plain.position(headersAt);
        int count = varint();
        boolean found = false;
        for (int i = 0; i < count && !found; i++) {
            int name = varint();
            found = beginsWith(prefix, name);
            plain.position(plain.position() + name);
            int value = varint();
            plain.position(plain.position() + Math.max(0, value));
        }
        plain.position(behind);
        return found;
    }

    private boolean beginsWith(byte[] prefix, int length) {
        if (length < prefix.length) {
            return false;
        }
        int at = plain.position();
        for (int i = 0; i < prefix.length; i++) {
            if (plain.get(at + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** The record behind its timestamp: offset, key, value and headers. */
    public ByteBuffer afterTimestamp() {
        return plain.slice(afterTimestamp, end - afterTimestamp);
    }

    /** The record behind its offset: key, value and headers. */
    public ByteBuffer fields() {
        return plain.slice(afterOffset, end - afterOffset);
    }

    /** What the record adds to the batch's base timestamp. */
    public long timestampDelta() {
        return timestampDelta;
    }

    /** The record as it stands in the batch, its length first. */
    public ByteBuffer raw() {
        return plain.slice(start, end - start);
    }
}
