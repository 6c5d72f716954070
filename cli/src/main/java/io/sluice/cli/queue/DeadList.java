package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists dead letters. */
@Command(
        name = "list",
        aliases = "ls",
        description = "List dead letters: where each is, where it was, and why it is dead.",
        footer = {
            "  sluice queue dead list dlq.orders",
            "  sluice queue dead list dlq.orders --reason rejected --since 2026-11-20T08:00",
            "  sluice queue dead list dlq.orders --header tenant=acme --json"
        })
final class DeadList extends BrokerCommand {

    @Parameters(
            paramLabel = "TOPIC",
            arity = "0..1",
            description = "The topic of dead letters; not needed with --group.")
    private @Nullable String topic;

    @Mixin private LetterFilter filter = new LetterFilter();

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            defaultValue = "100",
            description = "Stop after N letters (${DEFAULT-VALUE}).")
    private int count;

    @Override
    public Integer call() {
        List<Letter> found = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            Letters.read(
                    cluster,
                    Letters.topic(cluster, topic, filter.group()),
                    clientConfig(),
                    letter -> {
                        if (filter.takes(letter)) {
                            found.add(letter);
                        }
                        return found.size() <= count;
                    });
        }
        List<Letter> shown = found.subList(0, Math.min(count, found.size()));
        if (json()) {
            Json.print(terminal().out(), shown.stream().map(DeadList::json).toList());
            return OK;
        }
        if (shown.isEmpty()) {
            terminal().out().println("There are no such letters.");
            return OK;
        }
        Table table = new Table("LETTER", "RECORD", "GROUP", "REASON", "DELIVERIES", "TIME", "KEY");
        table.right(4);
        for (Letter letter : shown) {
            String key = letter.key();
            table.row(
                    letter.place(),
                    letter.source(),
                    letter.group(),
                    letter.reason(),
                    letter.deliveries(),
                    letter.time(),
                    key == null ? "-" : key);
        }
        table.print(terminal().out(), style());
        if (found.size() > count) {
            terminal().err().println("There are more: give --count.");
        }
        return OK;
    }

    private static Object json(Letter letter) {
        return Json.object(
                "partition",
                letter.record().partition(),
                "offset",
                letter.record().offset(),
                "record",
                letter.source(),
                "group",
                letter.group(),
                "reason",
                letter.reason(),
                "deliveries",
                letter.deliveries(),
                "timestamp",
                letter.record().timestamp(),
                "redrives",
                letter.redrives(),
                "key",
                letter.key());
    }
}
