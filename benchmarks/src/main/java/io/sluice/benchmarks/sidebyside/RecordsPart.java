package io.sluice.benchmarks.sidebyside;

import io.sluice.benchmarks.sidebyside.Client.Batching;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Records with {@code acks=all}, three replicas and two in sync at least: throughput, the CPU of
 * all three brokers, and the time to an acknowledgement at a steady rate. Both clusters run all the
 * while; one does nothing while the other is measured.
 *
 * @param shapes which of them
 */
record RecordsPart(Pattern shapes, Work.Bounds bounds, long warmBytes) implements ClusterPart {

    private static final int SMALL = 16 * 1024;
    private static final int LARGE = 128 * 1024;
    private static final int FILL_MS = 20;
    private static final int PER_SECOND = 2_000;
    private static final long SETTLE_NANOS = 1_000_000_000L;
    private static final List<Work.Bar> HALF =
            List.of(new Work.Bar(Metric.CLUSTER_CPU_S_PER_GB, true, true, 0.5));

    /** How records come. */
    private record Shape(String name, Batching batching, int partitions, int producers) {}

    private static final List<Shape> SHAPES =
            List.of(
                    new Shape("16k-1p-none", new Batching(SMALL, "none", FILL_MS), 1, 1),
                    new Shape("128k-1p-none", new Batching(LARGE, "none", FILL_MS), 1, 1),
                    new Shape("128k-1p-lz4", new Batching(LARGE, "lz4", FILL_MS), 1, 1),
                    new Shape("16k-12p-none", new Batching(SMALL, "none", FILL_MS), 12, 2),
                    new Shape("16k-12p-lz4", new Batching(SMALL, "lz4", FILL_MS), 12, 2),
                    new Shape("128k-12p-none", new Batching(LARGE, "none", FILL_MS), 12, 2));

    private static final String LATENCY = "latency-2000";

    @Override
    public String name() {
        return "records";
    }

    @Override
    public void run(ClusterSide sluice, ClusterSide kafka, int pairs, Report report) {
        Client client = new Client();
        try (RunningCluster ours = sluice.fresh();
                RunningCluster theirs = kafka.fresh();
                ClusterClient askOurs = new ClusterClient(ours.bootstrap());
                ClusterClient askTheirs = new ClusterClient(theirs.bootstrap())) {
            warmUp(ours, askOurs, client);
            warmUp(theirs, askTheirs, client);
            for (Shape shape : SHAPES) {
                if (shapes.matcher(shape.name()).find()) {
                    pairs(
                            "acks-all-" + shape.name(),
                            pairs,
                            flushed -> produce(ours, askOurs, client, shape, flushed),
                            flushed -> produce(theirs, askTheirs, client, shape, flushed),
                            report);
                }
            }
            if (shapes.matcher(LATENCY).find()) {
                pairs(
                        "acks-all-" + LATENCY,
                        pairs,
                        flushed -> latency(ours, askOurs, client, flushed),
                        flushed -> latency(theirs, askTheirs, client, flushed),
                        report);
            }
        }
    }

    /** One run of one side. */
    private interface Run {
        Map<Metric, Double> run(boolean flushed);
    }

    /** Sluice as Kafka is, Kafka, Sluice with its default; the order turns round with each pair. */
    private static void pairs(String name, int pairs, Run ours, Run theirs, Report report) {
        Measured alike = new Row(name, HALF);
        Measured durable = new Row(name + ", Sluice on disk", List.of());
        for (int pair = 1; pair <= pairs; pair++) {
            Map<String, Map<Metric, Double>> got = new LinkedHashMap<>();
            List<String> order = new ArrayList<>(List.of("sluice", "kafka", "sluice on disk"));
            if (pair % 2 == 0) {
                order = order.reversed();
            }
            for (String who : order) {
                Map<Metric, Double> figures =
                        who.equals("kafka")
                                ? theirs.run(false)
                                : ours.run(who.equals("sluice on disk"));
                got.put(who, figures);
                ClusterMain.tell(name, "pair " + pair, who, figures);
            }
            report.add(
                    alike,
                    got.getOrDefault("sluice", Map.of()),
                    got.getOrDefault("kafka", Map.of()));
            report.add(
                    durable,
                    got.getOrDefault("sluice on disk", Map.of()),
                    got.getOrDefault("kafka", Map.of()));
        }
    }

    private void warmUp(RunningCluster cluster, ClusterClient ask, Client client) {
        if (cluster.side().isLeftOut()) {
            return;
        }
        cluster.startAll();
        Work.Bounds before = new Work.Bounds(warmBytes / 2, Long.MAX_VALUE / 4);
        RecordsPart warm = new RecordsPart(shapes, before, warmBytes);
        for (Shape shape : List.of(SHAPES.get(3), SHAPES.get(0))) {
            Map<Metric, Double> figures = warm.produce(cluster, ask, client, shape, false);
            ClusterMain.tell("warm-up", "", cluster.side().name(), figures);
        }
    }

    private Map<Metric, Double> produce(
            RunningCluster cluster,
            ClusterClient ask,
            Client client,
            Shape shape,
            boolean flushed) {
        if (cluster.side().isLeftOut()) {
            return Map.of();
        }
        String topic = shape.name() + "-" + System.nanoTime();
        ask.createTopic(
                topic, shape.partitions(), TopicSettings.of(cluster.side().product(), flushed));
        client.firstRecord(cluster.bootstrap(), topic);
        ProcessFigures before = cluster.figures();
        long start = System.nanoTime();
        long bytes =
                client.produce(
                        cluster.bootstrap(),
                        topic,
                        shape.batching(),
                        shape.producers(),
                        bounds.bytes(),
                        bounds.nanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessFigures used = cluster.figures().since(before);
        ask.deleteTopic(topic);
        ClusterMain.pause(SETTLE_NANOS);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.CLUSTER_CPU_S_PER_GB, used.totalSeconds() * 1e9 / bytes);
        figures.put(Metric.USER_CPU_S_PER_GB, used.userSeconds() * 1e9 / bytes);
        figures.put(Metric.MB_PER_S, bytes / 1e6 / seconds);
        return figures;
    }

    private Map<Metric, Double> latency(
            RunningCluster cluster, ClusterClient ask, Client client, boolean flushed) {
        if (cluster.side().isLeftOut()) {
            return Map.of();
        }
        String topic = LATENCY + "-" + System.nanoTime();
        ask.createTopic(topic, 1, TopicSettings.of(cluster.side().product(), flushed));
        client.paced(cluster.bootstrap(), topic, PER_SECOND, SETTLE_NANOS);
        ProcessFigures before = cluster.figures();
        long nanos = bounds.nanos();
        Histogram latencies = client.paced(cluster.bootstrap(), topic, PER_SECOND, nanos);
        ProcessFigures used = cluster.figures().since(before);
        ask.deleteTopic(topic);
        double records = nanos / 1e9 * PER_SECOND;
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.P50_MS, latencies.getValueAtPercentile(50) / 1e6);
        figures.put(Metric.P99_MS, latencies.getValueAtPercentile(99) / 1e6);
        figures.put(Metric.P999_MS, latencies.getValueAtPercentile(99.9) / 1e6);
        figures.put(Metric.CPU_US_PER_RECORD, used.totalSeconds() * 1e6 / records);
        return figures;
    }
}
