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

    /** One partition that was committed or is read. */
    private record Row(
            TopicPartition partition,
            @Nullable Long committed,
            @Nullable Long end,
            GroupView.@Nullable Member member) {

        @Nullable Long lag() {
            return committed == null || end == null ? null : Math.max(0, end - committed);
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
                printOffsets(rows);
            }
        }
        return OK;
    }

    private List<Row> rows(Cluster cluster, GroupView group) {
        Map<TopicPartition, Long> committed = Groups.committed(cluster, name);
        Map<TopicPartition, GroupView.Member> readers = new HashMap<>();
        for (GroupView.Member member : group.members()) {
            member.reads().forEach(partition -> readers.put(partition, member));
        }
        TreeSet<TopicPartition> all = new TreeSet<>(Groups.ORDER);
        all.addAll(committed.keySet());
        all.addAll(readers.keySet());
        Map<TopicPartition, Long> ends = Groups.ends(cluster, all);
        List<Row> rows = new ArrayList<>();
        for (TopicPartition partition : all) {
            rows.add(
                    new Row(
                            partition,
                            committed.get(partition),
                            ends.get(partition),
                            readers.get(partition)));
        }
        return rows;
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

    private void printOffsets(List<Row> rows) {
        if (rows.isEmpty()) {
            terminal().out().println("Nothing is committed and nothing is read.");
            return;
        }
        Table table =
                new Table("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT", "HOST")
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
                    member == null ? NONE : member.client(),
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
