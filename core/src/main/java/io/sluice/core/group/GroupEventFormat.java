package io.sluice.core.group;

import io.sluice.core.group.GroupEvent.StoredMember;
import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Events as keys and values of a compacted log. Numbers are big-endian, texts and bytes have their
 * length (int32) first, an absent text has length -1.
 *
 * <pre>
 *  key:   kind int8 (1 group, 2 offset), group, and for an offset: topic, partition int32
 *  value: version int8 (0), then
 *    group:  protocolType, generation int32, protocolName, leader, sinceMs int64, members int32 of
 *            memberId, instanceId, clientId, clientHost, sessionMs int32, rebalanceMs int32,
 *            metadata, assignment
 *    offset: offset int64, leaderEpoch int32, metadata, timeMs int64
 * </pre>
 */
public final class GroupEventFormat {

    private static final byte GROUP = 1;
    private static final byte OFFSET = 2;
    private static final byte VERSION = 0;

    private GroupEventFormat() {}

    public static byte[] key(GroupEvent event) {
        Writer writer = new Writer();
        switch (event) {
            case GroupEvent.Stored stored -> writer.int8(GROUP).text(stored.group());
            case GroupEvent.Removed removed -> writer.int8(GROUP).text(removed.group());
            case GroupEvent.Offset offset ->
                    writer.int8(OFFSET).text(offset.group()).partition(offset.partition());
            case GroupEvent.OffsetRemoved removed ->
                    writer.int8(OFFSET).text(removed.group()).partition(removed.partition());
        }
        return writer.bytes();
    }

    /** Null for what is gone. */
    public static byte @Nullable [] value(GroupEvent event) {
        return switch (event) {
            case GroupEvent.Stored stored -> {
                Writer writer =
                        new Writer()
                                .int8(VERSION)
                                .text(stored.protocolType())
                                .int32(stored.generation())
                                .optional(stored.protocolName())
                                .text(stored.leader())
                                .int64(stored.sinceMs())
                                .int32(stored.members().size());
                for (StoredMember member : stored.members()) {
                    writer.text(member.memberId())
                            .optional(member.instanceId())
                            .text(member.clientId())
                            .text(member.clientHost())
                            .int32(member.sessionMs())
                            .int32(member.rebalanceMs())
                            .bytes(member.metadata().array())
                            .bytes(member.assignment().array());
                }
                yield writer.bytes();
            }
            case GroupEvent.Offset offset ->
                    new Writer()
                            .int8(VERSION)
                            .int64(offset.committed().offset())
                            .int32(offset.committed().leaderEpoch())
                            .text(offset.committed().metadata())
                            .int64(offset.committed().timeMs())
                            .bytes();
            case GroupEvent.Removed removed -> null;
            case GroupEvent.OffsetRemoved removed -> null;
        };
    }

    /** The event, or null if a later version wrote it. */
    public static @Nullable GroupEvent read(ByteBuffer key, @Nullable ByteBuffer value)
            throws RecordFormatException {
        try {
            Reader keys = new Reader(key);
            byte kind = keys.int8();
            return switch (kind) {
                case GROUP -> group(keys.text(), value);
                case OFFSET -> offset(keys.text(), keys.partition(), value);
                default -> null;
            };
        } catch (BufferUnderflowException e) {
            throw new RecordFormatException("an event of a group is cut");
        }
    }

    private static @Nullable GroupEvent group(String name, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.Removed(name);
        }
        Reader from = new Reader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        String protocolType = from.text();
        int generation = from.int32();
        Optional<String> protocolName = from.optional();
        String leader = from.text();
        long sinceMs = from.int64();
        int count = from.count();
        List<StoredMember> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(
                    new StoredMember(
                            from.text(),
                            from.optional(),
                            from.text(),
                            from.text(),
                            from.int32(),
                            from.int32(),
                            new Bytes(from.bytes()),
                            new Bytes(from.bytes())));
        }
        return new GroupEvent.Stored(
                name, protocolType, generation, protocolName, leader, sinceMs, members);
    }

    private static @Nullable GroupEvent offset(
            String group, TopicPartition partition, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.OffsetRemoved(group, partition);
        }
        Reader from = new Reader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        return new GroupEvent.Offset(
                group,
                partition,
                new Committed(from.int64(), from.int32(), from.text(), from.int64()));
    }

    /** Grows as needed. */
    private static final class Writer {
        private static final int FIRST_BYTES = 64;

        private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

        private ByteBuffer room(int bytes) {
            if (buffer.remaining() < bytes) {
                int capacity = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
                buffer = ByteBuffer.allocate(capacity).put(buffer.flip());
            }
            return buffer;
        }

        Writer int8(byte value) {
            room(1).put(value);
            return this;
        }

        Writer int32(int value) {
            room(4).putInt(value);
            return this;
        }

        Writer int64(long value) {
            room(8).putLong(value);
            return this;
        }

        Writer bytes(byte[] value) {
            room(4 + value.length).putInt(value.length).put(value);
            return this;
        }

        Writer text(String value) {
            return bytes(value.getBytes(StandardCharsets.UTF_8));
        }

        Writer optional(Optional<String> value) {
            return value.isPresent() ? text(value.get()) : int32(-1);
        }

        Writer partition(TopicPartition partition) {
            return text(partition.topic()).int32(partition.partition());
        }

        byte[] bytes() {
            byte[] all = new byte[buffer.position()];
            buffer.flip().get(all);
            return all;
        }
    }

    /** Believes no count beyond the bytes that are there. */
    private static final class Reader {
        private final ByteBuffer buffer;

        Reader(ByteBuffer buffer) {
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
    }
}
