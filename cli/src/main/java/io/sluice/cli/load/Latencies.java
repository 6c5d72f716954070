package io.sluice.cli.load;

import io.sluice.cli.terminal.Json;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** Latencies from many threads: those of the last interval, and all of them. */
final class Latencies {

    private static final long HIGHEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final Recorder recorder = new Recorder(HIGHEST_NANOS, DIGITS);
    private final Histogram all = new Histogram(HIGHEST_NANOS, DIGITS);
    private @Nullable Histogram interval;

    /** Any thread. */
    void record(long nanos) {
        recorder.recordValue(Math.clamp(nanos, 0, HIGHEST_NANOS));
    }

    /** Ends the interval; the reporting thread alone. */
    Histogram nextInterval() {
        Histogram next = recorder.getIntervalHistogram(interval);
        interval = next;
        all.add(next);
        return next;
    }

    /** Everything up to the last interval's end. */
    Histogram all() {
        return all;
    }

    static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    /** For example {@code p50 0.41 p95 1.20 p99 3.8 p99.9 9.1 max 12.0 ms}. */
    static String line(Histogram histogram) {
        return String.format(
                Locale.ROOT,
                "p50 %.2f  p95 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms",
                millis(histogram, 50),
                millis(histogram, 95),
                millis(histogram, 99),
                millis(histogram, 99.9),
                histogram.getMaxValue() / 1e6);
    }

    static Map<String, @Nullable Object> document(Histogram histogram) {
        return Json.object(
                "p50", millis(histogram, 50),
                "p95", millis(histogram, 95),
                "p99", millis(histogram, 99),
                "p99.9", millis(histogram, 99.9),
                "max", histogram.getMaxValue() / 1e6);
    }
}
