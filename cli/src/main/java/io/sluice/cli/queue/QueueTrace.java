package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Reading;
import io.sluice.cli.records.RecordText;
import io.sluice.cli.records.TimeConverter;
import io.sluice.cli.terminal.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tells what happened to records of queues. */
@Command(
        name = "trace",
        description = {
            "Tell who got records of queues, from which address, when, and what came of it.",
            "",
            "The broker writes that down a moment later, and keeps it for a while"
                    + " (sluice.queue.ledger.retention.ms), unless the group's setting"
                    + " sluice.queue.ledger.enable is false."
        },
        footer = {
            "  sluice queue trace --topic orders --partition 0 --offset 4711",
            "  sluice queue trace --group packers --since 2026-11-20T08:00",
            "  sluice queue trace --topic orders --client worker-3 --json"
        })
final class QueueTrace extends BrokerCommand {

    private static final String LEDGER = "__sluice_ledger";

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "NAME",
            description = "Only records of this topic.")
    private @Nullable String topic;

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only records of this partition.")
    private @Nullable Integer partition;

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "N",
            description = "Only the record at this offset.")
    private @Nullable Long offset;

    @Option(
            names = {"-g", "--group"},
            paramLabel = "NAME",
            description = "Only queues of this share group.")
    private @Nullable String group;

    @Option(names = "--member", paramLabel = "ID", description = "Only what concerns this member.")
    private @Nullable String member;

    @Option(
            names = "--client",
            paramLabel = "ID",
            description = "Only what concerns members of this client id.")
    private @Nullable String client;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Only what happened at that time or later, such as 2026-11-20T08:00.")
    private @Nullable Instant since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Only what happened before that time.")
    private @Nullable Instant until;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "1000",
            description = "Stop after N events (${DEFAULT-VALUE}).")
    private int limit;

    /** Something that happened. */
    private record Event(JsonNode its) {

        String text(String name) {
            JsonNode value = its.get(name);
            return value == null ? "" : value.isString() ? value.stringValue() : value.toString();
        }

        long number(String name) {
            JsonNode value = its.get(name);
            return value == null ? 0 : value.longValue();
        }

        String known(String name) {
            String text = text(name);
            return text.isEmpty() ? "-" : text;
        }
    }

    @Override
    public Integer call() {
        if (limit <= 0) {
            throw badUsage("--limit is " + limit + ": give a number above 0.");
        }
        if (offset != null && (topic == null || partition == null)) {
            throw badUsage("--offset needs --topic and --partition.");
        }
        Set<JsonNode> found = new LinkedHashSet<>(); // what was written twice is there once
        try (Cluster cluster = cluster()) {
            if (cluster.topicNames(true).contains(LEDGER)) {
                read(cluster, found);
            }
        }
        List<Event> events = new ArrayList<>(found.stream().map(Event::new).toList());
        events.sort(Comparator.comparingLong(event -> event.number("time")));
        List<Event> shown = events.subList(0, Math.min(limit, events.size()));
        if (json()) {
            shown.forEach(event -> terminal().out().println(event.its));
        } else {
            print(shown);
        }
        if (events.size() > limit) {
            terminal().err().println("There are more: give --limit, or --since.");
        }
        return OK;
    }

    private void read(Cluster cluster, Set<JsonNode> found) {
        List<TopicPartition> partitions = Cluster.partitions(cluster.topic(LEDGER));
        Map<TopicPartition, Long> ends = cluster.offsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> starts =
                new HashMap<>(cluster.offsets(partitions, OffsetSpec.earliest()));
        if (since != null) { // it is written after it happened
            cluster.offsets(partitions, OffsetSpec.forTimestamp(since.toEpochMilli()))
                    .forEach((at, first) ->
                            starts.put(at, first < 0 ? ends.getOrDefault(at, 0L) : first));
        }
        JsonMapper mapper = JsonMapper.shared();
        Reading.view(
                clientConfig(),
                Reading.view("ledger", values()),
                starts,
                ends,
                record -> {
                    String.valueOf(RecordText.of(record.value()))
                            .lines()
                            .forEach(line -> found.add(mapper.readTree(line)));
                    return found.size() <= limit;
                });
    }

    private Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        put(values, "group", group);
        put(values, "topic", topic);
        put(values, "partition", partition);
        put(values, "offset", offset);
        put(values, "member", member);
        put(values, "client", client);
        put(values, "since", since == null ? null : since.toEpochMilli());
        put(values, "until", until == null ? null : until.toEpochMilli());
        return values;
    }

    private static void put(Map<String, String> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, value.toString());
        }
    }

    private void print(List<Event> shown) {
        if (shown.isEmpty()) {
            terminal().out().println("Nothing of that was taken down.");
            return;
        }
        Table table =
                new Table(
                                "TIME",
                                "EVENT",
                                "RECORDS",
                                "DELIVERY",
                                "GROUP",
                                "CLIENT",
                                "ADDRESS",
                                "MEMBER")
                        .right(3);
        for (Event event : shown) {
            long first = event.number("first");
            long last = event.number("last");
            table.row(
                    Instant.ofEpochMilli(event.number("time")),
                    event.text("event"),
                    "%s %s:%s"
                            .formatted(
                                    event.text("topic"),
                                    event.text("partition"),
                                    first == last ? first : first + "-" + last),
                    event.text("deliveries"),
                    event.text("group"),
                    event.known("client"),
                    event.known("address"),
                    event.known("member"));
        }
        table.print(terminal().out(), style());
    }
}
