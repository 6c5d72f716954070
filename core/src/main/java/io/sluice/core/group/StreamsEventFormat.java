package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.group.StreamsMember.Endpoint;
import io.sluice.core.group.StreamsMember.Profile;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.Topology.Subtopology;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Events of groups whose tasks the broker assigns, as {@link GroupEventFormat} writes events.
 *
 * <pre>
 *  key:   kind int8 (5 group, 6 topology, 7 member), group, and for a member: its id
 *  value: version int8 (0), then
 *    group:    epoch int32, targetEpoch int32, basis int64, sinceMs int64
 *    topology: epoch int32, subtopologies int32 of id, sources, sinks, repartitions, changelogs,
 *              copartitioned int32 of topics
 *              (internal topics: int32 of name, partitions int32, replicationFactor int32, configs)
 *    member:   instanceId, rack, clientId, clientHost, rebalanceMs int32, topologyEpoch int32,
 *              processId, host (absent for no endpoint), port int32, tags;
 *              how far it has come ({@link StandingFormat}), target
 *    tasks:    active, standby, warmup: each int32 of subtopology, partition int32
 *    configs and tags: int32 of name, value
 * </pre>
 */
final class StreamsEventFormat {

    static final byte GROUP = 5;
    static final byte TOPOLOGY = 6;
    static final byte MEMBER = 7;

    private static final byte VERSION = 0;

    private StreamsEventFormat() {}

    static void key(GroupEvent.OfStreams event, EventWriter to) {
        switch (event) {
            case GroupEvent.StreamsGroupStored stored -> to.int8(GROUP).text(stored.group());
            case GroupEvent.StreamsGroupRemoved removed -> to.int8(GROUP).text(removed.group());
            case GroupEvent.StreamsTopologyStored stored -> to.int8(TOPOLOGY).text(stored.group());
            case GroupEvent.StreamsTopologyRemoved removed ->
                    to.int8(TOPOLOGY).text(removed.group());
            case GroupEvent.StreamsMemberStored stored ->
                    to.int8(MEMBER).text(stored.group()).text(stored.member().id());
            case GroupEvent.StreamsMemberRemoved removed ->
                    to.int8(MEMBER).text(removed.group()).text(removed.memberId());
        }
    }

    static byte @Nullable [] value(GroupEvent.OfStreams event) {
        return switch (event) {
            case GroupEvent.StreamsGroupStored stored ->
                    new EventWriter()
                            .int8(VERSION)
                            .int32(stored.epoch())
                            .int32(stored.targetEpoch())
                            .int64(stored.basis())
                            .int64(stored.sinceMs())
                            .bytes();
            case GroupEvent.StreamsTopologyStored stored -> topology(stored.topology());
            case GroupEvent.StreamsMemberStored stored -> member(stored.member());
            case GroupEvent.StreamsGroupRemoved removed -> null;
            case GroupEvent.StreamsTopologyRemoved removed -> null;
            case GroupEvent.StreamsMemberRemoved removed -> null;
        };
    }

    private static byte[] topology(Topology topology) {
        EventWriter to = new EventWriter().int8(VERSION).int32(topology.epoch());
        to.int32(topology.subtopologies().size());
        for (Subtopology one : topology.subtopologies()) {
            to.text(one.id()).texts(one.sources()).texts(one.sinks());
            internal(one.repartitions(), to);
            internal(one.changelogs(), to);
            to.int32(one.copartitioned().size());
            one.copartitioned().forEach(to::texts);
        }
        return to.bytes();
    }

    private static void internal(List<InternalTopic> topics, EventWriter to) {
        to.int32(topics.size());
        for (InternalTopic topic : topics) {
            to.text(topic.name()).int32(topic.partitions()).int32(topic.replicationFactor());
            pairs(topic.configs(), to);
        }
    }

    private static void pairs(SortedMap<String, String> pairs, EventWriter to) {
        to.int32(pairs.size());
        pairs.forEach((name, value) -> to.text(name).text(value));
    }

