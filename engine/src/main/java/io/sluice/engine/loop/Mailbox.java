package io.sluice.engine.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The way into an event loop from other threads, and the engine's only thread-safe class. Many
 * threads put, the owner takes. A sleeping owner is woken by the first put and by no other, so that
 * a busy loop costs its senders no system call.
 */
final class Mailbox {

    /** Tasks that may wait; one more is a bug of flow control and is refused loudly. */
    static final int CAPACITY = 1_000_000;

    private static final int CHUNK = 256;

    private final MpscUnboundedAtomicArrayQueue<Runnable> tasks =
            new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean ownerSleeps = new AtomicBoolean();

    /**
     * Puts a task behind those that wait. Any thread.
     *
     * @return whether the owner sleeps and must be woken by the caller
     * @throws IllegalStateException at the bound
     */
    boolean put(Runnable task) {
        if (waiting.incrementAndGet() > CAPACITY) {
            waiting.decrementAndGet();
            throw new IllegalStateException("mailbox holds " + CAPACITY + " tasks");
        }
        tasks.add(task);
        return ownerSleeps.get() && ownerSleeps.compareAndSet(true, false);
    }

    /** The oldest task, or null. Owner only. */
    @Nullable Runnable take() {
        Runnable task = tasks.poll();
        if (task != null) {
            waiting.decrementAndGet();
        }
        return task;
    }

    /**
     * The owner is about to sleep.
     *
     * @return whether it may; false when a task came meanwhile
     */
    boolean sleep() {
        ownerSleeps.set(true);
        if (!tasks.isEmpty()) {
            ownerSleeps.set(false);
            return false;
        }
        return true;
    }

    /** The owner is awake again. */
    void awake() {
        ownerSleeps.set(false);
    }
}
