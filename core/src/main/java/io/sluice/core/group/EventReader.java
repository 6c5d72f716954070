package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
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
final class EventReader {
    private final ByteBuffer buffer;

    EventReader(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    byte int8() {
        return buffer.get();
    }

    int int32() {
        return buffer.getInt();
    }

    long int64() {
        return buffer.getLong();
    }

    int count() throws RecordFormatException {
        return checked(buffer.getInt());
    }

    private int checked(int count) throws RecordFormatException {
        if (count < 0 || count > buffer.remaining()) {
            throw new RecordFormatException(
                    "%d items in %d bytes".formatted(count, buffer.remaining()));
        }
        return count;
    }

    byte[] bytes() throws RecordFormatException {
        byte[] all = new byte[count()];
        buffer.get(all);
        return all;
    }

    String text() throws RecordFormatException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    Optional<String> optional() throws RecordFormatException {
        int length = buffer.getInt();
        if (length == -1) {
            return Optional.empty();
        }
        byte[] all = new byte[checked(length)];
        buffer.get(all);
        return Optional.of(new String(all, StandardCharsets.UTF_8));
    }

    TopicPartition partition() throws RecordFormatException {
        return new TopicPartition(text(), int32());
    }

    Uuid uuid() {
        return new Uuid(int64(), int64());
    }

    Standing.State state() throws RecordFormatException {
        int state = buffer.get();
        if (state < 0 || state >= EventWriter.STATES.size()) {
            throw new RecordFormatException("a member in state " + state);
        }
        return EventWriter.STATES.get(state);
    }

    List<String> texts() throws RecordFormatException {
        int count = count();
        List<String> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(text());
        }
        return values;
    }

    PartitionSet partitions() throws RecordFormatException {
        PartitionSet.Builder set = new PartitionSet.Builder();
        int topics = count();
        for (int i = 0; i < topics; i++) {
            Uuid topic = uuid();
            int count = count();
            for (int j = 0; j < count; j++) {
                int partition = int32();
                if (partition < 0 || partition > PartitionSet.MAX_PARTITION) {
                    throw new RecordFormatException("partition " + partition);
                }
                set.add(topic, partition);
            }
        }
        return set.build();
    }
}
