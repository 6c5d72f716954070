package io.sluice.simulator;

import io.sluice.core.controller.ClusterImage;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.PartitionStatus;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks at a broker after everything it does: what must grow grows, what bounds it bounds it, and
 * all brokers see the same cluster at the same place of the metadata log.
 */
final class Watchman {

    /** By what a broker hosts: a replica that left and came back is another one. */
    private final Map<Partition, PartitionStatus> seen = new HashMap<>();

    private final Map<BrokerProcess, ClusterImage> shown = new HashMap<>();
    private final Map<Long, ClusterImage> images = new HashMap<>();

    private final Coverage coverage;

    private final Trace trace;

    Watchman(Coverage coverage, Trace trace) {
        this.coverage = coverage;
        this.trace = trace;
    }

    void look(BrokerProcess broker) {
        for (Partition partition : broker.partitions().all()) {
            PartitionStatus now = partition.status();
            PartitionStatus before = seen.get(partition);
            if (now.equals(before)) {
                continue;
            }
            seen.put(partition, now);
            if (trace.follows(partition.name().toString())) {
                trace.detail(broker.machine().toString(), partition.name() + " has " + now);
            }
            if (before != null) {
                String where = broker.process().name() + ", " + partition.name();
                compare(before, now, where);
                if (now.logEndOffset() < before.logEndOffset()) {
                    coverage.count("logs cut");
                }
            }
        }
        ClusterImage image = broker.metadata().image();
        if (shown.put(broker, image) != image) {
            agree(broker, image);
        }
    }

    private static void compare(PartitionStatus before, PartitionStatus now, String where) {
        grows("I-7", "leader epoch", before.leaderEpoch(), now.leaderEpoch(), where);
        bounds("I-9", now.highWatermark(), now.logEndOffset(), where);
        bounds("I-15", now.lastStableOffset(), now.highWatermark(), where);
        if (before.logStartOffset() == before.logEndOffset()) {
            return; // a follower begins with its leader's first batch, perhaps before the start
        }
        grows("I-9", "high watermark", before.highWatermark(), now.highWatermark(), where);
        grows(
                "I-15",
                "last stable offset",
                before.lastStableOffset(),
                now.lastStableOffset(),
                where);
        grows("I-5", "log start", before.logStartOffset(), now.logStartOffset(), where);
    }

    private static void grows(String rule, String what, long before, long now, String where) {
        if (now < before) {
            throw new Violation(
                    rule, "%s: the %s goes back from %d to %d".formatted(where, what, before, now));
        }
    }

    private static void bounds(String rule, long lower, long upper, String where) {
        if (lower > upper) {
            throw new Violation(rule, "%s: %d is above %d".formatted(where, lower, upper));
        }
    }

    /** Images of one index are the same everywhere. */
    private void agree(BrokerProcess broker, ClusterImage image) {
        ClusterImage first = images.putIfAbsent(image.index(), image);
        if (first != null && !first.equals(image)) {
            throw new Violation(
                    "metadata",
                    "%s sees another cluster at %d than others did"
                            .formatted(broker.process().name(), image.index()));
        }
    }
}
