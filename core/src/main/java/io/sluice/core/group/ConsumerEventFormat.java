package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.group.ConsumerMember.ClassicSide;
import io.sluice.core.group.ConsumerMember.Profile;
import io.sluice.core.group.GroupCommand.Protocol;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Events of groups whose partitions the broker assigns, as {@link GroupEventFormat} writes events.
 *
 * <pre>
 *  key:   kind int8 (3 group, 4 member), group, and for a member: its id
 *  value: version int8 (0), then
 *    group:  epoch int32, targetEpoch int32, assignor, topicsHash int64, sinceMs int64
 *    member: instanceId, rack, clientId, clientHost, rebalanceMs int32, topics, pattern, assignor,
 *            int8 1 if it is of the classic protocol: sessionMs int32, protocols of name, metadata;
 *            how far it has come ({@link StandingFormat}), target
 *    partitions: topics int32 of id (16 bytes), count int32, numbers int32
 * </pre>
 */
final class ConsumerEventFormat {

    static final byte GROUP = 3;
    static final byte MEMBER = 4;

    private static final byte VERSION = 0;

    private ConsumerEventFormat() {}

    static void key(GroupEvent.OfConsumers event, EventWriter to) {
        switch (event) {
            case GroupEvent.ConsumerGroupStored stored -> to.int8(GROUP).text(stored.group());
            case GroupEvent.ConsumerGroupRemoved removed -> to.int8(GROUP).text(removed.group());
            case GroupEvent.ConsumerMemberStored stored ->
                    to.int8(MEMBER).text(stored.group()).text(stored.member().id());
            case GroupEvent.ConsumerMemberRemoved removed ->
                    to.int8(MEMBER).text(removed.group()).text(removed.memberId());
        }
    }

    static byte @Nullable [] value(GroupEvent.OfConsumers event) {
        return switch (event) {
            case GroupEvent.ConsumerGroupStored stored ->
                    new EventWriter()
                            .int8(VERSION)
                            .int32(stored.epoch())
                            .int32(stored.targetEpoch())
                            .text(stored.assignor())
                            .int64(stored.topicsHash())
                            .int64(stored.sinceMs())
                            .bytes();
            case GroupEvent.ConsumerMemberStored stored -> member(stored.member());
            case GroupEvent.ConsumerGroupRemoved removed -> null;
            case GroupEvent.ConsumerMemberRemoved removed -> null;
        };
    }

    private static byte[] member(ConsumerMember member) {
        Profile profile = member.profile();
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .optional(member.instanceId())
                        .optional(profile.rack())
                        .text(profile.clientId())
                        .text(profile.clientHost())
                        .int32(profile.rebalanceMs())
                        .texts(profile.topics())
                        .text(profile.pattern())
                        .text(profile.assignor());
        profile.classic()
                .ifPresentOrElse(
                        side -> {
                            to.int8((byte) 1).int32(side.sessionMs());
                            to.int32(side.protocols().size());
                            side.protocols()
                                    .forEach(one ->
                                            to.text(one.name()).bytes(one.metadata().array()));
                        },
                        () -> to.int8((byte) 0));
        StandingFormat.write(member.standing(), ConsumerEventFormat::partitions, to);
        partitions(member.target(), to);
        return to.bytes();
    }

    static void partitions(PartitionSet set, EventWriter to) {
        to.int32(set.topics().size());
        for (Uuid topic : set.topics()) {
            List<Integer> some = set.partitions(topic);
            to.uuid(topic).int32(some.size());
            some.forEach(to::int32);
        }
    }

    static @Nullable GroupEvent group(String name, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.ConsumerGroupRemoved(name);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        return new GroupEvent.ConsumerGroupStored(
                name, from.int32(), from.int32(), from.text(), from.int64(), from.int64());
    }

    static @Nullable GroupEvent member(String group, String id, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.ConsumerMemberRemoved(group, id);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        Optional<String> instanceId = from.optional();
        Profile profile =
                new Profile(
                        from.optional(),
                        from.text(),
                        from.text(),
                        from.int32(),
                        from.texts(),
                        from.text(),
                        from.text(),
                        from.int8() == 0 ? Optional.empty() : Optional.of(classic(from)));
        Standing<PartitionSet> standing =
                StandingFormat.read(ConsumerEventFormat::partitions, from);
        return new GroupEvent.ConsumerMemberStored(
                group, new ConsumerMember(id, instanceId, profile, standing, partitions(from)));
    }

    static PartitionSet partitions(EventReader from) throws RecordFormatException {
        PartitionSet.Builder set = new PartitionSet.Builder();
        int topics = from.count();
        for (int i = 0; i < topics; i++) {
            Uuid topic = from.uuid();
            int count = from.count();
            for (int j = 0; j < count; j++) {
                int partition = from.int32();
                if (partition < 0 || partition > PartitionSet.MAX_PARTITION) {
                    throw new RecordFormatException("partition " + partition);
                }
                set.add(topic, partition);
            }
        }
        return set.build();
    }

    private static ClassicSide classic(EventReader from) throws RecordFormatException {
        int sessionMs = from.int32();
        int count = from.count();
        List<Protocol> protocols = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            protocols.add(new Protocol(from.text(), new Bytes(from.bytes())));
        }
        return new ClassicSide(sessionMs, protocols);
    }
}
