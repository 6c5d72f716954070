package io.sluice.kafka.api;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.partition.Partition;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How far partitions can be read that have a replica on this broker. Waits a bounded time; not on a
 * loop. {@link EndOffsets} asks other brokers as well.
 */
public final class LocalEnds {

    private LocalEnds() {}

    /** The readable ends, without those that are not known in time. */
    public static Map<TopicPartition, Long> of(Collection<Partition> partitions) {
        Map<EventLoop, Map<TopicPartition, Partition>> byLoop = new HashMap<>();
        for (Partition partition : partitions) {
            byLoop.computeIfAbsent(partition.loop(), loop -> new HashMap<>())
                    .put(partition.name(), partition);
        }
        Gathering<Map<TopicPartition, Long>> gathering = new Gathering<>();
        byLoop.forEach((loop, wanted) ->
                gathering.ask(
                        loop,
                        () -> {
                            Map<TopicPartition, Long> ends = new HashMap<>();
                            wanted.forEach((name, partition) -> {
                                long end = partition.status().highWatermark();
                                if (end >= 0) {
                                    ends.put(name, end);
                                }
                            });
                            return ends;
                        }));
        Map<TopicPartition, Long> all = new HashMap<>();
        gathering.await().forEach(all::putAll);
        return all;
    }
}
