package io.sluice.simulator.world;

import io.sluice.engine.loop.Clock;

/** The clock of one machine: it drifts against the world's, and its wall time jumps. */
public final class MachineClock implements Clock {

    private static final long MILLION = 1_000_000L;
    private static final long START_MS = 1_700_000_000_000L;

    private final World world;
    private long sinceWorld;
    private long sinceOwn;
    private long driftPpm;
    private long wallOffsetMs = START_MS;
    private long latestMs = START_MS;

    public MachineClock(World world) {
        this.world = world;
    }

    @Override
    public long monotonicNanos() {
        long passed = world.nowNanos() - sinceWorld;
        return sinceOwn + passed + passed / MILLION * driftPpm;
    }

    @Override
    public long wallMs() {
        return wallOffsetMs + monotonicNanos() / MILLION;
    }

    /** From now on it goes faster by so many millionths, or slower. */
    public void drift(long ppm) {
        sinceOwn = monotonicNanos();
        sinceWorld = world.nowNanos();
        driftPpm = ppm;
        if (ppm != 0) {
            world.felt(Effects.Effect.CLOCK_WRONG);
        }
    }

    /** The most it has ever shown. */
    public long latestMs() {
        return Math.max(latestMs, wallMs());
    }

    /** The wall clock is set. */
    public void jump(long byMs) {
        latestMs = latestMs();
        wallOffsetMs += byMs;
        world.felt(Effects.Effect.CLOCK_WRONG);
    }

    /** The world's time in which so much passes here; never too little. */
    long worldNanos(long ownNanos) {
        if (driftPpm == 0) {
            return ownNanos;
        }
        return ownNanos + ownNanos / MILLION * -driftPpm + ownNanos / 10_000L + 2 * MILLION;
    }
}
