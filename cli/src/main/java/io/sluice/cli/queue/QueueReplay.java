package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Reading;
import io.sluice.cli.records.Span;
import io.sluice.cli.terminal.Json;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has records delivered again that a queue has done. */
@Command(
        name = "replay",
        description = {
            "Have records delivered again that the group has done: those between two positions, with"
                    + " a key, with a header.",
            "",
            "They are delivered as if they never had been, by the queue they were in; nothing is copied,"
                    + " and members need not stop. What is not done stays as it is."
        },
        footer = {
            "  sluice queue replay --topic orders --group packers --key 4711 --dry-run",
            "  sluice queue replay -t orders -g packers --from 2026-11-20T08:00 --until 2026-11-20T09:00",
            "  sluice queue replay -t orders -g packers -p 0 --from 4711 --until 4712"
        })
final class QueueReplay extends BrokerCommand {

    @Mixin private QueueSelection selection = new QueueSelection();

    @Option(names = "--dry-run", description = "Tell how many records that is, and change nothing.")
    private boolean dry;

    private long records;

    @Override
    public Integer call() {
        Map<Integer, Long> byPartition = new TreeMap<>();
        try (Cluster cluster = cluster()) {
            Span span = selection.span(cluster);
            span.from()
                    .forEach((at, from) -> {
                        long until = span.until().orElseThrow().getOrDefault(at, 0L);
                        records = 0;
                        if (from < until) {
                            replay(at, from, until);
                        }
                        byPartition.put(at.partition(), records);
                    });
        }
        long all = byPartition.values().stream().mapToLong(Long::longValue).sum();
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object("replayed", all, "partitions", byPartition, "dryRun", dry));
        } else {
            terminal()
                    .out()
                    .printf(
                            "%s again: %d record%s.%n",
                            dry ? "Would be delivered" : "To be delivered",
                            all,
                            all == 1 ? "" : "s");
        }
        return OK;
    }

    private void replay(TopicPartition at, long from, long until) {
        Map<String, String> values = selection.values();
        if (dry) {
            values.put("state", "done");
        } else {
            values.put("id", UUID.randomUUID().toString());
            values.put("from", Long.toString(from));
            values.put("to", Long.toString(until));
        }
        Reading.view(
                clientConfig(),
                Reading.view(dry ? "queue" : "replay", values),
                Map.of(at, from),
                Map.of(at, until),
                record -> {
                    records++;
                    return true;
                });
    }
}
