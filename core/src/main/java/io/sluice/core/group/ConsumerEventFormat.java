package io.sluice.core.group;

import io.sluice.core.group.ConsumerMember.ClassicSide;
import io.sluice.core.group.ConsumerMember.Profile;
import io.sluice.core.group.GroupCommand.Protocol;
import io.sluice.core.group.assignor.PartitionSet;
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
 *            epoch int32, previousEpoch int32, state int8 (0 stable, 1 revoking, 2 waiting),
 *            assigned, revoking, target
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
        Standing<PartitionSet> standing = member.standing();
        return to.int32(standing.epoch())
                .int32(standing.previousEpoch())
                .state(standing.state())
                .partitions(standing.assigned())
                .partitions(standing.revoking())
                .partitions(member.target())
                .bytes();
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
        int epoch = from.int32();
        int previousEpoch = from.int32();
        Standing<PartitionSet> standing =
                new Standing<>(
                        epoch, previousEpoch, from.state(), from.partitions(), from.partitions());
        return new GroupEvent.ConsumerMemberStored(
                group, new ConsumerMember(id, instanceId, profile, standing, from.partitions()));
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
