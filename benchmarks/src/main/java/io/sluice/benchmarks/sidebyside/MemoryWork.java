package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What is resident in the brokers that have done all the works before. */
record MemoryWork(String name, List<Bar> bars) implements Work {

    @Override
    public boolean countsCold() {
        return true;
    }

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        long pid = peer.warm().pid();
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.LOADED_MB, ProcessFigures.residentMb(pid));
        figures.put(Metric.PEAK_MB, ProcessFigures.peakMb(pid));
        return figures;
    }
}
