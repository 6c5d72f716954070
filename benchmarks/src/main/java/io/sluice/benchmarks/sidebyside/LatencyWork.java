package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Time to an acknowledgement at a steady rate.
 *
 * @param sluiceFlushed Sluice acknowledges what is on disk
 * @param kafkaFlushed Kafka does
 */
record LatencyWork(
        String name,
        int recordsPerSecond,
        boolean sluiceFlushed,
        boolean kafkaFlushed,
        List<Bar> bars)
        implements Work {

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = name + "-" + System.nanoTime();
        boolean flushed = peer.product() == Peer.Product.SLUICE ? sluiceFlushed : kafkaFlushed;
        client.createTopic(broker.bootstrap(), topic, 1, TopicSettings.of(peer.product(), flushed));
        // A second without count: connections, the topic's first files, the client's own code.
        client.paced(broker.bootstrap(), topic, recordsPerSecond, 1_000_000_000L);
        Histogram latencies =
                client.paced(broker.bootstrap(), topic, recordsPerSecond, bounds.nanos() / 2);
        client.deleteTopic(broker.bootstrap(), topic);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.P50_MS, latencies.getValueAtPercentile(50) / 1e6);
        figures.put(Metric.P99_MS, latencies.getValueAtPercentile(99) / 1e6);
        return figures;
    }
}
