package io.sluice.core.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * What consumers say to their assignor begins with a version and the topics they want. Nothing else
 * of it is read here, and what cannot be read names no topic.
 */
final class Subscription {

    static final String PROTOCOL_TYPE = "consumer";

    private Subscription() {}

    /** The topics that the members of a group of consumers want. */
    static Set<String> topics(Group group) {
        Set<String> topics = new TreeSet<>();
        if (group.protocolType.equals(PROTOCOL_TYPE)) {
            for (Member member : group.members.values()) {
                for (GroupCommand.Protocol protocol : member.protocols) {
                    read(protocol.metadata(), topics);
                }
            }
        }
        return topics;
    }

    private static void read(Bytes metadata, Set<String> topics) {
        ByteBuffer from = ByteBuffer.wrap(metadata.array());
        try {
            from.getShort();
            int count = from.getInt();
            for (int i = 0; i < count; i++) {
                int length = from.getShort();
                if (length < 0 || length > from.remaining()) {
                    return;
                }
                byte[] name = new byte[length];
                from.get(name);
                topics.add(new String(name, StandardCharsets.UTF_8));
            }
        } catch (BufferUnderflowException e) {
            // Another assignor's own words.
        }
    }
}
