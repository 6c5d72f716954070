package io.sluice.engine.metrics;

/**
 * A room that tells of itself. Called on a thread that may wait, by one caller at a time; a source
 * that has to ask loops waits for them a bounded time and leaves out what does not come.
 */
@FunctionalInterface
public interface MetricSource {

    void collect(MetricSink sink);
}
