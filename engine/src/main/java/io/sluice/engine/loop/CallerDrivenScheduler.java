package io.sluice.engine.loop;

/**
 * Virtual time for tests and simulation: one heap of events by (time, sequence), run by the caller
 * in one thread. Several {@link CallerDrivenLoop}s, {@link CallerDrivenIo} and simulated networks
 * share one, so that a whole cluster is one deterministic sequence.
 */
public final class CallerDrivenScheduler {

    private final TimerHeap events = new TimerHeap();
    private final ManualClock clock;

    public CallerDrivenScheduler(ManualClock clock) {
        this.clock = clock;
    }

    public ManualClock clock() {
        return clock;
    }

    /** Runs the task once virtual time has reached now plus the delay. */
    public EventLoop.Timer after(long delayNanos, Runnable task) {
        return events.add(clock.monotonicNanos() + Math.max(0, delayNanos), task);
    }

    /** Runs the next event, moving time to it; false if there is none. */
    public boolean runNext() {
        return runNextUntil(TimerHeap.NONE);
    }

    /** Runs everything that is due now, and what that makes due now. */
    public void runReady() {
        advanceNanos(0);
    }

    /** Moves time on and runs all that falls into it, in order. */
    public void advanceMs(long ms) {
        advanceNanos(ms * 1_000_000L);
    }

    /** The monotonic time of the next event; {@link Long#MAX_VALUE} if there is none. */
    public long nextNanos() {
        return events.nextNanos();
    }

    /** Events that wait. */
    public int pending() {
        return events.size();
    }

    /**
     * Forgets everything that waits, of all loops. One node alone: {@link CallerDrivenLoop#halt}.
     */
    public void clear() {
        events.clear();
    }

    private void advanceNanos(long nanos) {
        long until = clock.monotonicNanos() + nanos;
        while (runNextUntil(until)) {
            // all that falls into the time
        }
        clock.advanceTo(until);
    }

    private boolean runNextUntil(long untilNanos) {
        TimerHeap.Entry event = events.takeDue(untilNanos);
        if (event == null) {
            return false;
        }
        clock.advanceTo(event.atNanos());
        event.task().run();
        return true;
    }
}
