package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Throughput and the broker's CPU while records come in.
 *
 * @param flushed Sluice flushes by group commit and Kafka each batch; otherwise neither flushes
 * @param bars what is to be reached
 */
record ProduceWork(
        String name,
        Client.Batching batching,
        int partitions,
        int producers,
        boolean flushed,
        List<Bar> bars)
        implements Work {

    private static final double GB = 1e9;

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = name + "-" + System.nanoTime();
        client.createTopic(
                broker.bootstrap(), topic, partitions, TopicSettings.of(peer.product(), flushed));
        ProcessFigures before = broker.figures();
        long start = System.nanoTime();
        long bytes =
                client.produce(
                        broker.bootstrap(),
                        topic,
                        batching,
                        producers,
                        bounds.bytes(),
                        bounds.nanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessFigures used = broker.figures().since(before);
        client.deleteTopic(broker.bootstrap(), topic);
        return figures(used, bytes, seconds);
    }

    static Map<Metric, Double> figures(ProcessFigures used, long bytes, double seconds) {
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.CPU_S_PER_GB, used.totalSeconds() * GB / bytes);
        figures.put(Metric.USER_CPU_S_PER_GB, used.userSeconds() * GB / bytes);
        figures.put(Metric.MB_PER_S, bytes / 1e6 / seconds);
        return figures;
    }
}
