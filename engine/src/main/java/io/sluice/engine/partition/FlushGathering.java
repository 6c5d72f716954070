package io.sluice.engine.partition;

/**
 * Guesses whether a flush should wait a moment for more appends. A client that pipelines sends the
 * next request when one is answered. Were each flush begun at once, its requests would fall into
 * two groups that take turns, and every group would pay for a flush; a short wait brings them
 * together. Who sends one request at a time is never made to wait.
 *
 * <p>It remembers how many appends waited together lately; that memory fades by one with every
 * flush that does not see so many again.
 */
final class FlushGathering {

    /** Appends waiting together from which on gathering pays. */
    static final int WORTH_GATHERING = 4;

    private int most;

    /**
     * A flush is about to begin.
     *
     * @param waiting appends that it will serve
     * @return whether more are about to come
     */
    boolean begins(int waiting) {
        if (waiting >= most) {
            most = waiting;
            return false;
        }
        boolean moreToCome = most >= WORTH_GATHERING;
        most--;
        return moreToCome;
    }

    /**
     * A flush has ended.
     *
     * @param waiting appends that wait, those included that it has served
     */
    void ended(int waiting) {
        most = Math.max(most, waiting);
    }
}
