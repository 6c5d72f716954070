package io.sluice.transport;

import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;

/** Tells of connections and what goes over them. */
final class TransportMetrics implements MetricSource {

    private static final String REFUSED = "sluice_connections_refused_total";
    private static final String REFUSED_HELP = "Connections closed at once, by the limit they met.";

    private final TransportStats stats;
    private final FrameMemory memory;
    private final TransportSettings settings;

    TransportMetrics(TransportStats stats, FrameMemory memory, TransportSettings settings) {
        this.stats = stats;
        this.memory = memory;
        this.settings = settings;
    }

    @Override
    public void collect(MetricSink sink) {
        sink.gauge(
                "sluice_connections",
                "Connections open now, those to other brokers included.",
                stats.open());
        sink.gauge(
                "sluice_connections_limit",
                "Connections that may be open: max.connections, or fewer where the process may not"
                        + " open so many files.",
                settings.maxConnections());
        sink.counter(
                "sluice_connections_accepted_total",
                "Connections that clients and other brokers made.",
                stats.accepted());
        sink.counter(REFUSED, REFUSED_HELP, stats.refusedInAll(), "limit", "max.connections");
        sink.counter(
                REFUSED,
                REFUSED_HELP,
                stats.refusedPerAddress(),
                "limit",
                "max.connections.per.ip");
        sink.counter(
                "sluice_connections_malformed_total",
                "Connections closed because they sent what is no request, or too large a one.",
                stats.malformed());
        sink.counter(
                "sluice_connections_timed_out_total",
                "Connections closed because they were idle, or took or sent nothing for too long.",
                stats.timedOut());
        sink.counter(
                "sluice_connections_slowed_total",
                "How often a connection was not read because the memory for requests was used up.",
                stats.starvations());
        sink.counter(
                "sluice_network_received_bytes_total",
                "Bytes received on all connections.",
                stats.bytesIn());
        sink.counter(
                "sluice_network_sent_bytes_total",
                "Bytes sent on all connections.",
                stats.bytesOut());
        sink.gauge(
                "sluice_request_memory_bytes",
                "Memory that requests of clients hold now.",
                memory.usedBytes());
        sink.gauge(
                "sluice_request_memory_limit_bytes",
                "Memory that requests of clients may hold (queued.max.request.bytes).",
                settings.frameMemoryBytes());
    }
}
