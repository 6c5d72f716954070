package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.group.GroupEvent.StoredMember;
import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.RecordFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Events as keys and values of a compacted log, as {@link EventWriter} writes them.
 *
 * <pre>
 *  key:   kind int8 (1 group, 2 offset, others: {@link ConsumerEventFormat}, {@link
 *         StreamsEventFormat}, {@link ShareEventFormat}, {@link PendingEventFormat}), group, and for an
 *         offset: topic, partition int32
 *  value: version int8 (0), then
 *    group:  protocolType, generation int32, protocolName, leader, sinceMs int64, members int32 of
 *            memberId, instanceId, clientId, clientHost, sessionMs int32, rebalanceMs int32,
 *            metadata, assignment
 *    offset: offset int64, leaderEpoch int32, metadata, timeMs int64, topicId (16 bytes; not there
 *            if it was not known, or the writer is older)
 * </pre>
 */
public final class GroupEventFormat {

    private static final byte GROUP = 1;
    private static final byte OFFSET = 2;
    private static final byte VERSION = 0;

    private GroupEventFormat() {}

    public static byte[] key(GroupEvent event) {
        EventWriter writer = new EventWriter();
        switch (event) {
            case GroupEvent.Stored stored -> writer.int8(GROUP).text(stored.group());
            case GroupEvent.Removed removed -> writer.int8(GROUP).text(removed.group());
            case GroupEvent.Offset offset ->
                    writer.int8(OFFSET).text(offset.group()).partition(offset.partition());
            case GroupEvent.OffsetRemoved removed ->
                    writer.int8(OFFSET).text(removed.group()).partition(removed.partition());
            case GroupEvent.OfConsumers ofConsumers -> ConsumerEventFormat.key(ofConsumers, writer);
            case GroupEvent.OfStreams ofStreams -> StreamsEventFormat.key(ofStreams, writer);
            case GroupEvent.OfShares ofShares -> ShareEventFormat.key(ofShares, writer);
            case GroupEvent.OfTransactions ofTransactions ->
                    PendingEventFormat.key(ofTransactions, writer);
        }
        return writer.bytes();
    }

    /** Null for what is gone. */
    public static byte @Nullable [] value(GroupEvent event) {
        return switch (event) {
            case GroupEvent.Stored stored -> {
                EventWriter writer =
                        new EventWriter()
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
                    committed(new EventWriter().int8(VERSION), offset.committed()).bytes();
            case GroupEvent.OfConsumers ofConsumers -> ConsumerEventFormat.value(ofConsumers);
            case GroupEvent.OfStreams ofStreams -> StreamsEventFormat.value(ofStreams);
            case GroupEvent.OfShares ofShares -> ShareEventFormat.value(ofShares);
            case GroupEvent.OfTransactions ofTransactions ->
                    PendingEventFormat.value(ofTransactions);
            case GroupEvent.Removed removed -> null;
            case GroupEvent.OffsetRemoved removed -> null;
        };
    }

    /** The event, or null if a later version wrote it. */
    public static @Nullable GroupEvent read(ByteBuffer key, @Nullable ByteBuffer value)
            throws RecordFormatException {
        try {
            EventReader keys = new EventReader(key);
            byte kind = keys.int8();
            return switch (kind) {
                case GROUP -> group(keys.text(), value);
                case OFFSET -> offset(keys.text(), keys.partition(), value);
                case ConsumerEventFormat.GROUP -> ConsumerEventFormat.group(keys.text(), value);
                case ConsumerEventFormat.MEMBER ->
                        ConsumerEventFormat.member(keys.text(), keys.text(), value);
                case StreamsEventFormat.GROUP -> StreamsEventFormat.group(keys.text(), value);
                case StreamsEventFormat.TOPOLOGY -> StreamsEventFormat.topology(keys.text(), value);
                case StreamsEventFormat.MEMBER ->
                        StreamsEventFormat.member(keys.text(), keys.text(), value);
                case ShareEventFormat.GROUP -> ShareEventFormat.group(keys.text(), value);
                case ShareEventFormat.MEMBER ->
                        ShareEventFormat.member(keys.text(), keys.text(), value);
                case PendingEventFormat.PENDING -> PendingEventFormat.pending(keys, value);
                case PendingEventFormat.ENDED -> PendingEventFormat.ended(keys, value);
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
        EventReader from = new EventReader(value);
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
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        return new GroupEvent.Offset(group, partition, committed(from));
    }

    /** The topic's id comes last, so that who does not know of it reads the rest. */
    static EventWriter committed(EventWriter to, Committed one) {
        to.int64(one.offset()).int32(one.leaderEpoch()).text(one.metadata()).int64(one.timeMs());
        return one.topicId().equals(Uuid.ZERO) ? to : to.uuid(one.topicId());
    }

    static Committed committed(EventReader from) throws RecordFormatException {
        return new Committed(
                from.int64(),
                from.int32(),
                from.text(),
                from.int64(),
                from.hasMore() ? from.uuid() : Uuid.ZERO);
    }
}
