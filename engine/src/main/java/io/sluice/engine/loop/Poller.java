package io.sluice.engine.loop;

import java.io.IOException;

/**
 * What an event loop waits in: the selector of the transport, or a plain park where the loop has no
 * sockets.
 */
public interface Poller extends AutoCloseable {

    /**
     * Waits for readiness and serves what is ready, on the loop's thread.
     *
     * @param timeoutNanos how long at most; 0 only looks, negative waits until woken
     */
    void poll(long timeoutNanos) throws IOException;

    /** Ends a wait that runs or comes next. Any thread. */
    void wakeup();

    @Override
    void close() throws IOException;
}
