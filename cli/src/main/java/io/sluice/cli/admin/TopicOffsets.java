package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows what a topic holds. */
@Command(
        name = "offsets",
        description = {
            "Show the first and the next offset of every partition, and its size on the leader's disk."
        },
        footer = {
            "  sluice topic offsets orders",
            "  sluice topic offsets orders --json | jq 'map(.latest - .earliest) | add'"
        })
final class TopicOffsets extends BrokerCommand {

    private record Row(int partition, long earliest, long latest, long bytes) {
        long records() {
            return latest - earliest;
        }
    }

    @Parameters(paramLabel = "NAME", description = "The topic's name.")
    private String name = "";

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            TopicDescription topic = cluster.topic(name);
            List<TopicPartition> partitions = Cluster.partitions(topic);
            Map<TopicPartition, Long> earliest = cluster.offsets(partitions, OffsetSpec.earliest());
            Map<TopicPartition, Long> latest = cluster.offsets(partitions, OffsetSpec.latest());
            Map<Integer, Long> sizes = sizes(cluster, topic);
            List<Row> rows = new ArrayList<>();
            for (TopicPartition partition : partitions) {
                rows.add(
                        new Row(
                                partition.partition(),
                                earliest.getOrDefault(partition, -1L),
                                latest.getOrDefault(partition, -1L),
                                sizes.getOrDefault(partition.partition(), 0L)));
            }
            if (json()) {
                printJson(rows);
            } else {
                printTable(rows);
            }
        }
        return OK;
    }

    private static Map<Integer, Long> sizes(Cluster cluster, TopicDescription topic) {
        Set<Integer> leaders = new TreeSet<>();
        Map<Integer, Integer> leaderOf = new HashMap<>();
        for (TopicPartitionInfo partition : topic.partitions()) {
            int leader = TopicHealth.leaderId(partition);
            if (leader != Node.noNode().id()) {
                leaders.add(leader);
                leaderOf.put(partition.partition(), leader);
            }
        }
        Map<Integer, Long> sizes = new HashMap<>();
        Cluster.await(cluster.admin().describeLogDirs(leaders).allDescriptions())
                .forEach((broker, folders) -> {
                    for (LogDirDescription folder : folders.values()) {
                        folder.replicaInfos()
                                .forEach((partition, replica) -> {
                                    if (partition.topic().equals(topic.name())
                                            && broker.equals(leaderOf.get(partition.partition()))
                                            && !replica.isFuture()) {
                                        sizes.put(partition.partition(), replica.size());
                                    }
                                });
                    }
                });
        return sizes;
    }

    private void printJson(List<Row> rows) {
        List<Object> list = new ArrayList<>();
        for (Row row : rows) {
            list.add(
                    Json.object(
                            "partition", row.partition(),
                            "earliest", row.earliest(),
                            "latest", row.latest(),
                            "bytes", row.bytes()));
        }
        Json.print(terminal().out(), list);
    }

    private void printTable(List<Row> rows) {
        Table table =
                new Table("PARTITION", "EARLIEST", "LATEST", "OFFSETS", "SIZE")
                        .right(0, 1, 2, 3, 4);
        long offsets = 0;
        long bytes = 0;
        for (Row row : rows) {
            table.row(
                    row.partition(),
                    row.earliest(),
                    row.latest(),
                    Units.count(row.records()),
                    Units.size(row.bytes()));
            offsets += row.records();
            bytes += row.bytes();
        }
        if (rows.size() > 1) {
            table.row(style()::bold, "all", "", "", Units.count(offsets), Units.size(bytes));
        }
        table.print(terminal().out(), style());
    }
}
