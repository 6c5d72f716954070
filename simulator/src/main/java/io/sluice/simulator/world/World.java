package io.sluice.simulator.world;

import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Virtual time and chance. Every component has a stream of chance of its own, so that a change in
 * one leaves the others as they were.
 */
public final class World {

    private static final long NANOS_PER_MS = 1_000_000L;

    private final long seed;
    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(new ManualClock(0L));
    private final Trace trace;
    private final Effects effects = new Effects();
    private long events;

    public World(long seed, Trace trace) {
        this.seed = seed;
        this.trace = trace;
        trace.startAt(this::nowNanos);
    }

    public long seed() {
        return seed;
    }

    public Trace trace() {
        return trace;
    }

    /** What became of the faults that were made. */
    public Effects effects() {
        return effects;
    }

    /** A fault was felt. */
    public void felt(Effects.Effect effect) {
        effects.count(effect, 1L);
    }

    /** The stream of chance of the component with that name. */
    public Random random(String component) {
        return new Random(mixed(seed * 0x9E3779B97F4A7C15L + component.hashCode()));
    }

    /** SplitMix64, so that neighbours among the seeds have nothing in common. */
    private static long mixed(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    public long nowNanos() {
        return scheduler.clock().monotonicNanos();
    }

    public long nowMs() {
        return nowNanos() / NANOS_PER_MS;
    }

    /** Events that have happened. */
    public long events() {
        return events;
    }

    /** Makes something happen after a time. */
    public EventLoop.Timer after(long nanos, Runnable event) {
        return scheduler.after(nanos, event);
    }

    /** The same in milliseconds. */
    public EventLoop.Timer afterMs(long ms, Runnable event) {
        return scheduler.after(ms * NANOS_PER_MS, event);
    }

    /** Lets the next thing happen; false if there is none. */
    public boolean runNext() {
        events++;
        return scheduler.runNext();
    }

    /**
     * Lets things happen until the condition holds.
     *
     * @return whether it did before the time was over or nothing was left to happen
     */
    public boolean runUntil(BooleanSupplier condition, long withinMs) {
        long end = nowNanos() + withinMs * NANOS_PER_MS;
        while (!condition.getAsBoolean()) {
            if (scheduler.nextNanos() > end || !runNext()) {
                return false;
            }
        }
        return true;
    }

    /** Lets a time pass. */
    public void run(long ms) {
        runUntil(() -> false, ms);
    }
}
