package io.sluice.kafka.share;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareReply;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.api.LocalEnds;
import io.sluice.kafka.api.ShareServices;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells how much is left in the queues that this broker remembers, whether anybody reads them or
 * not. Where a partition has no replica on this broker its end is not known here.
 */
public final class QueueBacklogs implements MetricSource {

    /** Groups and topics with a backlog of their own, the greatest. */
    static final int MAX_BACKLOGS = 500;

    private static final Comparator<Backlog> GREATEST_FIRST =
            Comparator.comparingLong(Backlog::records)
                    .reversed()
                    .thenComparing(Backlog::of, Comparator.comparing(Of::group))
                    .thenComparing(Backlog::of, Comparator.comparing(Of::topic));

    private final ShareServices states;
    private final Partitions partitions;

    private record Of(String group, String topic) {}

    private record Backlog(Of of, long records) {}

    public QueueBacklogs(ShareServices states, Partitions partitions) {
        this.states = states;
        this.partitions = partitions;
    }

    @Override
    public void collect(MetricSink sink) {
        List<Summary> queues = new ArrayList<>();
        states.askAll(new ShareCommand.ListAll(), ShareReply.Group.class, partitions)
                .forEach(some -> queues.addAll(some.queues()));
        Map<Summary, Partition> here = new HashMap<>();
        for (Summary queue : queues) {
            Partition partition = partitions.find(queue.key().topicId(), queue.key().partition());
            if (partition != null) {
                here.put(queue, partition);
            }
        }
        Map<TopicPartition, Long> ends = LocalEnds.of(here.values());
        Map<Of, Long> left = new HashMap<>();
        int unknown = queues.size() - here.size();
        for (Map.Entry<Summary, Partition> one : here.entrySet()) {
            Summary queue = one.getKey();
            TopicPartition name = one.getValue().name();
            Long end = ends.get(name);
            if (end == null) {
                unknown++;
            } else if (queue.start() != ShareReply.State.NO_START) {
                left.merge(new Of(queue.key().group(), name.topic()), queue.left(end), Long::sum);
            }
        }
        sink.gauge("sluice_queues", "Queues that this broker remembers.", queues.size());
        sink.gauge(
                "sluice_queue_backlog_unknown_partitions",
                "Queues that this broker remembers and has no replica of their partition; they are"
                        + " in no backlog.",
                unknown);
        tell(left, sink);
    }

    private static void tell(Map<Of, Long> left, MetricSink sink) {
        left.entrySet().stream()
                .map(one -> new Backlog(one.getKey(), one.getValue()))
                .sorted(GREATEST_FIRST)
                .limit(MAX_BACKLOGS)
                .forEach(backlog ->
                        sink.gauge(
                                "sluice_queue_backlog_records",
                                "Offsets that are not done for a group, summed over the partitions"
                                        + " of a topic; the greatest "
                                        + MAX_BACKLOGS
                                        + ".",
                                backlog.records,
                                "group",
                                backlog.of.group,
                                "topic",
                                backlog.of.topic));
        sink.gauge(
                "sluice_queue_backlogs_left_out",
                "Groups and topics whose backlog is not told: it is smaller than those that are.",
                Math.max(0, left.size() - MAX_BACKLOGS));
    }
}
