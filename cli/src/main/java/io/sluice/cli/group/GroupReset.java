package io.sluice.cli.group;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Selection;
import io.sluice.cli.records.Position;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves the committed offsets of a group, or where the queues of a share group begin. */
@Command(
        name = "reset",
        description = {
            "Move the committed offsets of a group that has no members, or the beginning of a share"
                    + " group's queues: what lies behind it is delivered again.",
            "",
            "It shows what would change and changes nothing, until --execute is given. Offsets outside"
                    + " a partition are moved to its nearest end."
        },
        footer = {
            "  sluice group reset billing --topic orders --to earliest",
            "  sluice group reset billing --topic orders --to 2026-11-20T08:00 --execute",
            "  sluice group reset billing --by -100 --execute      100 back, in every partition",
            "  sluice group reset billing --file offsets.csv       topic,partition,offset a line"
        })
final class GroupReset extends BrokerCommand {

    /** Where to; exactly one is given. */
    private static final class Target {
        @Option(
                names = "--to",
                paramLabel = "POSITION",
                required = true,
                description = {
                    "earliest, latest, an offset, a time such as 2026-11-20T08:00, or -N for N before"
                            + " the end."
                })
        private @Nullable String to;

        @Option(
                names = "--by",
                paramLabel = "N",
                required = true,
                description = "Move by N from what is committed; negative goes back.")
        private @Nullable Long by;

        @Option(
                names = "--file",
                paramLabel = "FILE",
                required = true,
                description = "Take topic,partition,offset from every line of a file.")
        private @Nullable Path file;
    }

    @Parameters(paramLabel = "GROUP", description = "The group's name.")
    private String name = "";

