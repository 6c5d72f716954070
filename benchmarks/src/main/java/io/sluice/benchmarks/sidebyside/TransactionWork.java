package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Transactions of so many records each, by producers in parallel, and how long it takes from the
 * first record of a transaction until a reader of committed records has the last one.
 *
 * @param records of one transaction
 * @param sluiceFlushed Sluice acknowledges what is on disk, as it does by default; Kafka does not
 */
record TransactionWork(
        String name, int producers, int records, boolean sluiceFlushed, List<Bar> bars)
        implements Work {

    private static final String STATES = "__transaction_state";
    private static final int PARTITIONS = 3;
    private static final int WARM_SHARE = 5;

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = name + "-" + System.nanoTime();
        client.createTopic(
                broker.bootstrap(),
                topic,
                PARTITIONS,
                TopicSettings.of(peer.product(), sluiceFlushed && isSluice(peer)));
        Transactions transactions = new Transactions(broker.bootstrap(), topic, records);
        transactions.run(producers, bounds.nanos() / WARM_SHARE);
        if (isSluice(peer)) {
            client.configure(
                    broker.bootstrap(),
                    STATES,
                    TopicSettings.of(Peer.Product.SLUICE, sluiceFlushed));
        }
        ProcessFigures before = broker.figures();
        long start = System.nanoTime();
        long done = transactions.run(producers, bounds.nanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessFigures used = broker.figures().since(before);
        Histogram latencies = transactions.endToEnd(bounds.nanos() / 2);
        client.deleteTopic(broker.bootstrap(), topic);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.TRANSACTIONS_PER_S, done / seconds);
        figures.put(Metric.CPU_US_PER_TRANSACTION, used.totalSeconds() * 1e6 / done);
        figures.put(Metric.P50_MS, latencies.getValueAtPercentile(50) / 1e6);
        figures.put(Metric.P99_MS, latencies.getValueAtPercentile(99) / 1e6);
        return figures;
    }

    private static boolean isSluice(Peer peer) {
        return peer.product() == Peer.Product.SLUICE;
    }
}
