package io.sluice.kafka.metrics;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.LatencyHistogram.Distribution;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.kafka.codec.Api;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The requests of all loops. */
public final class RequestMetrics implements MetricSource {

    /** One for each loop that ever had a connection: as many as the broker has loops. */
    private final Map<EventLoop, LoopRequests> byLoop = new ConcurrentHashMap<>();

    /** What a loop counts; any thread. */
    public LoopRequests of(EventLoop loop) {
        return byLoop.computeIfAbsent(loop, one -> new LoopRequests());
    }

    @Override
    public void collect(MetricSink sink) {
        for (Api api : Api.values()) {
            collect(api, sink);
        }
        long inFlight = 0L;
        long unreadable = 0L;
        long defects = 0L;
        for (LoopRequests loop : byLoop.values()) {
            inFlight += loop.inFlight();
            unreadable += loop.unreadables();
            defects += loop.defects();
        }
        sink.gauge(
                "sluice_requests_in_flight",
                "Requests begun and not answered yet; a fetch that waits for records is one.",
                Math.max(0L, inFlight));
        sink.counter(
                "sluice_requests_unreadable_total",
                "Requests that could not be read, or in a version that is not served; they cost"
                        + " their sender the connection.",
                unreadable);
        sink.counter(
                "sluice_request_defects_total",
                "Requests that failed by a defect of the broker; its log tells more.",
                defects);
    }

    /** An API that nobody used is left out. */
    private void collect(Api api, MetricSink sink) {
        Distribution took = Distribution.none();
        long[] errors = ErrorCounts.none();
        for (LoopRequests loop : byLoop.values()) {
            took = took.and(loop.durations(api));
            loop.addErrors(api, errors);
        }
        if (took.count() == 0L) {
            return;
        }
        String name = api.name().toLowerCase(Locale.ROOT);
        sink.histogram(
                "sluice_request_duration_seconds",
                "From the first step of a request to its answer; waits that it asks for included.",
                took,
                "api",
                name);
        for (int i = 0; i < errors.length; i++) {
            if (errors[i] > 0L) {
                sink.counter(
                        "sluice_request_errors_total",
                        "Errors in answers, each partition, group or topic by itself.",
                        errors[i],
                        "api",
                        name,
                        "error",
                        ErrorCounts.name(i));
            }
        }
    }
}
