package io.sluice.core.transaction;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Events as keys and values of a compacted log. Numbers are big-endian; texts have their length
 * (int32) first.
 *
 * <pre>
 *  key:   kind int8 (1), transactional id
 *  value: version int8 (0), producerId int64, previousId int64, nextId int64, epoch int16,
 *         lastEpoch int16, timeoutMs int32, state int8, startMs int64, updateMs int64,
 *         transaction version int16, topics int32 of: name, partitions int32 of: int32
 * </pre>
 */
public final class TransactionEventFormat {

    private static final byte TRANSACTION = 1;
    private static final byte VERSION = 0;
    private static final int FIXED_BYTES = 1 + 3 * 8 + 2 * 2 + 4 + 1 + 2 * 8 + 2 + 4;

    private TransactionEventFormat() {}

    public static byte[] key(TransactionEvent event) {
        byte[] id =
                switch (event) {
                    case TransactionEvent.Stored stored -> utf8(stored.transaction().id());
                    case TransactionEvent.Removed removed -> utf8(removed.id());
                };
        return ByteBuffer.allocate(1 + 4 + id.length)
                .put(TRANSACTION)
                .putInt(id.length)
                .put(id)
                .array();
    }

    /** Null for what is gone. */
    public static byte @Nullable [] value(TransactionEvent event) {
        return switch (event) {
            case TransactionEvent.Stored stored -> value(stored.transaction());
            case TransactionEvent.Removed removed -> null;
        };
    }

    private record Topic(byte[] name, List<Integer> partitions) {}

    private static byte[] value(Transaction one) {
        List<Topic> topics = new ArrayList<>();
        int size = FIXED_BYTES;
        String last = "";
        for (TopicPartition partition : one.partitions()) {
            if (topics.isEmpty() || !partition.topic().equals(last)) {
                last = partition.topic();
                topics.add(new Topic(utf8(last), new ArrayList<>()));
                size += 4 + topics.getLast().name.length + 4;
            }
            topics.getLast().partitions.add(partition.partition());
            size += 4;
        }
        ByteBuffer to =
                ByteBuffer.allocate(size)
                        .put(VERSION)
                        .putLong(one.producerId())
                        .putLong(one.previousId())
                        .putLong(one.nextId())
                        .putShort(one.epoch())
                        .putShort(one.lastEpoch())
                        .putInt(one.timeoutMs())
                        .put(one.state().number())
                        .putLong(one.startMs())
                        .putLong(one.updateMs())
                        .putShort(one.version())
                        .putInt(topics.size());
        for (Topic topic : topics) {
            to.putInt(topic.name.length).put(topic.name).putInt(topic.partitions.size());
            topic.partitions.forEach(to::putInt);
        }
        return to.array();
    }

    /** The event, or null if a later version wrote it. */
    public static @Nullable TransactionEvent read(ByteBuffer key, @Nullable ByteBuffer value)
            throws RecordFormatException {
        try {
            if (key.get() != TRANSACTION) {
                return null;
            }
            String id = text(key);
            if (value == null) {
                return new TransactionEvent.Removed(id);
            }
            return value.get() == VERSION ? stored(id, value) : null;
        } catch (BufferUnderflowException e) {
            throw new RecordFormatException("an event of a transaction is cut");
        }
    }

    private static TransactionEvent stored(String id, ByteBuffer from)
            throws RecordFormatException {
        long producerId = from.getLong();
        long previousId = from.getLong();
        long nextId = from.getLong();
        short epoch = from.getShort();
        short lastEpoch = from.getShort();
        int timeoutMs = from.getInt();
        byte number = from.get();
        Optional<TransactionState> state = TransactionState.of(number);
        if (state.isEmpty()) {
            throw new RecordFormatException("a transaction in state " + number);
        }
        long startMs = from.getLong();
        long updateMs = from.getLong();
        short version = from.getShort();
        return new TransactionEvent.Stored(
                new Transaction(
                        id,
                        producerId,
                        previousId,
                        nextId,
                        epoch,
                        lastEpoch,
                        timeoutMs,
                        state.get(),
                        partitions(from),
                        startMs,
                        updateMs,
                        version));
    }

    private static SortedSet<TopicPartition> partitions(ByteBuffer from)
            throws RecordFormatException {
        SortedSet<TopicPartition> all = new TreeSet<>();
        int topics = count(from);
        for (int i = 0; i < topics; i++) {
            String name = text(from);
            int partitions = count(from);
            for (int j = 0; j < partitions; j++) {
                all.add(new TopicPartition(name, from.getInt()));
            }
        }
        return Collections.unmodifiableSortedSet(all);
    }

    private static int count(ByteBuffer from) throws RecordFormatException {
        int count = from.getInt();
        if (count < 0 || count > from.remaining()) {
            throw new RecordFormatException(
                    "%d items in %d bytes".formatted(count, from.remaining()));
        }
        return count;
    }

    private static String text(ByteBuffer from) throws RecordFormatException {
        byte[] bytes = new byte[count(from)];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
