package io.sluice.core.model;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The header of one record batch, format v2 (KIP-98, KIP-32): all that control decides by. The
 * records behind it stay bytes.
 *
 * <pre>
 *  0 baseOffset int64        8 batchLength int32   12 partitionLeaderEpoch int32
 * 16 magic int8             17 crc uint32          21 attributes int16
 * 23 lastOffsetDelta int32  27 baseTimestamp int64 35 maxTimestamp int64
 * 43 producerId int64       51 producerEpoch int16 53 baseSequence int32
 * 57 recordCount int32      61 records ...
 * </pre>
 *
 * The CRC covers bytes 21 to the end, so base offset and leader epoch can be set without it.
 *
 * @param sizeInBytes the whole batch, header and records
 * @param baseTimestamp milliseconds since 1970, or {@link #NO_TIMESTAMP}
 * @param maxTimestamp milliseconds since 1970, or {@link #NO_TIMESTAMP}
 */
public record BatchHeader(
        long baseOffset,
        int sizeInBytes,
        int leaderEpoch,
        byte magic,
        int crc,
        short attributes,
        int lastOffsetDelta,
        long baseTimestamp,
        long maxTimestamp,
        long producerId,
        short producerEpoch,
        int baseSequence,
        int recordCount) {

    /** Bytes before the first record. */
    public static final int SIZE = 61;

    /** Bytes that {@code batchLength} does not count: base offset and the length itself. */
    public static final int LENGTH_OVERHEAD = 12;

    /** The only format stored. */
    public static final byte MAGIC_V2 = 2;

    public static final int BASE_OFFSET_AT = 0;
    public static final int LENGTH_AT = 8;
    public static final int LEADER_EPOCH_AT = 12;
    public static final int MAGIC_AT = 16;
    public static final int CRC_AT = 17;
    public static final int ATTRIBUTES_AT = 21;
    public static final int LAST_OFFSET_DELTA_AT = 23;
    public static final int BASE_TIMESTAMP_AT = 27;
    public static final int MAX_TIMESTAMP_AT = 35;
    public static final int PRODUCER_ID_AT = 43;
    public static final int PRODUCER_EPOCH_AT = 51;
    public static final int BASE_SEQUENCE_AT = 53;
    public static final int RECORD_COUNT_AT = 57;

    public static final long NO_TIMESTAMP = -1L;
    public static final long NO_PRODUCER_ID = -1L;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final int NO_LEADER_EPOCH = -1;

    /** The attribute bits of {@link #compression}. */
    public static final int COMPRESSION_MASK = 0x07;

    /** The attribute bit of {@link #isLogAppendTime}. */
    public static final int LOG_APPEND_TIME = 0x08;

    private static final int TRANSACTIONAL = 0x10;

    /** The attribute bit of {@link #isControl}. */
    public static final int CONTROL = 0x20;

    /** The attribute bit of {@link #hasDeleteHorizon}. */
    public static final int DELETE_HORIZON = 0x40;

    /** The attribute bit of {@link #isHidden}; always with {@link #CONTROL}. Sluice's own. */
    public static final int HIDDEN = 0x80;

    /** The attribute bit of {@link #isFired}. Sluice's own. */
    public static final int FIRED = 0x100;

    /** The attribute bit of {@link #isContinued}. Sluice's own. */
    public static final int CONTINUED = 0x200;

    /** What brokers alone may say of a batch. */
    public static final int OWN_MASK = HIDDEN | FIRED | CONTINUED;

    /**
     * Reads the header at an absolute position; the buffer's own position stays.
     *
     * @throws IndexOutOfBoundsException if fewer than {@link #SIZE} bytes are there
     */
    public static BatchHeader read(ByteBuffer from, int at) {
        return new BatchHeader(
                from.getLong(at + BASE_OFFSET_AT),
                from.getInt(at + LENGTH_AT) + LENGTH_OVERHEAD,
                from.getInt(at + LEADER_EPOCH_AT),
                from.get(at + MAGIC_AT),
                from.getInt(at + CRC_AT),
                from.getShort(at + ATTRIBUTES_AT),
                from.getInt(at + LAST_OFFSET_DELTA_AT),
                from.getLong(at + BASE_TIMESTAMP_AT),
                from.getLong(at + MAX_TIMESTAMP_AT),
                from.getLong(at + PRODUCER_ID_AT),
                from.getShort(at + PRODUCER_EPOCH_AT),
                from.getInt(at + BASE_SEQUENCE_AT),
                from.getInt(at + RECORD_COUNT_AT));
    }

    /** Sets the two fields outside the CRC in the batch at {@code at}. */
    public static void assign(ByteBuffer batch, int at, long baseOffset, int leaderEpoch) {
        batch.putLong(at + BASE_OFFSET_AT, baseOffset);
        batch.putInt(at + LEADER_EPOCH_AT, leaderEpoch);
    }

    /** The CRC32C of the batch at {@code at}, over everything behind the CRC field. */
    public static int computeCrc(ByteBuffer batch, int at, int sizeInBytes) {
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(at + ATTRIBUTES_AT, sizeInBytes - ATTRIBUTES_AT));
        return (int) crc.getValue();
    }

    /** The same header at another place in the log. */
    public BatchHeader at(long newBaseOffset, int newLeaderEpoch) {
        return new BatchHeader(
                newBaseOffset,
                sizeInBytes,
                newLeaderEpoch,
                magic,
                crc,
                attributes,
                lastOffsetDelta,
                baseTimestamp,
                maxTimestamp,
                producerId,
                producerEpoch,
                baseSequence,
                recordCount);
    }

    /** The same header with another number of offsets. */
    public BatchHeader withLastOffsetDelta(int delta) {
        return new BatchHeader(
                baseOffset,
                sizeInBytes,
                leaderEpoch,
                magic,
                crc,
                attributes,
                delta,
                baseTimestamp,
                maxTimestamp,
                producerId,
                producerEpoch,
                baseSequence,
                recordCount);
    }

    /** The offset of the last record. */
    public long lastOffset() {
        return baseOffset + lastOffsetDelta;
    }

    /** The offset of the batch that follows. */
    public long nextOffset() {
        return baseOffset + lastOffsetDelta + 1L;
    }

    /** The sequence of the last record, which wraps from 2^31-1 to 0; or {@link #NO_SEQUENCE}. */
    public int lastSequence() {
        if (baseSequence == NO_SEQUENCE) {
            return NO_SEQUENCE;
        }
        return (baseSequence + lastOffsetDelta) & Integer.MAX_VALUE;
    }

    public boolean hasProducer() {
        return producerId != NO_PRODUCER_ID;
    }

    /** The compression of the records: the codec's number, see {@link CompressionType}. */
    public int compression() {
        return attributes & COMPRESSION_MASK;
    }

    /** Whether timestamps are the broker's, set at append (KIP-32). */
    public boolean isLogAppendTime() {
        return (attributes & LOG_APPEND_TIME) != 0;
    }

    public boolean isTransactional() {
        return (attributes & TRANSACTIONAL) != 0;
    }

    /** Whether clients get no records of it: a marker, or hidden. */
    public boolean isControl() {
        return (attributes & CONTROL) != 0;
    }

    /** Whether it holds the marker of a transaction, and nothing that a producer wrote. */
    public boolean isMarker() {
        return (attributes & (CONTROL | HIDDEN)) == CONTROL;
    }

    /**
     * Whether it holds what a schedule remembers (docs/adr/delayed-messages.md). Of its producer
     * and transaction it is a batch like any other; clients take it for a control batch that they
     * do not know.
     */
    public boolean isHidden() {
        return (attributes & (CONTROL | HIDDEN)) == (CONTROL | HIDDEN);
    }

    /** Whether it holds records that were delayed, delivered now. */
    public boolean isFired() {
        return (attributes & FIRED) != 0;
    }

    /** Whether a schedule must read it: what waits, or what was delivered. */
    public boolean isScheduled() {
        return isHidden() || isFired();
    }

    /** Whether a producer sent it and the batch before it as one. */
    public boolean isContinued() {
        return (attributes & CONTINUED) != 0;
    }

    /** Whether the base timestamp is the time when tombstones may go (KIP-534). */
    public boolean hasDeleteHorizon() {
        return (attributes & DELETE_HORIZON) != 0;
    }
}
