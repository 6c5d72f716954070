package io.sluice.core.transaction;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Events as keys and values of a compacted log, as {@link EventWriter} writes them.
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

    private TransactionEventFormat() {}

    public static byte[] key(TransactionEvent event) {
        String id =
                switch (event) {
                    case TransactionEvent.Stored stored -> stored.transaction().id();
                    case TransactionEvent.Removed removed -> removed.id();
                };
        return new EventWriter().int8(TRANSACTION).text(id).bytes();
    }

    /** Null for what is gone. */
    public static byte @Nullable [] value(TransactionEvent event) {
        return switch (event) {
            case TransactionEvent.Stored stored -> value(stored.transaction());
            case TransactionEvent.Removed removed -> null;
        };
    }

    private static byte[] value(Transaction one) {
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .int64(one.producerId())
                        .int64(one.previousId())
                        .int64(one.nextId())
                        .int16(one.epoch())
                        .int16(one.lastEpoch())
                        .int32(one.timeoutMs())
                        .int8(one.state().number())
                        .int64(one.startMs())
                        .int64(one.updateMs())
                        .int16(one.version());
        SortedMap<String, List<Integer>> topics = new TreeMap<>();
        for (TopicPartition partition : one.partitions()) {
            topics.computeIfAbsent(partition.topic(), name -> new ArrayList<>())
                    .add(partition.partition());
        }
        to.int32(topics.size());
        topics.forEach((name, partitions) -> {
            to.text(name).int32(partitions.size());
            partitions.forEach(to::int32);
        });
        return to.bytes();
    }

    /** The event, or null if a later version wrote it. */
    public static @Nullable TransactionEvent read(ByteBuffer key, @Nullable ByteBuffer value)
            throws RecordFormatException {
        try {
            EventReader keys = new EventReader(key);
            if (keys.int8() != TRANSACTION) {
                return null;
            }
            String id = keys.text();
            if (value == null) {
                return new TransactionEvent.Removed(id);
            }
            EventReader from = new EventReader(value);
            return from.int8() == VERSION ? stored(id, from) : null;
        } catch (BufferUnderflowException e) {
            throw new RecordFormatException("an event of a transaction is cut");
        }
    }

    private static TransactionEvent stored(String id, EventReader from)
            throws RecordFormatException {
        long producerId = from.int64();
        long previousId = from.int64();
        long nextId = from.int64();
        short epoch = from.int16();
        short lastEpoch = from.int16();
        int timeoutMs = from.int32();
        byte number = from.int8();
        Optional<TransactionState> state = TransactionState.of(number);
        if (state.isEmpty()) {
            throw new RecordFormatException("a transaction in state " + number);
        }
        long startMs = from.int64();
        long updateMs = from.int64();
        short version = from.int16();
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

    private static SortedSet<TopicPartition> partitions(EventReader from)
            throws RecordFormatException {
        SortedSet<TopicPartition> all = new TreeSet<>();
        int topics = from.count();
        for (int i = 0; i < topics; i++) {
            String name = from.text();
            int partitions = from.count();
            for (int j = 0; j < partitions; j++) {
                all.add(new TopicPartition(name, from.int32()));
            }
        }
        return Collections.unmodifiableSortedSet(all);
    }
}
