package io.sluice.core.controller;

import io.sluice.core.controller.BalancePlan.Weights;
import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What partitions carry, as their leaders tell it, smoothed: a peak of a minute moves nothing. Soft
 * state of the acting controller. Leaders tell of their busiest partitions; of the others it is
 * known that they carry little, which counts as nothing.
 */
final class BalanceLoads {

    /** Partitions remembered; of further ones nothing is known. */
    static final int MAX_PARTITIONS = 100_000;

    /** What a partition counts for being there. */
    static final long UNIT = 1_000L;

    /** How much more the load counts than the number, on average. */
    private static final double LOAD_FACTOR = 3.0;

    /** How much of the newest report there is in what is known. */
    private static final double FRESH = 0.3;

    /** Bytes a second that are forgotten. */
    private static final double NOTHING = 1.0;

    private final SortedMap<Uuid, SortedMap<Integer, Load>> byTopic = new TreeMap<>();
    private int known;

    /** Bytes a second. */
    record Load(double in, double out) {
        static final Load NONE = new Load(0, 0);

        Load towards(double newIn, double newOut) {
            return new Load(in + FRESH * (newIn - in), out + FRESH * (newOut - out));
        }
    }

    void clear() {
        byTopic.clear();
        known = 0;
    }

    /** Takes a report; of partitions that its sender does not lead it is not believed. */
    void take(ReportLoads report, ClusterImage image) {
        SortedMap<Uuid, SortedMap<Integer, PartitionLoad>> told = new TreeMap<>();
        for (PartitionLoad load : report.loads()) {
            told.computeIfAbsent(load.topicId(), id -> new TreeMap<>()).put(load.partition(), load);
        }
        byTopic.keySet()
                .removeIf(id -> {
                    boolean gone = !image.topicsById().containsKey(id);
                    if (gone) {
                        known -= byTopic.getOrDefault(id, new TreeMap<>()).size();
                    }
                    return gone;
                });
        for (TopicImage topic : image.topics().values()) {
            SortedMap<Integer, PartitionLoad> ofTopic = told.get(topic.id());
            if (ofTopic == null && !byTopic.containsKey(topic.id())) {
                continue;
            }
            for (PartitionImage partition : topic.partitions()) {
                if (partition.leader() == report.brokerId()) {
                    PartitionLoad load =
                            ofTopic == null ? null : ofTopic.get(partition.partition());
                    take(topic.id(), partition.partition(), load);
                }
            }
        }
    }

    private void take(Uuid topic, int partition, @Nullable PartitionLoad load) {
        SortedMap<Integer, Load> ofTopic = byTopic.computeIfAbsent(topic, id -> new TreeMap<>());
        Load before = ofTopic.get(partition);
        if (before == null) {
            if (load != null && known < MAX_PARTITIONS) {
                ofTopic.put(partition, new Load(load.bytesIn(), load.bytesOut()));
                known++;
            }
            return;
        }
        Load after =
                load == null
                        ? before.towards(0, 0)
                        : before.towards(load.bytesIn(), load.bytesOut());
        if (after.in + after.out < NOTHING) {
            ofTopic.remove(partition);
            known--;
        } else {
            ofTopic.put(partition, after);
        }
    }

    Load of(Uuid topic, int partition) {
        SortedMap<Integer, Load> ofTopic = byTopic.get(topic);
        return ofTopic == null ? Load.NONE : ofTopic.getOrDefault(partition, Load.NONE);
    }

    /**
     * What partitions count: being there, and, if there is much to carry, their share of it. A
     * replica carries what is written, a leader what is read, too.
     */
    Weights weights(ClusterImage image, long minLoadBytes) {
        double in = 0;
        double all = 0;
        long partitions = 0;
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                Load load = of(topic.id(), partition.partition());
                in += load.in * partition.replicas().size();
                all += load.in + load.out;
                partitions++;
            }
        }
        double least = (double) minLoadBytes * Math.max(1, image.brokers().size());
        boolean counts = in + all >= least && partitions > 0;
        double perReplica = counts ? in / partitions : 0;
        double perLeader = counts ? all / partitions : 0;
        return new Weights(
                name -> UNIT + share(find(image, name).in, perReplica),
                name -> {
                    Load load = find(image, name);
                    return UNIT + share(load.in + load.out, perLeader);
                });
    }

    private Load find(ClusterImage image, TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic == null ? Load.NONE : of(topic.id(), name.partition());
    }

    private static long share(double load, double average) {
        return average <= 0 ? 0L : Math.round(UNIT * LOAD_FACTOR * load / average);
    }
}
