package io.sluice.http;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.sluice.engine.metrics.LatencyHistogram;
import io.sluice.engine.metrics.MetricSink;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers samples by their name. Of one scrape. */
final class SnapshotSink implements MetricSink {

    private static final String TOTAL = "_total";
    private static final double[] BOUNDS = LatencyHistogram.boundsSeconds();
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

    @Override
    public void counter(String name, String help, double value, String... labels) {
        if (!name.endsWith(TOTAL)) {
            throw new IllegalArgumentException(name + " does not end in " + TOTAL);
        }
        // The format adds the ending.
        String base = name.substring(0, name.length() - TOTAL.length());
        counters.computeIfAbsent(base, one -> CounterSnapshot.builder().name(one).help(help))
                .dataPoint(
                        CounterDataPointSnapshot.builder()
                                .value(value)
                                .labels(Labels.of(labels))
                                .build());
    }

    @Override
    public void gauge(String name, String help, double value, String... labels) {
        gauges.computeIfAbsent(name, one -> GaugeSnapshot.builder().name(one).help(help))
                .dataPoint(
                        GaugeDataPointSnapshot.builder()
                                .value(value)
                                .labels(Labels.of(labels))
                                .build());
    }

    @Override
    public void histogram(
            String name, String help, LatencyHistogram.Distribution value, String... labels) {
        histograms
                .computeIfAbsent(name, one -> HistogramSnapshot.builder().name(one).help(help))
                .dataPoint(
                        HistogramDataPointSnapshot.builder()
                                .classicHistogramBuckets(
                                        ClassicHistogramBuckets.of(BOUNDS, value.counts()))
                                .sum(value.sumNanos() / NANOS_PER_SECOND)
                                .labels(Labels.of(labels))
                                .build());
    }

    /** All of it, and more. */
    MetricSnapshots snapshots(MetricSnapshots more) {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.values().forEach(one -> all.metricSnapshot(one.build()));
        gauges.values().forEach(one -> all.metricSnapshot(one.build()));
        histograms.values().forEach(one -> all.metricSnapshot(one.build()));
        for (MetricSnapshot one : more) {
            all.metricSnapshot(one);
        }
        return all.build();
    }
}
