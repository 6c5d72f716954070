package io.sluice.outbox;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Numbers what a relay does to the world outside, and lets it die (or fail) at one number. */
final class Faults {

    /** The process is gone: nothing of it may catch this. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(int step) {
            super("killed at step " + step, null, false, false);
        }
    }

    enum Moment {
        BEFORE,
        AFTER
    }

    private final int killAt;
    private final Moment moment;
    private int steps;
    private @Nullable Killed killed;

    private Faults(int killAt, Moment moment) {
        this.killAt = killAt;
        this.moment = moment;
    }

    static Faults none() {
        return new Faults(Integer.MAX_VALUE, Moment.BEFORE);
    }

    /** Dies before or after its step with that number; the first is 1. */
    static Faults killAt(int step, Moment moment) {
        return new Faults(step, moment);
    }

    boolean happened() {
        return killed != null;
    }

    int steps() {
        return steps;
    }

    <T> T step(Callable<T> work) throws Exception {
        Killed dead = killed;
        if (dead != null) {
            throw dead;
        }
        steps++;
        if (steps == killAt && moment == Moment.BEFORE) {
            throw die();
        }
        T result = work.call();
        if (steps == killAt) {
            throw die();
        }
        return result;
    }

    private Killed die() {
        Killed now = new Killed(steps);
        killed = now;
        return now;
    }
}
