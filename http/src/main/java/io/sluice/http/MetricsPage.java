package io.sluice.http;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.MetricSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks all sources, and writes what they tell. Any thread; one at a time. */
final class MetricsPage {

    /** How long one scrape waits for another. */
    private static final long PATIENCE_MS = 5_000;

    private static final int USUAL_BYTES = 64 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(MetricsPage.class);

    private final List<MetricSource> sources;
    private final ReentrantLock scraping = new ReentrantLock();

    // Guarded by the lock.
    private final Counter failures = new Counter();
    private @Nullable PrometheusRegistry machine;

    record Page(String contentType, byte[] bytes) {}

    MetricsPage(List<MetricSource> sources) {
        this.sources = List.copyOf(sources);
    }

    /**
     * The metrics now, or null if others scrape for too long.
     *
     * @param accepted the request's Accept header
     */
    @Nullable Page render(String accepted) throws IOException {
        try {
            if (!scraping.tryLock(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        try {
            SnapshotSink sink = new SnapshotSink();
            sources.forEach(source -> collect(source, sink));
            sink.counter(
                    "sluice_metric_failures_total",
                    "How often a part of these metrics could not be told; the log says why.",
                    failures.value());
            return write(accepted, sink);
        } finally {
            scraping.unlock();
        }
    }

    /** A part that fails takes no other part with it. */
    private void collect(MetricSource source, SnapshotSink sink) {
        try {
            source.collect(sink);
        } catch (RuntimeException defect) {
            failures.increment();
            LOG.error("metrics of {} cannot be told: a defect", source, defect);
        }
    }

    private Page write(String accepted, SnapshotSink sink) throws IOException {
        ExpositionFormatWriter writer = OpenMetricsTextFormatWriter.create();
        if (!writer.accepts(accepted)) {
            writer = PrometheusTextFormatWriter.create();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(USUAL_BYTES);
        writer.write(out, sink.snapshots(machine().scrape()), EscapingScheme.UNDERSCORE_ESCAPING);
        return new Page(writer.getContentType(), out.toByteArray());
    }

    /** The JVM and the process, under the names that the world has for them. */
    private PrometheusRegistry machine() {
        PrometheusRegistry known = machine;
        if (known == null) {
            known = new PrometheusRegistry();
            JvmMemoryMetrics.builder().register(known);
            JvmBufferPoolMetrics.builder().register(known);
            JvmGarbageCollectorMetrics.builder().register(known);
            JvmThreadsMetrics.builder().register(known);
            JvmRuntimeInfoMetric.builder().register(known);
            ProcessMetrics.builder().register(known);
            machine = known;
        }
        return known;
    }
}
