package io.sluice.engine.replication;

import io.sluice.engine.metrics.Counter;

/** The requests of one loop's fetchers since the start. Owned by it, read by any thread. */
public final class FetchCounts {
    private final Counter requests = new Counter();
    private final Counter failures = new Counter();

    void sent() {
        requests.increment();
    }

    void failed() {
        failures.increment();
    }

    /** Fetches that were sent to leaders. */
    public long requests() {
        return requests.value();
    }

    /** Those without an answer, or with an error for all of them. */
    public long failures() {
        return failures.value();
    }
}
