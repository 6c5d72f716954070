package io.sluice.engine.coordinator;

import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.LatencyHistogram;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;

/** How long the coordinators of a topic took to load. Rare, and so guarded by its monitor. */
final class LoadCounts implements MetricSource {

    private final String topic;
    private final LatencyHistogram durations = new LatencyHistogram();
    private final Counter failures = new Counter();

    LoadCounts(String topic) {
        this.topic = topic;
    }

    synchronized void loaded(long nanos) {
        durations.record(nanos);
    }

    synchronized void failed() {
        failures.increment();
    }

    @Override
    public void collect(MetricSink sink) {
        sink.histogram(
                "sluice_coordinator_load_duration_seconds",
                "How long coordinators here took to read their partition before they served.",
                durations.read(),
                "topic",
                topic);
        sink.counter(
                "sluice_coordinator_load_failures_total",
                "Coordinators here that could not be loaded, and were tried again.",
                failures.value(),
                "topic",
                topic);
    }
}
