package io.sluice.core.schedule;

import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;

/**
 * A record of a hidden batch: what a partition remembers of messages that wait. Its key is that of
 * a control record, a version (int16, 0) and a type (int16), so clients leave it out.
 *
 * <p>Every value begins with a format (int8, 0) and a floor (int64).
 */
public sealed interface ScheduleRecord permits Later, Settled, Deletion, ScheduleRecord.Other {

    /** The type of {@link Later}. */
    short LATER = 1001;

    /** The type of {@link Settled}. */
    short SETTLED = 1002;

    /** The type of {@link Deletion}. */
    short DELETION = 1003;

    /** A floor that says nothing. */
    long NO_FLOOR = 0L;

    /** Every {@link Later} below it is settled. */
    long floor();

    /** The control record's key. */
    byte[] key();

    /** The control record's value. */
    byte[] value();

    /** What a newer broker may have written; only its floor is known. */
    record Other(short type, long floor) implements ScheduleRecord {
        @Override
        public byte[] key() {
            return ScheduleFormat.key(type);
        }

        @Override
        public byte[] value() {
            return ScheduleFormat.begin(floor, 0).array();
        }
    }

    /** Reads the key and the value of a record in a hidden batch. */
    static ScheduleRecord read(ByteBuffer key, ByteBuffer value) throws RecordFormatException {
        return ScheduleFormat.read(key, value);
    }
}
