package io.sluice.kafka.metrics;

import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.LatencyHistogram;
import io.sluice.kafka.codec.Api;
import java.util.Arrays;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * The requests of one loop's connections. Owned by the loop, read by any thread. Counting allocates
 * nothing.
 */
public final class LoopRequests {

    private static final int APIS = Api.values().length;

    private final LatencyHistogram[] durations = new LatencyHistogram[APIS];
    private final ErrorCounts[] errors = new ErrorCounts[APIS];
    private final Counter unreadable = new Counter();
    private final Counter defects = new Counter();
    private final Counter begun = new Counter();
    private final Counter ended = new Counter();

    LoopRequests() {
        Arrays.setAll(durations, api -> new LatencyHistogram());
        Arrays.setAll(errors, api -> new ErrorCounts());
    }

    public void begun() {
        begun.increment();
    }

    /** It is done, or its connection has gone. */
    public void ended() {
        ended.increment();
    }

    /** It is done, whatever came of it; from its first step to its answer. */
    public void took(Api api, long nanos) {
        durations[api.ordinal()].record(nanos);
    }

    /** It is answered so. */
    public void answered(Api api, ApiMessage answer) {
        AnswerErrors.count(answer, errors[api.ordinal()]);
    }

    /** Its sender has broken the protocol, and loses the connection. */
    public void unreadable() {
        unreadable.increment();
    }

    /** A step of it threw. */
    public void defect() {
        defects.increment();
    }

    LatencyHistogram.Distribution durations(Api api) {
        return durations[api.ordinal()].read();
    }

    void addErrors(Api api, long[] all) {
        errors[api.ordinal()].addTo(all);
    }

    long unreadables() {
        return unreadable.value();
    }

    long defects() {
        return defects.value();
    }

    /** Begun and not ended. */
    long inFlight() {
        return begun.value() - ended.value();
    }
}
