package io.sluice.cli.queue;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.KeyValues;
import io.sluice.cli.records.Position;
import io.sluice.cli.records.Span;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which records of which queue are meant: the options that several commands have, as a mixin. */
final class QueueSelection {

    @Mixin private QueueParts queue = new QueueParts();

    @Option(
            names = "--from",
            paramLabel = "POSITION",
            defaultValue = "earliest",
            converter = PositionConverter.class,
            description = {
                "Where to begin: earliest, latest, an offset, -N for N before the end, or a time such"
                        + " as 2026-11-20T08:00 (${DEFAULT-VALUE})."
            })
    private Position from = new Position.Earliest();

    @Option(
            names = "--until",
            paramLabel = "POSITION",
            defaultValue = "latest",
            converter = PositionConverter.class,
            description = "Before which record to stop, said in the same way (${DEFAULT-VALUE}).")
    private Position until = new Position.Latest();

    @Option(names = "--key", paramLabel = "TEXT", description = "Only records with this key.")
    private @Nullable String key;

    @Option(
            names = "--header",
            paramLabel = "NAME=VALUE",
            converter = KeyValues.Converter.class,
            description = "Only records with this header; repeatable, all must be there.")
    private List<KeyValues.Pair> headers = List.of();

    /**
     * The partitions, each from where to where.
     *
     * @throws Failure if the group has no queue there
     */
    Span span(Cluster cluster) {
        String group = queue.group();
        List<TopicPartition> chosen = queue.partitions(cluster);
        boolean known =
                Cluster.await(
                                cluster.admin()
                                        .listShareGroupOffsets(
                                                Map.of(
                                                        group,
                                                        new ListShareGroupOffsetsSpec()
                                                                .topicPartitions(chosen)))
                                        .partitionsToOffsetInfo(group))
                        .values()
                        .stream()
                        .anyMatch(info -> info != null);
        if (!known) {
            throw new Failure(
                    "the share group '%s' has no queue in '%s': 'sluice group describe %s' shows what it has."
                            .formatted(group, queue.topic(), group));
        }
        return Span.resolve(cluster, chosen, from, Optional.of(until));
    }

    /** What a view is told of it. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("group", queue.group());
        if (key != null) {
            values.put("key", key);
        }
        headers.forEach(header -> values.put("header." + header.key(), header.value()));
        return values;
    }
}
