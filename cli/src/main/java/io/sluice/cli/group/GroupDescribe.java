package io.sluice.cli.group;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a group has read, how far it is behind, and who its members are. */
@Command(
        name = "describe",
        description = {
            "Show a group: its state, the offset and the lag of every partition with the member that"
                    + " reads it, and its members."
        },
        footer = {
            "  sluice group describe billing",
            "  sluice group describe billing --members",
            "  sluice group describe billing --json | jq '[.offsets[].lag] | add'"
        })
final class GroupDescribe extends BrokerCommand {

    private static final String NONE = "-";

    /**
     * One partition that was committed or is read.
     *
     * @param committed of a share group the first record that is not done
     * @param lag of a share group the records that are not done
     */
    private record Row(
            TopicPartition partition,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable Long lag,
            List<GroupView.Member> members) {

        /** The one that reads it; nothing if several share it. */
        GroupView.@Nullable Member member() {
            return members.size() == 1 ? members.getFirst() : null;
        }

        String client() {
            GroupView.Member one = member();
            return one != null
                    ? one.client()
                    : members.isEmpty() ? NONE : members.size() + " members";
        }
    }

    @Parameters(paramLabel = "GROUP", description = "The group's name.")
    private String name = "";

    @Option(names = "--members", description = "Show the members with what they read.")
    private boolean members;

    @Override
    public Integer call() {
        GroupView group;
        List<Row> rows;
        try (Cluster cluster = cluster()) {
            group = Groups.describe(cluster, name);
            rows = rows(cluster, group);
        }
        if (json()) {
            printJson(group, rows);
        } else {
            printHead(group, rows);
            if (members) {
                printMembers(group);
            } else {
                printOffsets(group, rows);
            }
        }
        return OK;
    }

    private List<Row> rows(Cluster cluster, GroupView group) {
        boolean shared = group.type() == GroupType.SHARE;
        Map<TopicPartition, SharePartitionOffsetInfo> queues =
                shared ? Groups.queues(cluster, name) : Map.of();
        Map<TopicPartition, Long> committed = new HashMap<>();
        queues.forEach((partition, info) -> committed.put(partition, info.startOffset()));
        if (!shared) {
            committed.putAll(Groups.committed(cluster, name));
        }
        Map<TopicPartition, List<GroupView.Member>> readers = new HashMap<>();
        for (GroupView.Member member : group.members()) {
            for (TopicPartition partition : member.reads()) {
                readers.computeIfAbsent(partition, any -> new ArrayList<>()).add(member);
            }
        }
        TreeSet<TopicPartition> all = new TreeSet<>(Groups.ORDER);
        all.addAll(committed.keySet());
        all.addAll(readers.keySet());
        Map<TopicPartition, Long> ends = Groups.ends(cluster, all);
        List<Row> rows = new ArrayList<>();
        for (TopicPartition partition : all) {
            Long from = committed.get(partition);
            Long end = ends.get(partition);
            SharePartitionOffsetInfo queue = queues.get(partition);
            rows.add(
                    new Row(
                            partition,
                            from,
                            end,
                            queue == null ? distance(from, end) : queue.lag().orElse(null),
                            readers.getOrDefault(partition, List.of())));
        }
        return rows;
    }

    private static @Nullable Long distance(@Nullable Long from, @Nullable Long end) {
        return from == null || end == null ? null : Math.max(0, end - from);
    }

    private static long totalLag(List<Row> rows) {
        long total = 0;
        for (Row row : rows) {
            Long lag = row.lag();
            total += lag == null ? 0 : lag;
        }
        return total;
    }

    private void printHead(GroupView group, List<Row> rows) {
        terminal()
                .out()
                .printf(
                        "%s  %s, %s, %s, lag %s%n",
                        style().bold(name),
                        group.state(),
                        group.assignor().isEmpty()
                                ? group.type().toString().toLowerCase(java.util.Locale.ROOT)
                                : group.assignor(),
                        group.members().size() == 1
                                ? "1 member"
                                : group.members().size() + " members",
                        Units.count(totalLag(rows)));
    }

    private void printOffsets(GroupView group, List<Row> rows) {
        if (rows.isEmpty()) {
            terminal().out().println("Nothing is committed and nothing is read.");
            return;
        }
        Table table =
                new Table(
                                "TOPIC",
                                "PARTITION",
                                group.type() == GroupType.SHARE ? "BEGINS AT" : "COMMITTED",
                                "END",
                                "LAG",
                                "CLIENT",
                                "HOST")
                        .right(1, 2, 3, 4);
        for (Row row : rows) {
            GroupView.Member member = row.member();
            Long lag = row.lag();
            table.row(
                    row.partition().topic(),
                    row.partition().partition(),
                    orNone(row.committed()),
                    orNone(row.end()),
                    lag == null ? NONE : Units.count(lag),
                    row.client(),
                    member == null ? NONE : member.host());
        }
        table.print(terminal().out(), style());
    }

    private void printMembers(GroupView group) {
        if (group.members().isEmpty()) {
            terminal().out().println("The group has no members.");
            return;
        }
        Table table = new Table("MEMBER", "INSTANCE", "CLIENT", "HOST", "READS");
        for (GroupView.Member member : group.members()) {
            table.row(
                    member.id(),
                    orNone(member.instance()),
                    member.client(),
                    member.host(),
                    reads(member));
        }
        table.print(terminal().out(), style());
    }

    /** Partitions by topic, as {@code orders 0,1,2}. */
    private static String reads(GroupView.Member member) {
        Map<String, List<Integer>> byTopic =
                member.reads().stream()
                        .collect(
                                Collectors.groupingBy(
                                        TopicPartition::topic,
                                        java.util.TreeMap::new,
                                        Collectors.mapping(
                                                TopicPartition::partition, Collectors.toList())));
        return byTopic.isEmpty()
                ? NONE
                : byTopic.entrySet().stream()
                        .map(entry ->
                                entry.getKey()
                                        + " "
                                        + entry.getValue().stream()
                                                .map(String::valueOf)
                                                .collect(Collectors.joining(",")))
                        .collect(Collectors.joining("; "));
    }

    private static String orNone(@Nullable Object value) {
        return value == null ? NONE : value.toString();
    }

    private void printJson(GroupView group, List<Row> rows) {
        List<Object> offsets = new ArrayList<>();
        for (Row row : rows) {
            GroupView.Member member = row.member();
            offsets.add(
                    Json.object(
                            "topic", row.partition().topic(),
                            "partition", row.partition().partition(),
                            "committed", row.committed(),
                            "end", row.end(),
                            "lag", row.lag(),
                            "member", member == null ? null : member.id()));
        }
        List<Object> all = new ArrayList<>();
        for (GroupView.Member member : group.members()) {
            all.add(
                    Json.object(
                            "member", member.id(),
                            "instance", member.instance(),
                            "client", member.client(),
                            "host", member.host(),
                            "reads",
                                    member.reads().stream()
                                            .map(partition ->
                                                    Json.object(
                                                            "topic",
                                                            partition.topic(),
                                                            "partition",
                                                            partition.partition()))
                                            .toList()));
        }
        Json.print(
                terminal().out(),
                Json.object(
                        "group", name,
                        "type", group.type().toString(),
                        "state", group.state(),
                        "assignor", group.assignor(),
                        "coordinator", group.coordinator(),
                        "lag", totalLag(rows),
                        "offsets", offsets,
                        "members", all));
    }
}
