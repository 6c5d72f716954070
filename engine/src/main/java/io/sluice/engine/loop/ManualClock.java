package io.sluice.engine.loop;

/** A clock that stands still until it is moved. Wall time may jump; monotonic time only grows. */
public final class ManualClock implements Clock {

    private long nanos;
    private long wallOffsetMs;

    public ManualClock(long wallMs) {
        this.wallOffsetMs = wallMs;
    }

    @Override
    public long wallMs() {
        return wallOffsetMs + nanos / 1_000_000L;
    }

    @Override
    public long monotonicNanos() {
        return nanos;
    }

    /** Moves monotonic time, and wall time with it; never back. */
    public void advanceTo(long monotonicNanos) {
        nanos = Math.max(nanos, monotonicNanos);
    }

    /** The wall clock is set, either way. */
    public void jumpWall(long byMs) {
        wallOffsetMs += byMs;
    }
}
