package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What consumers of the classic protocol say to each other, as far as the broker speaks it too
 * (ConsumerProtocolSubscription and ConsumerProtocolAssignment). What cannot be read says nothing.
 */
final class ConsumerProtocol {

    /** The type of groups whose members say this. */
    static final String TYPE = "consumer";

    private static final int FIRST_WITH_OWNED = 1;
    private static final int FIRST_WITH_RACK = 3;

    private ConsumerProtocol() {}

    /**
     * What a member wants.
     *
     * @param topics in order
     * @param owned what it holds; nothing before version 1
     */
    record Subscription(List<String> topics, List<TopicPartition> owned, Optional<String> rack) {}

    static Subscription subscription(Bytes metadata) {
        ByteBuffer from = ByteBuffer.wrap(metadata.array());
        SortedSet<String> names = new TreeSet<>();
        List<TopicPartition> owned = new ArrayList<>();
        Optional<String> rack = Optional.empty();
        try {
            short version = from.getShort();
            int count = from.getInt();
            for (int i = 0; i < count; i++) {
                names.add(text(from));
            }
            skipUserData(from);
            if (version >= FIRST_WITH_OWNED) {
                partitions(from, owned);
            }
            if (version >= FIRST_WITH_RACK) {
                from.getInt(); // the generation
                short length = from.getShort();
                if (length >= 0) {
                    from.position(from.position() - Short.BYTES);
                    rack = Optional.of(text(from));
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            // Another assignor's own words, or an older version's end.
        }
        return new Subscription(List.copyOf(names), owned, rack);
    }

    /** The topics that the members of a group of consumers want. */
    static Set<String> topics(Group group) {
        Set<String> topics = new TreeSet<>();
        if (group.protocolType.equals(TYPE)) {
            for (Member member : group.members.values()) {
                for (GroupCommand.Protocol protocol : member.protocols) {
                    topics.addAll(subscription(protocol.metadata()).topics());
                }
            }
        }
        return topics;
    }

    /** What a member was assigned. */
    static List<TopicPartition> assignment(Bytes assignment) {
        ByteBuffer from = ByteBuffer.wrap(assignment.array());
        List<TopicPartition> all = new ArrayList<>();
        try {
            from.getShort();
            partitions(from, all);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            // Nothing, or another assignor's own words.
        }
        return all;
    }

    /** In version 0, which every client reads. */
    static Bytes assignment(PartitionSet assigned, ClusterImage image) {
        SortedMap<String, List<Integer>> byName = new TreeMap<>();
        for (Uuid id : assigned.topics()) {
            TopicImage topic = image.topicsById().get(id);
            if (topic != null) {
                byName.put(topic.name(), assigned.partitions(id));
            }
        }
        SortedMap<String, byte[]> names = new TreeMap<>();
        int size = Short.BYTES + 2 * Integer.BYTES;
        for (String name : byName.keySet()) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            names.put(name, bytes);
            size += Short.BYTES + bytes.length + Integer.BYTES;
            size += Integer.BYTES * byName.getOrDefault(name, List.of()).size();
        }
        ByteBuffer to = ByteBuffer.allocate(size).putShort((short) 0).putInt(byName.size());
        byName.forEach((name, partitions) -> {
            byte[] bytes = names.getOrDefault(name, new byte[0]);
            to.putShort((short) bytes.length).put(bytes).putInt(partitions.size());
            partitions.forEach(to::putInt);
        });
        to.putInt(-1); // no user data
        return new Bytes(to.array());
    }

    /** Those that there are, by identity. */
    static PartitionSet known(List<TopicPartition> named, ClusterImage image) {
        PartitionSet.Builder known = new PartitionSet.Builder();
        for (TopicPartition one : named) {
            TopicImage topic = image.topics().get(one.topic());
            if (topic != null
                    && one.partition() >= 0
                    && one.partition() < topic.partitions().size()) {
                known.add(topic.id(), one.partition());
            }
        }
        return known.build();
    }

    private static void partitions(ByteBuffer from, List<TopicPartition> to) {
        int topics = from.getInt();
        for (int i = 0; i < topics; i++) {
            String name = text(from);
            int count = from.getInt();
            for (int j = 0; j < count; j++) {
                to.add(new TopicPartition(name, from.getInt()));
            }
        }
    }

    private static String text(ByteBuffer from) {
        byte[] bytes = new byte[bounded(from.getShort(), from)];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void skipUserData(ByteBuffer from) {
        int length = from.getInt();
        if (length > 0) {
            from.position(from.position() + bounded(length, from));
        }
    }

    private static int bounded(int length, ByteBuffer from) {
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        return length;
    }
}
