package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Events of share groups, as {@link GroupEventFormat} writes events.
 *
 * <pre>
 *  key:   kind int8 (10 group, 11 member), group, and for a member: its id
 *  value: version int8 (0), then
 *    group:  epoch int32, topicsHash int64, sinceMs int64
 *    member: rack, clientId, clientHost, topics; how far it has come ({@link StandingFormat})
 * </pre>
 */
final class ShareEventFormat {

    static final byte GROUP = 10;
    static final byte MEMBER = 11;

    private static final byte VERSION = 0;

    private ShareEventFormat() {}

    static void key(GroupEvent.OfShares event, EventWriter to) {
        switch (event) {
            case GroupEvent.ShareGroupStored stored -> to.int8(GROUP).text(stored.group());
            case GroupEvent.ShareGroupRemoved removed -> to.int8(GROUP).text(removed.group());
            case GroupEvent.ShareMemberStored stored ->
                    to.int8(MEMBER).text(stored.group()).text(stored.member().id());
            case GroupEvent.ShareMemberRemoved removed ->
                    to.int8(MEMBER).text(removed.group()).text(removed.memberId());
        }
    }

    static byte @Nullable [] value(GroupEvent.OfShares event) {
        return switch (event) {
            case GroupEvent.ShareGroupStored stored ->
                    new EventWriter()
                            .int8(VERSION)
                            .int32(stored.epoch())
                            .int64(stored.topicsHash())
                            .int64(stored.sinceMs())
                            .bytes();
            case GroupEvent.ShareMemberStored stored -> member(stored.member());
            case GroupEvent.ShareGroupRemoved removed -> null;
            case GroupEvent.ShareMemberRemoved removed -> null;
        };
    }

    private static byte[] member(ShareMember member) {
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .optional(member.rack())
                        .text(member.clientId())
                        .text(member.clientHost())
                        .texts(member.topics());
        StandingFormat.write(member.standing(), ConsumerEventFormat::partitions, to);
        return to.bytes();
    }

    static @Nullable GroupEvent group(String name, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.ShareGroupRemoved(name);
        }
        EventReader from = new EventReader(value);
        return from.int8() != VERSION
                ? null
                : new GroupEvent.ShareGroupStored(name, from.int32(), from.int64(), from.int64());
    }

    static @Nullable GroupEvent member(String group, String id, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.ShareMemberRemoved(group, id);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        return new GroupEvent.ShareMemberStored(
                group,
                new ShareMember(
                        id,
                        from.optional(),
                        from.text(),
                        from.text(),
                        from.texts(),
                        StandingFormat.read(ConsumerEventFormat::partitions, from)));
    }
}
