package io.sluice.engine.view;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.RecordHeader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a piece: each record in a batch of its own, at its offset, and at the end what moves a
 * reader on behind all that was looked at. Owned by one thread; used once.
 *
 * <p>That end is a control batch of one record of a kind that nobody knows: every client leaves it
 * out and goes on behind it. A batch without records would do for the Java client, but librdkafka
 * takes several of them for messages that are too large for it.
 */
public final class PieceWriter {

    /** The kind of control record that says that there is nothing more; Kafka's are below 10. */
    static final short NOTHING_MORE = 1000;

    private static final short CONTROL = 0x20;

    private final BatchWriter batch = new BatchWriter();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long next;

    /**
     * @param from the first offset that is asked for
     */
    public PieceWriter(long from) {
        this.next = from;
    }

    public int sizeInBytes() {
        return bytes.size();
    }

    /** Whether there is room for another record. */
    public boolean hasRoom(int maxBytes) {
        return bytes.size() == 0 || bytes.size() < maxBytes;
    }

    /**
     * Adds a record; offsets grow.
     *
     * @param timestampMs milliseconds since 1970
     */
    public void add(
            long offset,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        if (offset < next) {
            throw new IllegalArgumentException("record %d behind %d".formatted(offset, next - 1));
        }
        batch.add(key, value, headers, timestampMs);
        put(batch.take(), offset);
    }

    private void put(ByteBuffer whole, long offset) {
        BatchHeader.assign(whole, 0, offset, BatchHeader.NO_LEADER_EPOCH);
        bytes.write(whole.array(), whole.arrayOffset(), whole.limit());
        next = offset + 1;
    }

    /**
     * The piece.
     *
     * @param upTo everything before it was looked at
     */
    public Piece upTo(long upTo) {
        if (upTo > next) {
            batch.add(new byte[] {0, 0, NOTHING_MORE >> 8, (byte) NOTHING_MORE}, new byte[0], 0L);
            ByteBuffer end = batch.take();
            end.putShort(BatchHeader.ATTRIBUTES_AT, CONTROL);
            end.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(end, 0, end.limit()));
            put(end, upTo - 1);
        }
        return new Piece(ErrorCode.NONE, ByteBuffer.wrap(bytes.toByteArray()));
    }
}
