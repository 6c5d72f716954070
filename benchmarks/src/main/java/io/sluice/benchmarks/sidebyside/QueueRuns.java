package io.sluice.benchmarks.sidebyside;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What is measured at a queue, by consumers and senders of this process. */
final class QueueRuns {

    private static final long HIGHEST_NANOS = 60_000_000_000L;

    private QueueRuns() {}

    /** From the first record to the last: members join before it. */
    static Map<Metric, Double> drained(
            QueueSide side, String queue, int number, long records, long maxNanos) {
        Span span = new Span();
        ProcessFigures before = side.figures();
        long taken = side.drain(queue, number, records, maxNanos, span);
        ProcessFigures used = side.figures().since(before);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.RECORDS_PER_S, taken / span.seconds());
        figures.put(Metric.CPU_S_PER_MILLION, used.totalSeconds() * 1e6 / taken);
        return figures;
    }

    /** When the first record was taken, and the last. */
    private static final class Span implements QueueSide.Taken {
        private volatile long first;
        private volatile long last;

        @Override
        public void taken(byte[] record) {
            long now = System.nanoTime();
            if (first == 0) {
                first = now;
            }
            last = now;
        }

        double seconds() {
            return Math.max(1L, last - first) / 1e9;
        }
    }

    /** At a steady rate, when so many seconds are over. */
    static Map<Metric, Double> delivered(
            QueueSide side, String queue, int number, int rate, int uncounted, int seconds) {
        long nanos = seconds * 1_000_000_000L;
        Histogram latencies = new ConcurrentHistogram(HIGHEST_NANOS, 3);
        long first = (long) rate * uncounted;
        long all = first + (long) seconds * rate;
        QueueSide.Taken measured = QueueSide.Taken.into(latencies);
        ProcessFigures before = side.figures();
        Thread sender =
                Thread.ofPlatform()
                        .start(() -> side.pace(queue, rate, all * 1_000_000_000L / rate));
        long[] seen = new long[1];
        side.drain(
                queue,
                number,
                all,
                nanos + 2 * uncounted * 1_000_000_000L,
                record -> {
                    boolean counts;
                    synchronized (seen) {
                        counts = ++seen[0] > first;
                    }
                    if (counts) {
                        measured.taken(record);
                    }
                });
        join(sender);
        ProcessFigures used = side.figures().since(before);
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        figures.put(Metric.P50_MS, latencies.getValueAtPercentile(50) / 1e6);
        figures.put(Metric.P99_MS, latencies.getValueAtPercentile(99) / 1e6);
        figures.put(Metric.CPU_S_PER_MILLION, used.totalSeconds() * 1e6 / all);
        return figures;
    }

    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
