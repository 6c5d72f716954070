package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Members that join a new group at once, until each has its partition. */
record JoinWork(String name, String protocol, int members, List<Bar> bars) implements Work {

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        RunningBroker broker = peer.warm();
        String topic = name + "-" + System.nanoTime();
        client.createTopic(broker.bootstrap(), topic, members, Map.of());
        ProcessFigures before = broker.figures();
        long start = System.nanoTime();
        client.join(broker.bootstrap(), topic, protocol, members);
        double millis = (System.nanoTime() - start) / 1e6;
        ProcessFigures used = broker.figures().since(before);
        client.deleteTopic(broker.bootstrap(), topic);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.JOIN_MS, millis);
        figures.put(Metric.JOIN_CPU_MS, used.totalSeconds() * 1e3);
        return figures;
    }
}
