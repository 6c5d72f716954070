package io.sluice.engine.loop;

import java.util.concurrent.TimeUnit;

/**
 * One owner of connections, partitions and machines. In production a platform thread; in tests and
 * simulation driven by the caller. A task never blocks: waiting work goes to {@link IoThreads}.
 */
public interface EventLoop {

    /** Whether the caller runs on this loop and may touch what it owns. */
    boolean inLoop();

    /** Runs the task now when called on this loop, else through the mailbox. Any thread. */
    void execute(Runnable task);

    /** Puts the task into the mailbox, behind what waits there. Any thread. */
    void post(Runnable task);

    /** A delay that is longer is as long as that: a hundred years, which add up to no overflow. */
    long MAX_DELAY_MS = TimeUnit.DAYS.toMillis(36_525);

    /** What a timer's delay is by the monotonic clock, ns. */
    static long delayNanos(long delayMs) {
        return TimeUnit.MILLISECONDS.toNanos(Math.clamp(delayMs, 0L, MAX_DELAY_MS));
    }

    /**
     * Runs the task on this loop after a delay.
     *
     * @param delayMs from now by the monotonic clock; 0 runs it after the current task, more than
     *     {@link #MAX_DELAY_MS} practically never
     * @throws IllegalStateException if called outside the loop
     */
    Timer schedule(long delayMs, Runnable task);

    Clock clock();

    /** A task that waits for its time. Owned by the loop. */
    interface Timer {
        /** Forgets the task; no effect once it has run. */
        void cancel();
    }
}
