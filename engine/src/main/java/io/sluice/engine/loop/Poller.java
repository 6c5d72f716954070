package io.sluice.engine.loop;

import java.io.IOException;

/**
 * What an event loop waits in: the selector of the transport, or a plain park where the loop has no
 * sockets. All but {@link #wakeup} is called on the loop's thread.
 */
public interface Poller extends AutoCloseable {

    /** Ends what the loop's turn has left open, before it looks whether it may sleep. */
    default void beforeWait() throws IOException {}

    /**
     * Waits for readiness and serves what is ready.
     *
     * @param timeoutNanos how long at most; 0 only looks, negative waits until woken
     * @param awake to be run when the wait is over, before anything is served: from then on senders
     *     need not wake the loop. The loop runs it in any case after this call.
     */
    void poll(long timeoutNanos, Runnable awake) throws IOException;

    /** Ends a wait that runs or comes next. Any thread. */
    void wakeup();

    @Override
    void close() throws IOException;
}
