package io.sluice.engine.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.atomic.MpscChunkedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The way into an event loop from other threads, and the engine's only thread-safe class. Many
 * threads put, the owner takes. A sleeping owner is woken by the first put and by no other, so that
 * a busy loop costs its senders no system call.
 *
 * <p>No wake is lost: a sender makes its task countable before it looks whether the owner sleeps,
 * the owner marks its sleep before it counts; both are sequentially consistent, so one of them sees
 * the other.
 */
final class Mailbox {

    /** Tasks that may wait; one more is a bug of flow control and is refused loudly. */
    static final int CAPACITY = 1 << 20;

    private static final int CHUNK = 256;

    private final MpscChunkedAtomicArrayQueue<Runnable> tasks =
            new MpscChunkedAtomicArrayQueue<>(CHUNK, CAPACITY);
    private final AtomicBoolean ownerSleeps = new AtomicBoolean();

    /**
     * Puts a task behind those that wait. Any thread.
     *
     * @return whether the owner sleeps and must be woken by the caller
     * @throws IllegalStateException at the bound
     */
    boolean put(Runnable task) {
        if (!tasks.offer(task)) {
            throw new IllegalStateException("mailbox holds " + CAPACITY + " tasks");
        }
        return ownerSleeps.get() && ownerSleeps.compareAndSet(true, false);
    }

    /** The oldest task, or null. Owner only. */
    @Nullable Runnable take() {
        return tasks.poll();
    }

    /**
     * The owner is about to sleep.
     *
     * @return whether it may; false when a task came meanwhile
     */
    boolean sleep() {
        ownerSleeps.set(true);
        if (tasks.isEmpty()) {
            return true;
        }
        ownerSleeps.set(false);
        return false;
    }

    /** The owner is awake again. */
    void awake() {
        if (ownerSleeps.get()) {
            ownerSleeps.set(false);
        }
    }
}
