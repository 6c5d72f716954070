package io.sluice.core.coordinator;

/**
 * A machine that decides by its state and remembers by events. Pure and without threads: the host
 * calls it from one loop, applies the events of a decision before it asks for the next one, and
 * holds the answers until the events are stored for good.
 *
 * @param <C> commands
 * @param <E> events
 * @param <R> answers
 */
public interface Coordinator<C, E, R> {

    /**
     * What follows from a command. Reads the state and changes nothing that {@link #apply} keeps.
     *
     * @param token names the command in an answer; never used twice
     * @param nowMs milliseconds since 1970; never goes back
     */
    Decision<E, R> decide(long token, C command, long nowMs);

    /** The only writer of what is remembered, used live and at replay alike. */
    void apply(E event);

    /** When {@link #onDeadline} wants to be called next; {@link Long#MAX_VALUE} for never. */
    long nextDeadlineMs();

    /** What follows from the time. Called at or after {@link #nextDeadlineMs}. */
    Decision<E, R> onDeadline(long nowMs);
}
