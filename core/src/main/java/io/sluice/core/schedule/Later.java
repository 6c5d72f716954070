package io.sluice.core.schedule;

import io.sluice.core.record.RecordHeader;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits. Behind format and floor its value has the due time, the id, the previous
 * record and the time of its making (int64 each), then key, value and headers: lengths and the
 * count of headers as int32, -1 for null.
 *
 * @param dueMs when it is to be delivered, milliseconds since 1970
 * @param id the offset of the first of these records that is about this message; {@link
 *     #OWN_OFFSET} where that is this one
 * @param previous the offset of the record that this one replaces, because it was carried or
 *     rescheduled; {@link #NONE} if it replaces none
 * @param createdMs the timestamp that the message was sent with
 * @param headers those of the message without what said when; a recurring one keeps {@link
 *     ScheduleHeaders#CRON}
 */
public record Later(
        long floor,
        long dueMs,
        long id,
        long previous,
        long createdMs,
        byte @Nullable [] messageKey,
        byte @Nullable [] messageValue,
        List<RecordHeader> headers)
        implements ScheduleRecord {

    /** The message's id is the offset of this record. */
    public static final long OWN_OFFSET = -1L;

    /** It replaces no record. */
    public static final long NONE = -1L;

    /** The message's id, for a record at that offset. */
    public long idAt(long offset) {
        return id == OWN_OFFSET ? offset : id;
    }

    @Override
    public byte[] key() {
        return ScheduleFormat.key(LATER);
    }

    @Override
    public byte[] value() {
        return ScheduleFormat.write(this);
    }

    /**
     * The due time alone, for who reads many.
     *
     * @param value of a record whose key says {@link #LATER}
     */
    public static long dueMs(ByteBuffer value) {
        return value.getLong(value.position() + ScheduleFormat.DUE_AT);
    }
}
