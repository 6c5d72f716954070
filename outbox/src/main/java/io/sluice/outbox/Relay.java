package io.sluice.outbox;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;

/**
 * The sending side: a thread that takes messages out of the outbox's table to the broker. Start one
 * in every instance of a service: one of them is active, another takes over when it stops or dies.
 *
 * <p>Needs one connection of the data source while it runs. May be used by any thread.
 */
public final class Relay implements AutoCloseable {

    /** How long {@link #close()} waits for messages in flight. */
    public static final Duration DEFAULT_CLOSE_PATIENCE = Duration.ofSeconds(5);

    /** Beyond the patience: for the last statements, and a publisher's thread to end. */
    private static final Duration LAST_WORK = Duration.ofSeconds(10);

    private final RelayLoop loop;
    private final Reports reports;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock.
    private boolean woken;
    private boolean signalled;
    private boolean closing;
    private Duration patience = DEFAULT_CLOSE_PATIENCE;

    private volatile boolean active;
    private volatile int inFlight;

    private Relay(
            DataSource source,
            OutboxTables tables,
            Publisher.Factory publishers,
            RelayOptions options,
            RelayListener listener) {
        this.reports = new Reports(listener);
        long start = System.nanoTime();
        this.loop =
                new RelayLoop(
                        new OutboxStore(source, tables, options, InstantSource.system()),
                        publishers,
                        options,
                        reports,
                        tables.name(),
                        "relay " + UUID.randomUUID(),
                        () -> System.nanoTime() - start,
                        new Random(),
                        this::signal);
        this.thread =
                Thread.ofPlatform()
                        .name("sluice-outbox-" + tables.name())
                        .daemon()
                        .unstarted(this::run);
    }

    /** Starts a relay with the usual bounds, which writes to the log. */
    public static Relay start(
            DataSource source, OutboxTables tables, Publisher.Factory publishers) {
        return start(source, tables, publishers, RelayOptions.DEFAULT, RelayListener.logging());
    }

    /** Starts a relay. A database or a broker that is away is waited for. */
    public static Relay start(
            DataSource source,
            OutboxTables tables,
            Publisher.Factory publishers,
            RelayOptions options,
            RelayListener listener) {
        Relay relay = new Relay(source, tables, publishers, options, listener);
        relay.thread.start();
        return relay;
    }

    /** Call it after a commit that added messages: they are seen at once, not at the next look. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    public RelayStatus status() {
        return new RelayStatus(
                active,
                reports.publishedCount(),
                reports.parkedCount(),
                reports.failureCount(),
                inFlight);
    }

    /** Stops with the {@linkplain #DEFAULT_CLOSE_PATIENCE usual patience}. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE_PATIENCE);
    }

    /**
     * Sends nothing more, waits so long for what is in flight, deletes what was acknowledged, and
     * lets the next relay begin at once. What is not acknowledged by then is sent again by that
     * one.
     */
    public void close(Duration limit) {
        lock.lock();
        try {
            if (!closing) {
                closing = true;
                patience = limit;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(limit.plus(LAST_WORK));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void signal() {
        lock.lock();
        try {
            signalled = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            relay();
        } finally {
            active = false;
            inFlight = 0;
        }
    }

    private void relay() {
        while (!isClosing()) {
            takeWake();
            long wait = loop.step();
            show();
            await(wait);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        while (loop.drain() && System.nanoTime() < deadline) {
            awaitSignal(deadline - System.nanoTime());
        }
        loop.finish();
    }

    private void show() {
        active = loop.isActive();
        inFlight = loop.inFlight();
    }

    private boolean isClosing() {
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
    }

    private void takeWake() {
        lock.lock();
        try {
            if (woken) {
                woken = false;
                loop.wake();
            }
            signalled = false;
        } finally {
            lock.unlock();
        }
    }

    private void await(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !woken && !signalled && !closing) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Whoever interrupts a thread that is not theirs wants it to end.
            closing = true;
        } finally {
            lock.unlock();
        }
    }

    private void awaitSignal(long nanos) {
        lock.lock();
        try {
            long left = Math.min(nanos, Duration.ofMillis(100).toNanos());
            while (left > 0 && !signalled) {
                left = changed.awaitNanos(left);
            }
            signalled = false;
        } catch (InterruptedException e) {
            patience = Duration.ZERO;
        } finally {
            lock.unlock();
        }
    }
}
