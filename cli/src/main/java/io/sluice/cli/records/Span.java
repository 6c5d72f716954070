package io.sluice.cli.records;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What to read of each partition: from the first offset up to, not including, the last.
 *
 * @param from by partition
 * @param until by partition; empty follows for ever
 */
public record Span(Map<TopicPartition, Long> from, Optional<Map<TopicPartition, Long>> until) {

    /**
     * Asks the broker once.
     *
     * @throws Failure when an offset lies outside a partition
     */
    public static Span resolve(
            Cluster cluster,
            Collection<TopicPartition> partitions,
            Position from,
            Optional<Position> until) {
        Map<TopicPartition, Long> earliest = cluster.offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> latest = cluster.offsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, Long> starts = offsets(cluster, from, earliest, latest);
        if (from instanceof Position.AtOffset) {
            requireInside(starts, earliest, latest);
        }
        return new Span(
                starts, until.map(position -> offsets(cluster, position, earliest, latest)));
    }

    private static Map<TopicPartition, Long> offsets(
            Cluster cluster,
            Position position,
            Map<TopicPartition, Long> earliest,
            Map<TopicPartition, Long> latest) {
        return switch (position) {
            case Position.Earliest all -> earliest;
            case Position.Latest none -> latest;
            case Position.AtOffset at -> {
                Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
                earliest.keySet().forEach(partition -> offsets.put(partition, at.offset()));
                yield offsets;
            }
            case Position.BeforeEnd last -> {
                Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
                latest.forEach((partition, end) ->
                        offsets.put(
                                partition,
                                Math.max(
                                        earliest.getOrDefault(partition, 0L),
                                        end - last.records())));
                yield offsets;
            }
            case Position.AtTime at -> {
                Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
                cluster.offsets(
                                earliest.keySet(),
                                OffsetSpec.forTimestamp(at.time().toEpochMilli()))
                        .forEach((partition, offset) ->
                                // Nothing that late: the end.
                                offsets.put(
                                        partition,
                                        offset < 0 ? latest.getOrDefault(partition, 0L) : offset));
                yield offsets;
            }
        };
    }

    private static void requireInside(
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> earliest,
            Map<TopicPartition, Long> latest) {
        List<TopicPartition> outside = new ArrayList<>();
        starts.forEach((partition, start) -> {
            if (start < earliest.getOrDefault(partition, 0L)
                    || start > latest.getOrDefault(partition, Long.MAX_VALUE)) {
                outside.add(partition);
            }
        });
        if (!outside.isEmpty()) {
            TopicPartition first = outside.getFirst();
            throw new Failure(
                    "partition "
                            + first.partition()
                            + " of '"
                            + first.topic()
                            + "' has no offset "
                            + starts.get(first)
                            + ": it holds "
                            + earliest.get(first)
                            + " to "
                            + latest.get(first)
                            + ". Name an offset inside, or a partition with --partition.");
        }
    }

    /** Whether a partition has been read as far as it should. */
    boolean isRead(TopicPartition partition, long position) {
        return until.isPresent() && position >= until.get().getOrDefault(partition, 0L);
    }

    boolean contains(TopicPartition partition, long offset) {
        return until.isEmpty() || offset < until.get().getOrDefault(partition, 0L);
    }
}