    private static byte[] member(StreamsMember member) {
        Profile profile = member.profile();
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .optional(member.instanceId())
                        .optional(profile.rack())
                        .text(profile.clientId())
                        .text(profile.clientHost())
                        .int32(profile.rebalanceMs())
                        .int32(profile.topologyEpoch())
                        .text(profile.processId())
                        .optional(profile.endpoint().map(Endpoint::host))
                        .int32(profile.endpoint().map(Endpoint::port).orElse(0));
        pairs(profile.tags(), to);
        StandingFormat.write(member.standing(), StreamsEventFormat::tasks, to);
        tasks(member.target(), to);
        return to.bytes();
    }

    private static void tasks(Tasks tasks, EventWriter to) {
        for (SortedSet<Task> some : List.of(tasks.active(), tasks.standby(), tasks.warmup())) {
            to.int32(some.size());
            some.forEach(task -> to.text(task.subtopology()).int32(task.partition()));
        }
    }

    static @Nullable GroupEvent group(String name, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.StreamsGroupRemoved(name);
        }
        EventReader from = new EventReader(value);
        return from.int8() != VERSION
                ? null
                : new GroupEvent.StreamsGroupStored(
                        name, from.int32(), from.int32(), from.int64(), from.int64());
    }

    static @Nullable GroupEvent topology(String name, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.StreamsTopologyRemoved(name);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        int epoch = from.int32();
        int count = from.count();
        List<Subtopology> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(
                    new Subtopology(
                            from.text(),
                            from.texts(),
                            from.texts(),
                            internal(from),
                            internal(from),
                            lists(from)));
        }
        return new GroupEvent.StreamsTopologyStored(name, new Topology(epoch, all));
    }

    private static List<InternalTopic> internal(EventReader from) throws RecordFormatException {
        int count = from.count();
        List<InternalTopic> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(new InternalTopic(from.text(), from.int32(), from.int32(), pairs(from)));
        }
        return all;
    }

    private static SortedMap<String, String> pairs(EventReader from) throws RecordFormatException {
        SortedMap<String, String> pairs = new TreeMap<>();
        int count = from.count();
        for (int i = 0; i < count; i++) {
            pairs.put(from.text(), from.text());
        }
        return pairs;
    }

    private static List<List<String>> lists(EventReader from) throws RecordFormatException {
        int count = from.count();
        List<List<String>> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(from.texts());
        }
        return all;
    }

    static @Nullable GroupEvent member(String group, String id, @Nullable ByteBuffer value)
            throws RecordFormatException {
        if (value == null) {
            return new GroupEvent.StreamsMemberRemoved(group, id);
        }
        EventReader from = new EventReader(value);
        if (from.int8() != VERSION) {
            return null;
        }
        Optional<String> instanceId = from.optional();
        Optional<String> rack = from.optional();
        String clientId = from.text();
        String clientHost = from.text();
        int rebalanceMs = from.int32();
        int topologyEpoch = from.int32();
        String processId = from.text();
        Optional<String> host = from.optional();
        int port = from.int32();
        Profile profile =
                new Profile(
                        rack,
                        clientId,
                        clientHost,
                        rebalanceMs,
                        topologyEpoch,
                        processId,
                        host.map(name -> new Endpoint(name, port)),
                        pairs(from));
        Standing<Tasks> standing = StandingFormat.read(StreamsEventFormat::tasks, from);
        return new GroupEvent.StreamsMemberStored(
                group, new StreamsMember(id, instanceId, profile, standing, tasks(from)));
    }

    private static Tasks tasks(EventReader from) throws RecordFormatException {
        return new Tasks(some(from), some(from), some(from));
    }

    private static SortedSet<Task> some(EventReader from) throws RecordFormatException {
        SortedSet<Task> some = new TreeSet<>();
        int count = from.count();
        for (int i = 0; i < count; i++) {
            String subtopology = from.text();
            int partition = from.int32();
            if (partition < 0 || partition > Task.MAX_PARTITION) {
                throw new RecordFormatException("partition " + partition);
            }
            some.add(new Task(subtopology, partition));
        }
        return some;
    }
}
