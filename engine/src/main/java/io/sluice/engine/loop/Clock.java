package io.sluice.engine.loop;

/** Port to time. Any thread may call it. */
public interface Clock {

    /** Milliseconds since 1970. May jump both ways; for timestamps only. */
    long wallMs();

    /** Nanoseconds from an arbitrary start; never goes back. For deadlines. */
    long monotonicNanos();

    /** The same in milliseconds. */
    default long monotonicMs() {
        return monotonicNanos() / 1_000_000L;
    }
}
