package io.sluice.core.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of {@link ScheduleRecord}s. */
public final class ScheduleFormat {

    static final byte FORMAT = 0;
    private static final int KEY_BYTES = 4;
    private static final int FLOOR_AT = 1;
    private static final int BEGIN_BYTES = 1 + 8;
    static final int DUE_AT = BEGIN_BYTES;
    private static final int LATER_BYTES = BEGIN_BYTES + 4 * 8;

    private ScheduleFormat() {}

    static byte[] key(short type) {
        return ByteBuffer.allocate(KEY_BYTES).putShort((short) 0).putShort(type).array();
    }

    static ByteBuffer begin(long floor, int moreBytes) {
        return ByteBuffer.allocate(Math.addExact(BEGIN_BYTES, moreBytes))
                .put(FORMAT)
                .putLong(floor);
    }

    static byte[] write(Settled settled) {
        int count = settled.offsets().length;
        ByteBuffer out = begin(settled.floor(), 4 + 8 * count).putInt(count);
        for (long offset : settled.offsets()) {
            out.putLong(offset);
        }
        return out.array();
    }

    static byte[] write(Later later) {
        int bytes = 4 * 8 + 4;
        bytes = Math.addExact(bytes, size(later.messageKey()));
        bytes = Math.addExact(bytes, size(later.messageValue()));
        List<byte[]> names = new ArrayList<>(later.headers().size());
        for (RecordHeader header : later.headers()) {
            byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
            names.add(name);
            bytes = Math.addExact(bytes, Math.addExact(size(name), size(header.value())));
        }
        ByteBuffer out = begin(later.floor(), bytes);
        out.putLong(later.dueMs()).putLong(later.id());
        out.putLong(later.previous()).putLong(later.createdMs());
        put(out, later.messageKey());
        put(out, later.messageValue());
        out.putInt(later.headers().size());
        for (int i = 0; i < names.size(); i++) {
            put(out, names.get(i));
            put(out, later.headers().get(i).value());
        }
        return out.array();
    }

    private static int size(byte @Nullable [] field) {
        return field == null ? 4 : Math.addExact(4, field.length);
    }

    private static void put(ByteBuffer out, byte @Nullable [] field) {
        out.putInt(field == null ? -1 : field.length);
        if (field != null) {
            out.put(field);
        }
    }

    /** The type of a control record, or -1 without one. */
    public static short type(ByteBuffer key) {
        return key.remaining() < KEY_BYTES ? -1 : key.getShort(key.position() + 2);
    }

    static ScheduleRecord read(ByteBuffer key, ByteBuffer value) throws RecordFormatException {
        short type = type(key);
        long floor = floor(value);
        if (value.get(value.position()) != FORMAT) {
            return new ScheduleRecord.Other(type, floor);
        }
        ByteBuffer in =
                value.slice(value.position() + BEGIN_BYTES, value.remaining() - BEGIN_BYTES);
        try {
            return switch (type) {
                case ScheduleRecord.LATER -> later(floor, in);
                case ScheduleRecord.SETTLED -> settled(floor, in);
                case ScheduleRecord.DELETION -> new Deletion(floor, in.getLong());
                default -> new ScheduleRecord.Other(type, floor);
            };
        } catch (BufferUnderflowException e) {
            throw new RecordFormatException("a record of the schedule is cut");
        }
    }

    private static long floor(ByteBuffer value) throws RecordFormatException {
        if (value.remaining() < BEGIN_BYTES) {
            throw new RecordFormatException("a record of the schedule without a floor");
        }
        return value.getLong(value.position() + FLOOR_AT);
    }

    private static Later later(long floor, ByteBuffer in) throws RecordFormatException {
        if (in.remaining() < LATER_BYTES - BEGIN_BYTES) {
            throw new RecordFormatException("a message that waits is cut");
        }
        long dueMs = in.getLong();
        long id = in.getLong();
        long previous = in.getLong();
        long createdMs = in.getLong();
        byte[] key = field(in);
        byte[] value = field(in);
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / 8) {
            throw new RecordFormatException(count + " headers");
        }
        List<RecordHeader> headers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] name = field(in);
            if (name == null) {
                throw new RecordFormatException("a header without a name");
            }
            headers.add(new RecordHeader(new String(name, StandardCharsets.UTF_8), field(in)));
        }
        return new Later(floor, dueMs, id, previous, createdMs, key, value, headers);
    }

    private static Settled settled(long floor, ByteBuffer in) throws RecordFormatException {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / 8) {
            throw new RecordFormatException(count + " settled messages");
        }
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = in.getLong();
        }
        return new Settled(floor, offsets);
    }

    private static byte @Nullable [] field(ByteBuffer in) throws RecordFormatException {
        int length = in.getInt();
        if (length < -1 || length > in.remaining()) {
            throw new RecordFormatException("a field of " + length + " bytes");
        }
        if (length < 0) {
            return null;
        }
        byte[] field = new byte[length];
        in.get(field);
        return field;
    }

    /**
     * The highest floor that a hidden batch tells, {@link ScheduleRecord#NO_FLOOR} if none.
     *
     * @param bytes the whole batch, header first
     */
    public static long floor(BatchHeader batch, ByteBuffer bytes) throws RecordFormatException {
        long floor = ScheduleRecord.NO_FLOOR;
        RecordReader records = RecordReader.of(batch, bytes, Codecs.NONE);
        while (records.next()) {
            floor = Math.max(floor, floor(records.value()));
        }
        return floor;
    }
}
