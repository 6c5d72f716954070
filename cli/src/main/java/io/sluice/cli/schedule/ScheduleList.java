package io.sluice.cli.schedule;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists messages that wait. */
@Command(
        name = "list",
        aliases = "ls",
        description = {
            "List messages that wait: which they are, and when they are due.",
            "",
            "In the order in which they were sent, or carried on."
        },
        footer = {
            "  sluice schedule list orders",
            "  sluice schedule list orders --partition 0 --count 1000 --json"
        })
final class ScheduleList extends BrokerCommand {

    @Parameters(paramLabel = "TOPIC", description = "Where they wait.")
    private String topic = "";

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition.")
    private @Nullable Integer partition;

    @Option(names = "--key", paramLabel = "TEXT", description = "Only messages with this key.")
    private @Nullable String key;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            defaultValue = "100",
            description = "Stop after N messages (${DEFAULT-VALUE}).")
    private int count;

    @Override
    public Integer call() {
        List<Waiting> found = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            List<TopicPartition> all = Cluster.partitions(cluster.topic(topic));
            if (partition != null) {
                new MessageId(partition, 0L).check(cluster, topic);
                all = List.of(new TopicPartition(topic, partition));
            }
            Waiting.read(
                    cluster,
                    clientConfig(),
                    all,
                    Map.of(),
                    message -> {
                        if (key == null || key.equals(message.key())) {
                            found.add(message);
                        }
                        return found.size() <= count;
                    });
        }
        List<Waiting> shown = found.subList(0, Math.min(count, found.size()));
        if (json()) {
            Json.print(terminal().out(), shown.stream().map(ScheduleList::json).toList());
            return OK;
        }
        if (shown.isEmpty()) {
            terminal().out().println("Nothing waits.");
            return OK;
        }
        print(shown);
        if (found.size() > count) {
            terminal().err().println("There are more: give --count.");
        }
        return OK;
    }

    private void print(List<Waiting> shown) {
        Table table = new Table("MESSAGE", "DUE", "IN", "KEY", "BYTES", "CRON");
        table.right(4);
        Instant now = Instant.now();
        for (Waiting message : shown) {
            long leftMs = Duration.between(now, message.due()).toMillis();
            String itsKey = message.key();
            String cron = message.cron();
            table.row(
                    message.id(),
                    message.due(),
                    leftMs <= 0 ? "now" : Units.duration(leftMs),
                    itsKey == null ? "-" : itsKey,
                    message.bytes(),
                    cron == null ? "-" : cron);
        }
        table.print(terminal().out(), style());
    }

    private static Object json(Waiting message) {
        return Json.object(
                "partition",
                message.id().partition(),
                "id",
                message.id().id(),
                "due",
                message.due().toEpochMilli(),
                "key",
                message.key(),
                "bytes",
                message.bytes(),
                "sent",
                message.record().timestamp(),
                "cron",
                message.cron());
    }
}
