package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Offsets committed one by one, by consumers in parallel, each of a group of its own.
 *
 * @param sluiceFlushed Sluice acknowledges what is on disk, as it does by default; Kafka does not
 */
record CommitWork(String name, int consumers, boolean sluiceFlushed, List<Bar> bars)
        implements Work {

    private static final String OFFSETS = "__consumer_offsets";
    private static final int WARM_SHARE = 5;

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = name + "-" + System.nanoTime();
        client.createTopic(broker.bootstrap(), topic, 1, Map.of());
        client.commit(broker.bootstrap(), topic, consumers, bounds.nanos() / WARM_SHARE);
        if (peer.product() == Peer.Product.SLUICE) {
            client.configure(
                    broker.bootstrap(),
                    OFFSETS,
                    TopicSettings.of(Peer.Product.SLUICE, sluiceFlushed));
        }
        ProcessFigures before = broker.figures();
        long start = System.nanoTime();
        long commits = client.commit(broker.bootstrap(), topic, consumers, bounds.nanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessFigures used = broker.figures().since(before);
        client.deleteTopic(broker.bootstrap(), topic);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.COMMITS_PER_S, commits / seconds);
        figures.put(Metric.CPU_US_PER_COMMIT, used.totalSeconds() * 1e6 / commits);
        return figures;
    }
}
