package io.sluice.benchmarks.sidebyside;

import java.util.Map;
import org.HdrHistogram.Histogram;

/** A product with work queues: each record goes to one of the consumers, and is acknowledged. */
interface QueueSide extends AutoCloseable {

    String name();

    /** The first queue was filled and drained: what that made can be set now. */
    default void warmed() {}

    /** Makes an empty queue. */
    void create(String queue);

    /** Puts records in, and waits until all are acknowledged. */
    void fill(String queue, long records);

    /**
     * Takes records out, by consumers side by side, and acknowledges them, until so many were taken
     * or the time is over.
     *
     * @param taken is told of each
     * @return how many
     */
    long drain(String queue, int consumers, long records, long maxNanos, Taken taken);

    /** Puts records in at a steady rate. */
    void pace(String queue, int perSecond, long nanos);

    void delete(String queue);

    /** How fast consumers empty a full queue, and what that costs its broker. */
    default Map<Metric, Double> drained(String queue, int number, long records, long maxNanos) {
        return QueueRuns.drained(this, queue, number, records, maxNanos);
    }

    /**
     * How long records take to consumers at a steady rate, and what that costs.
     *
     * @param uncounted seconds at the beginning that do not count
     */
    default Map<Metric, Double> delivered(
            String queue, int number, int rate, int uncounted, int seconds) {
        return QueueRuns.delivered(this, queue, number, rate, uncounted, seconds);
    }

    /** Of the broker. */
    ProcessFigures figures();

    @Override
    void close();

    /** A consumer was given a record. Called by several threads. */
    @FunctionalInterface
    interface Taken {
        void taken(byte[] record);

        /** Measures from when a record was due to be sent. */
        static Taken into(Histogram latencies) {
            return record ->
                    latencies.recordValue(
                            Math.max(0L, System.nanoTime() - QueueRecord.due(record)));
        }
    }
}
