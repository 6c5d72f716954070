package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.records.Position;
import io.sluice.cli.records.Span;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Has the queues of a group begin anew somewhere else. */
@Command(
        name = "reset",
        description = {
            "Have queues of a group that has no members begin at a position: all that lies behind it is"
                    + " delivered again, nothing before it is, and what is known of either is forgotten.",
            "",
            "To have a part delivered again while members work, see 'sluice queue replay'."
        },
        footer = {
            "  sluice queue reset --topic orders --group packers --to earliest --dry-run",
            "  sluice queue reset --topic orders --group packers --to 2026-11-20T08:00"
        })
final class QueueReset extends BrokerCommand {

    @Mixin private QueueParts queue = new QueueParts();

    @Option(
            names = "--to",
            paramLabel = "POSITION",
            required = true,
            converter = PositionConverter.class,
            description =
                    "earliest, latest, an offset, a time such as 2026-11-20T08:00, or -N for N before the"
                            + " end.")
    private Position to = new Position.Latest();

    @Option(names = "--dry-run", description = "Tell where they would begin, and change nothing.")
    private boolean dry;

    @Override
    public Integer call() {
        Map<TopicPartition, Long> wanted =
                new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));
        try (Cluster cluster = cluster()) {
            wanted.putAll(
                    Span.resolve(cluster, queue.partitions(cluster), to, Optional.empty()).from());
            if (!dry) {
                change(cluster, wanted);
            }
        }
        print(wanted);
        return OK;
    }

    private void change(Cluster cluster, Map<TopicPartition, Long> wanted) {
        try {
            Cluster.await(cluster.admin().alterShareGroupOffsets(queue.group(), wanted).all());
        } catch (GroupNotEmptyException e) {
            throw new Failure(
                    "'%s' has members, which would go on where they are: stop them first, or use 'sluice queue replay'."
                            .formatted(queue.group()),
                    e);
        }
    }

    private void print(Map<TopicPartition, Long> wanted) {
        if (json()) {
            List<Object> list = new ArrayList<>();
            wanted.forEach((at, offset) ->
                    list.add(Json.object("partition", at.partition(), "start", offset)));
            Json.print(
                    terminal().out(),
                    Json.object(
                            "topic",
                            queue.topic(),
                            "group",
                            queue.group(),
                            "dryRun",
                            dry,
                            "starts",
                            list));
            return;
        }
        Table table = new Table("TOPIC", "PARTITION", dry ? "WOULD BEGIN AT" : "BEGINS AT");
        table.right(1, 2);
        wanted.forEach((at, offset) -> table.row(queue.topic(), at.partition(), offset));
        table.print(terminal().out(), style());
    }
}