    @ArgGroup(multiplicity = "1")
    private Target target = new Target();

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "Only this topic; repeatable. By default every topic with an offset.")
    private List<String> topics = List.of();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition of the topic; repeatable.")
    private List<Integer> partitions = List.of();

    @Option(names = "--execute", description = "Do it.")
    private boolean execute;

    @Override
    public Integer call() throws IOException {
        if (!partitions.isEmpty() && topics.size() != 1) {
            throw badUsage("--partition needs one --topic.");
        }
        SortedMap<TopicPartition, Long> committed;
        SortedMap<TopicPartition, Long> wanted;
        try (Cluster cluster = cluster()) {
            boolean shared = Groups.isShare(cluster, name);
            committed = shared ? begins(cluster) : Groups.committed(cluster, name);
            wanted = wanted(cluster, committed);
            if (wanted.isEmpty()) {
                throw new Failure(
                        "nothing is committed for '"
                                + name
                                + "': name the topics with --topic, or see 'sluice group list'.");
            }
            if (execute && shared) {
                changeQueues(cluster, wanted);
            } else if (execute) {
                change(cluster, wanted);
            }
        }
        print(committed, wanted);
        return OK;
    }

    /** Where the queues of a share group begin. */
    private SortedMap<TopicPartition, Long> begins(Cluster cluster) {
        SortedMap<TopicPartition, Long> offsets = new TreeMap<>(Groups.ORDER);
        Groups.queues(cluster, name)
                .forEach((partition, info) -> offsets.put(partition, info.startOffset()));
        return offsets;
    }

    private SortedMap<TopicPartition, Long> wanted(
            Cluster cluster, SortedMap<TopicPartition, Long> committed) throws IOException {
        SortedMap<TopicPartition, Long> offsets = new TreeMap<>(Groups.ORDER);
        if (target.file != null) {
            offsets.putAll(read(target.file));
        } else {
            List<TopicPartition> chosen = chosen(cluster, committed);
            if (chosen.isEmpty()) {
                return offsets;
            }
            offsets.putAll(
                    target.by == null
                            ? positions(cluster, chosen, String.valueOf(target.to))
                            : moved(chosen, committed, target.by));
        }
        clampInside(cluster, offsets);
        return offsets;
    }

    private List<TopicPartition> chosen(
            Cluster cluster, SortedMap<TopicPartition, Long> committed) {
        if (topics.isEmpty()) {
            return List.copyOf(committed.keySet());
        }
        List<TopicPartition> chosen = new ArrayList<>();
        for (String topic : topics) {
            chosen.addAll(Selection.of(Cluster.partitions(cluster.topic(topic)), partitions));
        }
        return chosen;
    }

    private Map<TopicPartition, Long> positions(
            Cluster cluster, Collection<TopicPartition> chosen, String text) {
        Position position =
                Position.parse(text, ZoneId.systemDefault())
                        .orElseThrow(() ->
                                badUsage(
                                        "--to is '"
                                                + text
                                                + "': write earliest, latest, an offset, -N or a"
                                                + " time such as 2026-11-20T08:00."));
        return switch (position) {
            case Position.Earliest start -> cluster.offsets(chosen, OffsetSpec.earliest());
            case Position.Latest end -> cluster.offsets(chosen, OffsetSpec.latest());
            case Position.AtOffset at -> {
                Map<TopicPartition, Long> offsets = new HashMap<>();
                chosen.forEach(partition -> offsets.put(partition, at.offset()));
                yield offsets;
            }
            case Position.BeforeEnd last -> {
                Map<TopicPartition, Long> offsets = new HashMap<>();
                cluster.offsets(chosen, OffsetSpec.latest())
                        .forEach((partition, end) ->
                                offsets.put(partition, Math.max(0, end - last.records())));
                yield offsets;
            }
            case Position.AtTime at -> {
                Map<TopicPartition, Long> ends = cluster.offsets(chosen, OffsetSpec.latest());
                Map<TopicPartition, Long> offsets = new HashMap<>();
                cluster.offsets(chosen, OffsetSpec.forTimestamp(at.time().toEpochMilli()))
                        .forEach((partition, offset) ->
                                // Nothing that late: the end.
                                offsets.put(
                                        partition,
                                        offset < 0 ? ends.getOrDefault(partition, 0L) : offset));
                yield offsets;
            }
        };
    }

    private Map<TopicPartition, Long> moved(
            List<TopicPartition> chosen, Map<TopicPartition, Long> committed, long by) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (TopicPartition partition : chosen) {
            Long from = committed.get(partition);
            if (from == null) {
                throw new Failure(
                        "partition "
                                + partition.partition()
                                + " of '"
                                + partition.topic()
                                + "' has no committed offset to move from: use --to.");
            }
            offsets.put(partition, Math.max(0, from + by));
        }
        return offsets;
    }

    private Map<TopicPartition, Long> read(Path file) throws IOException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] fields = line.split(",", -1);
            try {
                // Topic names hold no comma.
                offsets.put(
                        new TopicPartition(
                                fields[0].strip().replace("\"", ""),
                                Integer.parseInt(fields[1].strip())),
                        Long.parseLong(fields[2].strip()));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new Failure(
                        "line "
                                + number
                                + " of "
                                + file
                                + " is '"
                                + line
                                + "': write topic,partition,offset.",
                        e);
            }
        }
        return offsets;
    }

    private static void clampInside(Cluster cluster, Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, Long> earliest =
                cluster.offsets(offsets.keySet(), OffsetSpec.earliest());
        Map<TopicPartition, Long> latest = cluster.offsets(offsets.keySet(), OffsetSpec.latest());
        offsets.replaceAll((partition, offset) ->
                Math.clamp(
                        offset,
                        earliest.getOrDefault(partition, 0L),
                        latest.getOrDefault(partition, Long.MAX_VALUE)));
    }

    private void change(Cluster cluster, Map<TopicPartition, Long> wanted) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        wanted.forEach(
                (partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        try {
            Cluster.await(cluster.admin().alterConsumerGroupOffsets(name, offsets).all());
        } catch (UnknownMemberIdException e) {
            throw hasMembers(e);
        }
    }

    private void changeQueues(Cluster cluster, Map<TopicPartition, Long> wanted) {
        try {
            Cluster.await(cluster.admin().alterShareGroupOffsets(name, wanted).all());
        } catch (GroupNotEmptyException e) {
            throw hasMembers(e);
        }
    }

    private Failure hasMembers(Exception cause) {
        return new Failure(
                "'"
                        + name
                        + "' has members, which would go on where they are: stop them first"
                        + " ('sluice group describe "
                        + name
                        + " --members' shows them).",
                cause);
    }

    private void print(
            SortedMap<TopicPartition, Long> committed, SortedMap<TopicPartition, Long> wanted) {
        if (json()) {
            List<Object> list = new ArrayList<>();
            wanted.forEach((partition, offset) ->
                    list.add(
                            Json.object(
                                    "topic", partition.topic(),
                                    "partition", partition.partition(),
                                    "before", committed.get(partition),
                                    "after", offset)));
            Json.print(
                    terminal().out(),
                    Json.object("group", name, "executed", execute, "offsets", list));
            return;
        }
        Table table = new Table("TOPIC", "PARTITION", "BEFORE", "AFTER").right(1, 2, 3);
        wanted.forEach((partition, offset) -> {
            Long before = committed.get(partition);
            table.row(
                    partition.topic(),
                    partition.partition(),
                    before == null ? "-" : before.toString(),
                    offset);
        });
        table.print(terminal().out(), style());
        if (!execute) {
            terminal().out().println("Nothing was changed: --execute does it.");
        }
    }
}
