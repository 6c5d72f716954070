package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * From the start of the process to the first acknowledged record, on a data folder with a topic in
 * it, and what is resident some seconds later with nothing to do.
 */
record StartWork(String name, List<Bar> bars) implements Work {

    private static final String TOPIC = "first";
    private static final long SETTLE_NANOS = 3_000_000_000L;

    @Override
    public boolean countsCold() {
        return true;
    }

    @Override
    public Map<Metric, Double> measure(Peer peer, Client client, Bounds bounds) {
        Path data = peer.freshData();
        peer.prepare(data);
        int port = Peer.freePort();
        try {
            try (RunningBroker first = peer.start(data, port)) {
                client.createTopic(
                        first.bootstrap(), TOPIC, 1, TopicSettings.of(peer.product(), false));
                // Warms the client for what is timed below.
                client.firstRecord(first.bootstrap(), TOPIC);
            }
            long start = System.nanoTime();
            Process process = peer.launch(data, port);
            String bootstrap = "127.0.0.1:" + port;
            Peer.awaitListening(port);
            client.firstRecord(bootstrap, TOPIC);
            double millis = (System.nanoTime() - start) / 1e6;
            try (RunningBroker broker =
                    new RunningBroker(process, peer.awaitPid(process, data), bootstrap, data)) {
                long until = System.nanoTime() + SETTLE_NANOS;
                while (System.nanoTime() - until < 0) {
                    LockSupport.parkNanos(until - System.nanoTime());
                }
                Map<Metric, Double> figures = new EnumMap<>(Metric.class);
                figures.put(Metric.START_MS, millis);
                figures.put(Metric.IDLE_MB, ProcessFigures.residentMb(broker.pid()));
                return figures;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
