package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupReply.ListedGroup;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.LocalEnds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Tells of the groups that this broker coordinates. How far a group is behind is told for
 * partitions that have a replica on this broker: of others their end is not known here.
 */
public final class GroupMetrics implements MetricSource {

    /** Groups with a lag of their own, by name. */
    static final int MAX_GROUPS = 200;

    /** Lags in all, each a group and a topic. */
    static final int MAX_LAGS = 1_000;

    private final GroupServices groups;
    private final Partitions partitions;

    private record Shape(String type, String state) {}

    private record Position(TopicPartition partition, long offset) {}

    private record Read(String group, List<Position> positions) {}

    public GroupMetrics(GroupServices groups, Partitions partitions) {
        this.groups = groups;
        this.partitions = partitions;
    }

    @Override
    public void collect(MetricSink sink) {
        List<ListedGroup> all = new ArrayList<>();
        groups.askAll(new GroupCommand.ListAll(), GroupReply.Listed.class, partitions)
                .forEach(listed -> all.addAll(listed.groups()));
        all.sort(Comparator.comparing(ListedGroup::group));
        tellStates(all, sink);
        List<ListedGroup> told = all.subList(0, Math.min(MAX_GROUPS, all.size()));
        sink.gauge(
                "sluice_groups_left_out",
                "Groups without figures of their own: there are more than " + MAX_GROUPS + ".",
                all.size() - told.size());
        tellLags(told, sink);
        groups.host().metrics().collect(sink);
    }

    private static void tellStates(List<ListedGroup> all, MetricSink sink) {
        Map<Shape, Integer> counts = new HashMap<>();
        Map<String, Integer> members = new HashMap<>();
        for (ListedGroup group : all) {
            String type = group.type().shown();
            counts.merge(new Shape(type, group.state().shown()), 1, Integer::sum);
            members.merge(type, group.members(), Integer::sum);
        }
        counts.forEach((shape, count) ->
                sink.gauge(
                        "sluice_groups",
                        "Groups that this broker coordinates.",
                        count,
                        "type",
                        shape.type(),
                        "state",
                        shape.state()));
        members.forEach((type, count) ->
                sink.gauge(
                        "sluice_group_members",
                        "Members of the groups that this broker coordinates.",
                        count,
                        "type",
                        type));
    }

    private void tellLags(List<ListedGroup> told, MetricSink sink) {
        List<Read> reads = positions(told);
        Map<TopicPartition, Long> ends = ends(reads);
        int left = MAX_LAGS;
        for (Read read : reads) {
            SortedMap<String, Long> lags = new TreeMap<>();
            int unknown = 0;
            for (Position position : read.positions) {
                Long end = ends.get(position.partition);
                if (end == null) {
                    unknown++;
                } else {
                    lags.merge(
                            position.partition.topic(),
                            Math.max(0L, end - position.offset),
                            Long::sum);
                }
            }
            for (Map.Entry<String, Long> lag : lags.entrySet()) {
                if (left > 0) {
                    left--;
                    sink.gauge(
                            "sluice_group_lag_records",
                            "Offsets between what a group committed and what is readable, summed"
                                    + " over the partitions of a topic.",
                            lag.getValue(),
                            "group",
                            read.group,
                            "topic",
                            lag.getKey());
                }
            }
            if (unknown > 0) {
                sink.gauge(
                        "sluice_group_lag_unknown_partitions",
                        "Partitions that a group has offsets of and this broker no replica of; they"
                                + " are not in its lag.",
                        unknown,
                        "group",
                        read.group);
            }
        }
    }

    private List<Read> positions(List<ListedGroup> told) {
        Gathering<Read> gathering = new Gathering<>();
        for (ListedGroup group : told) {
            String name = group.group();
            Partition home =
                    partitions.find(
                            new TopicPartition(
                                    GroupServices.TOPIC, groups.topic().partitionOf(name)));
            if (home != null) {
                gathering.ask(answer ->
                        groups.ask(
                                name,
                                new GroupCommand.Fetch(
                                        name, Optional.empty(), Optional.empty(), false),
                                home.loop(),
                                reply -> answer.accept(read(name, reply))));
            }
        }
        List<Read> reads = new ArrayList<>(gathering.await());
        reads.sort(Comparator.comparing(Read::group));
        return reads;
    }

    private static Read read(String group, Reply<GroupReply> reply) {
        List<Position> positions = new ArrayList<>();
        if (reply instanceof Reply.Answered<GroupReply>(GroupReply.Fetched fetched)) {
            fetched.offsets()
                    .forEach((partition, committed) ->
                            positions.add(new Position(partition, committed.offset())));
        }
        return new Read(group, positions);
    }

    /** The readable ends of those that are wanted and here. */
    private Map<TopicPartition, Long> ends(List<Read> reads) {
        Map<TopicPartition, Partition> here = new HashMap<>();
        for (Read read : reads) {
            for (Position position : read.positions) {
                Partition partition = partitions.find(position.partition);
                if (partition != null) {
                    here.put(position.partition, partition);
                }
            }
        }
        return LocalEnds.of(here.values());
    }
}
