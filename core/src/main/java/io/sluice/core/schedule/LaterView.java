package io.sluice.core.schedule;

import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The value of a {@link Later}, of which only what is asked for is copied: for who reads many. */
public final class LaterView {

    private static final int DUE_AT = ScheduleFormat.DUE_AT;
    private static final int ID_AT = DUE_AT + 8;
    private static final int PREVIOUS_AT = ID_AT + 8;
    private static final int MESSAGE_AT = PREVIOUS_AT + 16;

    private final ByteBuffer value;
    private final int start;

    private LaterView(ByteBuffer value) {
        this.value = value;
        this.start = value.position();
    }

    /** Null if it is of a newer format. */
    public static @Nullable LaterView of(ByteBuffer value) throws RecordFormatException {
        if (value.remaining() < MESSAGE_AT) {
            throw new RecordFormatException("a message that waits is cut");
        }
        return value.get(value.position()) == ScheduleFormat.FORMAT ? new LaterView(value) : null;
    }

    public long dueMs() {
        return value.getLong(start + DUE_AT);
    }

    /** The message's id, for a record at that offset. */
    public long idAt(long offset) {
        long id = value.getLong(start + ID_AT);
        return id == Later.OWN_OFFSET ? offset : id;
    }

    public long previous() {
        return value.getLong(start + PREVIOUS_AT);
    }

    /** The last header of that name as text; null if there is none, or it has no value. */
    public @Nullable String header(String name) throws RecordFormatException {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer in = value.slice(start + MESSAGE_AT, value.limit() - start - MESSAGE_AT);
        skip(in, length(in));
        skip(in, length(in));
        String found = null;
        for (int left = length(in); left > 0; left--) {
            int nameBytes = length(in);
            boolean matches =
                    nameBytes == wanted.length
                            && in.slice(in.position(), nameBytes).equals(ByteBuffer.wrap(wanted));
            skip(in, nameBytes);
            int valueBytes = length(in);
            if (matches) {
                found = valueBytes < 0 ? null : text(in, valueBytes);
            }
            skip(in, valueBytes);
        }
        return found;
    }

    private static String text(ByteBuffer in, int bytes) {
        byte[] text = new byte[bytes];
        in.get(in.position(), text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static int length(ByteBuffer in) throws RecordFormatException {
        if (in.remaining() < Integer.BYTES) {
            throw new RecordFormatException("a message that waits is cut");
        }
        int length = in.getInt();
        if (length > in.remaining()) {
            throw new RecordFormatException("a field of " + length + " bytes");
        }
        return length;
    }

    private static void skip(ByteBuffer in, int bytes) {
        in.position(in.position() + Math.max(0, bytes));
    }
}
