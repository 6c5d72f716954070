package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Reading;
import io.sluice.cli.records.RecordText;
import io.sluice.cli.records.Span;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what is in a queue, and takes nothing. */
@Command(
        name = "browse",
        description = {
            "Show the records of a queue and where each stands, without taking them.",
            "",
            "A record is available, later (it waits for its time), held by a member, asked (what the"
                    + " member did with it), dead (its letter is being written) or done. Shown is all that is not done, unless --state says"
                    + " otherwise. Nothing of the queue changes."
        },
        footer = {
            "  sluice queue browse --topic orders --group packers",
            "  sluice queue browse --topic orders --group packers --state held,later",
            "  sluice queue browse -t orders -g packers --key 4711 --from 2026-11-20T08:00 --json"
        })
final class QueueBrowse extends BrokerCommand {

    private static final String OWN = "sluice-queue-";

    /** Where a record stands. */
    enum State {
        available,
        later,
        held,
        asked,
        dead,
        done
    }

    @Mixin private QueueSelection selection = new QueueSelection();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            split = ",",
            description = "Only records in this state: ${COMPLETION-CANDIDATES}; repeatable.")
    private List<State> states = List.of();

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "100",
            description = "Stop after N records (${DEFAULT-VALUE}).")
    private int limit;

    @Override
    public Integer call() {
        if (limit <= 0) {
            throw badUsage("--limit is " + limit + ": give a number above 0.");
        }
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        Map<String, String> values = selection.values();
        values.put(
                "state",
                String.join(",", states.stream().map(one -> name(one)).distinct().toList()));
        try (Cluster cluster = cluster()) {
            Span span = selection.span(cluster);
            Reading.view(
                    clientConfig(),
                    Reading.view("queue", values),
                    span.from(),
                    span.until().orElseThrow(),
                    record -> {
                        found.add(record);
                        return found.size() <= limit;
                    });
        }
        boolean more = found.size() > limit;
        List<ConsumerRecord<byte[], byte[]>> shown =
                new ArrayList<>(found.subList(0, Math.min(limit, found.size())));
        shown.sort(
                Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
                        .thenComparingLong(ConsumerRecord::offset));
        if (json()) {
            Json.print(terminal().out(), shown.stream().map(QueueBrowse::json).toList());
        } else {
            print(shown);
        }
        if (more) {
            terminal().err().println("There are more: give --limit.");
        }
        return OK;
    }

    private static String name(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private void print(List<ConsumerRecord<byte[], byte[]>> shown) {
        if (shown.isEmpty()) {
            terminal().out().println("There are no such records.");
            return;
        }
        Table table =
                new Table("RECORD", "STATE", "DELIVERIES", "UNTIL", "MEMBER", "TIME", "KEY")
                        .right(2);
        for (ConsumerRecord<byte[], byte[]> record : shown) {
            String until = own(record, "until");
            table.row(
                    record.partition() + ":" + record.offset(),
                    state(record),
                    known(own(record, "deliveries")),
                    time(until == null ? own(record, "from") : until),
                    known(own(record, "member")),
                    Instant.ofEpochMilli(record.timestamp()),
                    known(RecordText.of(record.key())));
        }
        table.print(terminal().out(), style());
    }

    private static String state(ConsumerRecord<byte[], byte[]> record) {
        String state = own(record, "state");
        if (state == null) {
            throw new Failure(
                    "the broker gave a plain record: it knows nothing of views, and is none of Sluice's.");
        }
        return state;
    }

    private static String known(@Nullable String value) {
        return value == null ? "-" : value;
    }

    private static String time(@Nullable String ms) {
        return ms == null ? "-" : Instant.ofEpochMilli(Long.parseLong(ms)).toString();
    }

    private static @Nullable String own(ConsumerRecord<byte[], byte[]> record, String name) {
        return RecordText.header(record, OWN + name);
    }

    private static @Nullable Long number(ConsumerRecord<byte[], byte[]> record, String name) {
        String text = own(record, name);
        return text == null ? null : Long.valueOf(text);
    }

    private static Object json(ConsumerRecord<byte[], byte[]> record) {
        return Json.object(
                "partition",
                record.partition(),
                "offset",
                record.offset(),
                "state",
                state(record),
                "deliveries",
                number(record, "deliveries"),
                "member",
                own(record, "member"),
                "lockedUntil",
                number(record, "until"),
                "notBefore",
                number(record, "from"),
                "timestamp",
                record.timestamp(),
                "key",
                RecordText.of(record.key()),
                "value",
                RecordText.of(record.value()));
    }
}
