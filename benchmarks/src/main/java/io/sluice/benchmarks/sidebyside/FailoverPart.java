package io.sluice.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * A leader goes: by kill -9, whether or not its broker is the controller too, and in order. One
 * client writes a record after the other meanwhile.
 *
 * @param kills of a leader that is not the controller, of Sluice's; half as many of one that is
 * @param peerKills likewise, of Kafka's, which takes longer
 */
record FailoverPart(int kills, int peerKills) implements ClusterPart {

    private static final String TOPIC = "failover";
    private static final int PARTITIONS = ClusterSide.BROKERS;
    private static final int BEFORE = 100;
    private static final int AFTER = 300;
    private static final int HAND_OVERS = 5;

    private static final List<Work.Bar> THIRD =
            List.of(new Work.Bar(Metric.GAP_MEDIAN_MS, true, true, 0.33));
    private static final List<Work.Bar> SHORT =
            List.of(new Work.Bar(Metric.GAP_WORST_MS, false, true, 50));

    @Override
    public String name() {
        return "failover";
    }

    @Override
    public void run(ClusterSide sluice, ClusterSide kafka, int pairs, Report report) {
        Gaps ours = measure(sluice, kills);
        Gaps theirs = measure(kafka, peerKills);
        add(report, "kill -9 of a leader", THIRD, ours.leaders, theirs.leaders);
        add(
                report,
                "kill -9 of a leader that is the controller",
                THIRD,
                ours.controllers,
                theirs.controllers);
        add(report, "SIGTERM of a leader", SHORT, ours.stops, theirs.stops);
        add(report, "preferred election", SHORT, ours.elections, theirs.elections);
    }

    private static void add(
            Report report,
            String name,
            List<Work.Bar> bars,
            List<Double> ours,
            List<Double> theirs) {
        if (!ours.isEmpty()) {
            report.add(new Row(name, bars), figures(ours), figures(theirs));
        }
    }

    private static Map<Metric, Double> figures(List<Double> gaps) {
        if (gaps.isEmpty()) {
            return Map.of();
        }
        double[] sorted = gaps.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.GAP_MEDIAN_MS, Report.median(sorted));
        figures.put(Metric.GAP_WORST_MS, sorted[sorted.length - 1]);
        figures.put(Metric.TIMES, (double) sorted.length);
        return figures;
    }

    /** Milliseconds without an acknowledgement. */
    private static final class Gaps {
        private final List<Double> leaders = new ArrayList<>();
        private final List<Double> controllers = new ArrayList<>();
        private final List<Double> stops = new ArrayList<>();
        private final List<Double> elections = new ArrayList<>();
    }

    private static Gaps measure(ClusterSide side, int kills) {
        Gaps gaps = new Gaps();
        if (side.isLeftOut()) {
            return gaps;
        }
        try (RunningCluster cluster = side.fresh()) {
            cluster.startAll();
            try (ClusterClient ask = new ClusterClient(cluster.bootstrap())) {
                ask.createTopic(TOPIC, PARTITIONS, Map.of());
                for (int i = 0; i < Math.min(HAND_OVERS, kills); i++) {
                    handOver(cluster, ask, gaps);
                }
                for (int i = 0; i < kills + (kills + 1) / 2; i++) {
                    boolean ofController = i % 3 == 2;
                    double gap = kill(cluster, ask, ofController);
                    (ofController ? gaps.controllers : gaps.leaders).add(gap);
                    ClusterMain.tell(
                            "kill -9",
                            ofController ? "controller" : "leader",
                            side.name(),
                            Map.of(Metric.GAP_MEDIAN_MS, gap));
                }
            }
        }
        return gaps;
    }

    private static double kill(RunningCluster cluster, ClusterClient ask, boolean ofController) {
        int controller = ask.controller();
        int victim = ofController ? controller : controller % ClusterSide.BROKERS + 1;
        double gap;
        try (Probe probe = new Probe(cluster.bootstrap(), ledBy(victim))) {
            probe.awaitAcks(BEFORE);
            long then = System.nanoTime();
            cluster.kill(victim);
            gap = probe.firstAckMs(then);
        }
        back(cluster, ask, victim);
        ask.electPreferred(TOPIC, PARTITIONS);
        return gap;
    }

    private static void back(RunningCluster cluster, ClusterClient ask, int node) {
        cluster.start(node);
        ask.awaitInSync(TOPIC, ClusterSide.BROKERS);
    }

    private static void handOver(RunningCluster cluster, ClusterClient ask, Gaps gaps) {
        int victim = ask.controller() % ClusterSide.BROKERS + 1;
        TopicPartition partition = ledBy(victim);
        try (Probe probe = new Probe(cluster.bootstrap(), partition)) {
            probe.awaitAcks(BEFORE);
            long then = System.nanoTime();
            Process stopping = cluster.terminate(victim);
            RunningCluster.await(stopping);
            probe.awaitAcks(AFTER);
            gaps.stops.add(probe.longestGapMs(then));
        }
        back(cluster, ask, victim);
        try (Probe probe = new Probe(cluster.bootstrap(), partition)) {
            probe.awaitAcks(BEFORE);
            long then = System.nanoTime();
            ask.elect(partition);
            ClusterClient.until(
                    partition + " is led by " + victim,
                    () -> ask.leader(TOPIC, partition.partition()) == victim);
            probe.awaitAcks(AFTER);
            gaps.elections.add(probe.longestGapMs(then));
        }
        ClusterMain.tell(
                "hand-over",
                "SIGTERM, election",
                cluster.side().name(),
                Map.of(
                        Metric.GAP_MEDIAN_MS,
                        gaps.stops.getLast(),
                        Metric.GAP_WORST_MS,
                        gaps.elections.getLast()));
        ask.electPreferred(TOPIC, PARTITIONS);
    }

    /** The partition whose first replica is on that node. */
    private static TopicPartition ledBy(int node) {
        return new TopicPartition(TOPIC, node - 1);
    }
}
