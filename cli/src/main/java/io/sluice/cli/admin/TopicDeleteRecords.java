package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.Selection;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves the start of a topic's logs forward. */
@Command(
        name = "delete-records",
        aliases = "truncate",
        description = {
            "Delete the oldest records of a topic: all before an offset, or all there are. The records"
                    + " are gone for every reader at once; the disk space follows segment by segment."
        },
        footer = {
            "  sluice topic delete-records orders --before 1000 --partition 0",
            "  sluice topic truncate orders --before end"
        })
final class TopicDeleteRecords extends BrokerCommand {

    private static final String END = "end";

    @Parameters(paramLabel = "NAME", description = "The topic's name.")
    private String name = "";

    @Option(
            names = "--before",
            required = true,
            paramLabel = "OFFSET|end",
            description = "The first offset to keep; 'end' keeps nothing that is there now.")
    private String before = "";

    @Option(
            names = "--partition",
            paramLabel = "N",
            description = "Only in this partition; repeatable.")
    private List<Integer> partitions = List.of();

    @Override
    public Integer call() {
        // The protocol's sentinel for "the high watermark".
        long offset = before.equals(END) ? -1 : parseOffset();
        try (Cluster cluster = cluster()) {
            Map<TopicPartition, RecordsToDelete> question = new LinkedHashMap<>();
            for (TopicPartition partition :
                    Selection.of(Cluster.partitions(cluster.topic(name)), partitions)) {
                question.put(partition, RecordsToDelete.beforeOffset(offset));
            }
            var results = cluster.admin().deleteRecords(question).lowWatermarks();
            Map<TopicPartition, Long> starts = new LinkedHashMap<>();
            for (TopicPartition partition : question.keySet()) {
                try {
                    starts.put(partition, Cluster.await(results.get(partition)).lowWatermark());
                } catch (OffsetOutOfRangeException e) {
                    throw new Failure(
                            "offset "
                                    + before
                                    + " is beyond the end of partition "
                                    + partition.partition()
                                    + " of '"
                                    + name
                                    + "': 'sluice topic offsets "
                                    + name
                                    + "' shows the bounds.",
                            e);
                }
            }
            report(starts);
        }
        return OK;
    }

    private long parseOffset() {
        try {
            long offset = Long.parseLong(before);
            if (offset >= 0) {
                return offset;
            }
        } catch (NumberFormatException e) {
            // Falls through to the sentence below.
        }
        throw badUsage("--before is '" + before + "': write an offset from 0 on, or 'end'.");
    }

    private void report(Map<TopicPartition, Long> starts) {
        if (json()) {
            List<Object> list = new ArrayList<>();
            starts.forEach((partition, start) ->
                    list.add(Json.object("partition", partition.partition(), "earliest", start)));
            Json.print(terminal().out(), list);
            return;
        }
        Table table = new Table("PARTITION", "NOW STARTS AT").right(0, 1);
        starts.forEach((partition, start) -> table.row(partition.partition(), start));
        table.print(terminal().out(), style());
    }
}
