package io.sluice.engine.partition;

import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.replication.Replication;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells the controller what the partitions led here carry, beside the heartbeats: the busiest of
 * them, for the others make no difference. Owned by the metadata's loop; a report that is lost is
 * no harm.
 */
public final class LoadReporter {

    /** Between two reports. */
    static final long INTERVAL_MS = 10_000L;

    /** Partitions in a report. */
    static final int MAX_PARTITIONS = 200;

    /** Bytes a second that are worth telling. */
    static final long LEAST_BYTES = 1_024L;

    private final EventLoop home;
    private final Partitions partitions;
    private final Metadata metadata;
    private final Replication.Identity self;
    private long readNanos;

    public LoadReporter(
            EventLoop home, Partitions partitions, Metadata metadata, Replication.Identity self) {
        this.home = home;
        this.partitions = partitions;
        this.metadata = metadata;
        this.self = self;
    }

    public void start() {
        home.execute(() -> {
            readNanos = home.clock().monotonicNanos();
            home.schedule(INTERVAL_MS, this::read);
        });
    }

    /** Each loop reads what its partitions have counted. */
    private void read() {
        home.schedule(INTERVAL_MS, this::read);
        long now = home.clock().monotonicNanos();
        double seconds = Math.max(1, now - readNanos) / 1e9;
        readNanos = now;
        Map<EventLoop, List<PartitionHost>> byLoop = new LinkedHashMap<>();
        for (Partition partition : partitions.all()) {
            if (partition instanceof PartitionHost host) {
                byLoop.computeIfAbsent(host.loop(), loop -> new ArrayList<>()).add(host);
            }
        }
        Gathering gathering = new Gathering(byLoop.size());
        byLoop.forEach((loop, hosts) ->
                loop.execute(() -> {
                    List<PartitionLoad> found = new ArrayList<>();
                    for (PartitionHost host : hosts) {
                        PartitionLoad load = host.takeLoad(seconds);
                        if (load.bytesIn() + load.bytesOut() >= LEAST_BYTES) {
                            found.add(load);
                        }
                    }
                    home.execute(() -> gathering.add(found));
                }));
        if (byLoop.isEmpty()) {
            gathering.send();
        }
    }

    private final class Gathering {
        private final List<PartitionLoad> all = new ArrayList<>();
        private int missing;

        Gathering(int loops) {
            missing = loops;
        }

        void add(List<PartitionLoad> found) {
            all.addAll(found);
            if (--missing == 0) {
                send();
            }
        }

        void send() {
            all.sort(
                    Comparator.comparingLong(
                                    (PartitionLoad load) -> -load.bytesIn() - load.bytesOut())
                            .thenComparing(PartitionLoad::topicId)
                            .thenComparing(PartitionLoad::partition));
            List<PartitionLoad> busiest = all.subList(0, Math.min(all.size(), MAX_PARTITIONS));
            metadata.submit(
                    new ReportLoads(
                            self.brokerId(), self.brokerEpoch().getAsLong(), List.copyOf(busiest)),
                    home,
                    reply -> {});
        }
    }
}
