package io.sluice.engine.replication;

import io.sluice.core.partition.LeaderInput.ReplicaFetched;
import io.sluice.engine.loop.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Tells by a fetch when its sender followed for certain, however long it was on its way: a leader
 * stamps its answers, and a follower tells with each fetch the newest stamp that it has heard. Any
 * thread.
 */
public final class AnswerClock {

    private final long run;

    /**
     * @param run of this process, as no other one of this broker has it
     */
    public AnswerClock(long run) {
        this.run = run;
    }

    /**
     * When an answer was given.
     *
     * @param run of the process that gave it
     * @param ms on its monotonic clock
     */
    public record Stamp(long run, long ms) {}

    /** Of an answer that is given now. */
    public Stamp stamp(Clock clock) {
        return new Stamp(run, clock.monotonicMs());
    }

    /** When the sender of a fetch followed, as {@link ReplicaFetched#followedMs} has it. */
    public long followedMs(@Nullable Stamp heard) {
        return heard == null || heard.run != run ? ReplicaFetched.UNHEARD : heard.ms;
    }
}
