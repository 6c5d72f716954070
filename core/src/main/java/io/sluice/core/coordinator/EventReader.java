package io.sluice.core.coordinator;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads what {@link EventWriter} wrote. Believes no count beyond the bytes that are there; what is
 * cut short throws {@link java.nio.BufferUnderflowException}.
 */
public final class EventReader {
    private final ByteBuffer buffer;

    public EventReader(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** Whether something follows: what an older writer did not know of. */
    public boolean hasMore() {
        return buffer.hasRemaining();
    }

    public byte int8() {
        return buffer.get();
    }

    public short int16() {
        return buffer.getShort();
    }

    public int int32() {
        return buffer.getInt();
    }

    public long int64() {
        return buffer.getLong();
    }

    /**
     * How many items follow, of a byte each at least.
     *
     * @throws RecordFormatException if there are not so many bytes
     */
    public int count() throws RecordFormatException {
        return checked(buffer.getInt());
    }

    private int checked(int count) throws RecordFormatException {
        if (count < 0 || count > buffer.remaining()) {
            throw new RecordFormatException(
                    "%d items in %d bytes".formatted(count, buffer.remaining()));
        }
        return count;
    }

    public byte[] bytes() throws RecordFormatException {
        byte[] all = new byte[count()];
        buffer.get(all);
        return all;
    }

    public String text() throws RecordFormatException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    public Optional<String> optional() throws RecordFormatException {
        int length = buffer.getInt();
        if (length == -1) {
            return Optional.empty();
        }
        byte[] all = new byte[checked(length)];
        buffer.get(all);
        return Optional.of(new String(all, StandardCharsets.UTF_8));
    }

    public TopicPartition partition() throws RecordFormatException {
        return new TopicPartition(text(), int32());
    }

    public Uuid uuid() {
        return new Uuid(int64(), int64());
    }

    public List<String> texts() throws RecordFormatException {
        int count = count();
        List<String> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(text());
        }
        return values;
    }
}
