package io.sluice.engine.loop;

import java.util.PriorityQueue;

/**
 * Virtual time for tests and simulation: one heap of events by (time, sequence), run by the caller
 * in one thread. Several {@link CallerDrivenLoop}s, {@link CallerDrivenIo} and simulated networks
 * share one, so that a whole cluster is one deterministic sequence.
 */
public final class CallerDrivenScheduler {

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final ManualClock clock;
    private long nextSequence;

    public CallerDrivenScheduler(ManualClock clock) {
        this.clock = clock;
    }

    /** Something that will happen. */
    final class Event implements EventLoop.Timer, Comparable<Event> {
        private final long atNanos;
        private final long sequence;
        private final Runnable task;

        private Event(long atNanos, long sequence, Runnable task) {
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.task = task;
        }

        @Override
        public void cancel() {
            events.remove(this);
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    public ManualClock clock() {
        return clock;
    }

    /** Runs the task once virtual time has reached now plus the delay. */
    public EventLoop.Timer after(long delayNanos, Runnable task) {
        Event event =
                new Event(clock.monotonicNanos() + Math.max(0, delayNanos), nextSequence++, task);
        events.add(event);
        return event;
    }

    /** Runs the next event, moving time to it; false if there is none. */
    public boolean runNext() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        clock.advanceTo(event.atNanos);
        event.task.run();
        return true;
    }

    /** Runs everything that is due now, and what that makes due now. */
    public void runReady() {
        advanceNanos(0);
    }

    /** Moves time on and runs all that falls into it, in order. */
    public void advanceMs(long ms) {
        advanceNanos(ms * 1_000_000L);
    }

    /** Events that wait. */
    public int pending() {
        return events.size();
    }

    /** Forgets everything that waits: the process is gone. */
    public void clear() {
        events.clear();
    }

    private void advanceNanos(long nanos) {
        long until = clock.monotonicNanos() + nanos;
        for (Event next = events.peek();
                next != null && next.atNanos <= until;
                next = events.peek()) {
            runNext();
        }
        clock.advanceTo(until);
    }
}
