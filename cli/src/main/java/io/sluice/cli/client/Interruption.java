package io.sluice.cli.client;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C or SIGTERM while a command works: the work is told to end, and the process stays until it
 * has said what it did, or until a limit. The exit code then is the signal's (130 for Ctrl-C).
 */
public final class Interruption implements AutoCloseable {

    private final Runnable end;
    private final Duration limit;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "sluice-stop");
    private volatile boolean requested;

    /**
     * Watches until it is closed.
     *
     * @param end tells the work to end; called on a thread of its own, at most once
     * @param limit how long the process then stays at most
     */
    public Interruption(Runnable end, Duration limit) {
        this.end = end;
        this.limit = limit;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    public boolean requested() {
        return requested;
    }

    private void interrupt() {
        requested = true;
        end.run();
        try {
            done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The work is done and what it said is written. */
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook is what brought us here.
        }
    }
}
