package io.sluice.benchmarks.sidebyside;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Throughput and the broker's CPU while records go out of the page cache. */
final class ConsumeWork implements Work {

    private final String name;
    private final Client.Batching batching;
    private final int partitions;
    private final int consumers;
    private final List<Bar> bars;

    /** By side: the topic that was filled once. */
    private final Map<String, String> topics = new HashMap<>();

    ConsumeWork(
            String name, Client.Batching batching, int partitions, int consumers, List<Bar> bars) {
        this.name = name;
        this.batching = batching;
        this.partitions = partitions;
        this.consumers = consumers;
        this.bars = bars;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Bar> bars() {
        return bars;
    }

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = topics.computeIfAbsent(peer.name(), side -> fill(peer, client, bounds));
        ProcessFigures before = broker.figures();
        long start = System.nanoTime();
        long bytes = client.consume(broker.bootstrap(), topic, partitions, consumers);
        double seconds = (System.nanoTime() - start) / 1e9;
        return ProduceWork.figures(broker.figures().since(before), bytes, seconds);
    }

    private String fill(Peer peer, Client client, Bounds bounds) {
        String topic = name + "-" + System.nanoTime();
        String bootstrap = peer.warm().bootstrap();
        client.createTopic(bootstrap, topic, partitions, TopicSettings.of(peer.product(), false));
        client.produce(bootstrap, topic, batching, 1, bounds.bytes(), Long.MAX_VALUE / 2);
        return topic;
    }
}
