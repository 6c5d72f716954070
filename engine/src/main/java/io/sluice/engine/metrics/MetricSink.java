package io.sluice.engine.metrics;

/**
 * Takes what sources tell. Names follow Prometheus: {@code sluice_} first, the unit last, seconds
 * and bytes; a counter ends in {@code _total}. The samples of one name all have the same help and
 * the same labels' names.
 */
public interface MetricSink {

    /**
     * What only grows while the process lives.
     *
     * @param labels names and values in turn
     */
    void counter(String name, String help, double value, String... labels);

    /** What goes up and down. */
    void gauge(String name, String help, double value, String... labels);

    /** How long something took; the name ends in {@code _seconds}. */
    void histogram(String name, String help, LatencyHistogram.Distribution value, String... labels);
}
