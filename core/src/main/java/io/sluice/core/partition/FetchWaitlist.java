package io.sluice.core.partition;

import org.jspecify.annotations.Nullable;

/**
 * Readers that wait for a partition to grow past an offset. Woken once, in the order they came; a
 * waiter leaves in constant time. Bounded: at {@link #CAPACITY} a reader is not taken and asks
 * again.
 */
public final class FetchWaitlist {

    /** Readers that may wait on one partition. */
    public static final int CAPACITY = 10_000;

    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private int size;

    /** Takes those that are to be woken. */
    public interface Wakes {
        void wake(Waiter waiter);
    }

    /** One waiting reader, a link of the list it waits in. */
    public static final class Waiter {
        private final long offset;
        private final Runnable wake;
        private boolean waiting;
        private boolean cancelled;
        private @Nullable Waiter previous;
        private @Nullable Waiter next;

        /**
         * @param offset it has everything below; it is woken when there is more
         */
        public Waiter(long offset, Runnable wake) {
            this.offset = offset;
            this.wake = wake;
        }

        /** Tells the reader, unless it has left. Called by the host, outside the machine. */
        public void wake() {
            if (!cancelled) {
                wake.run();
            }
        }
    }

    /** Takes a reader in; false at the bound. */
    public boolean add(Waiter waiter) {
        if (size == CAPACITY) {
            return false;
        }
        waiter.waiting = true;
        waiter.previous = last;
        if (last == null) {
            first = waiter;
        } else {
            last.next = waiter;
        }
        last = waiter;
        size++;
        return true;
    }

    /** Lets a reader go: it is woken no more, not even by a wake that is on its way. */
    public void cancel(Waiter waiter) {
        waiter.cancelled = true;
        remove(waiter);
    }

    private void remove(Waiter waiter) {
        if (!waiter.waiting) {
            return;
        }
        waiter.waiting = false;
        if (waiter.previous == null) {
            first = waiter.next;
        } else {
            waiter.previous.next = waiter.next;
        }
        if (waiter.next == null) {
            last = waiter.previous;
        } else {
            waiter.next.previous = waiter.previous;
        }
        waiter.previous = null;
        waiter.next = null;
        size--;
    }

    /** Takes out all who wait for less than the readable end, and hands them to the outbox. */
    void grown(long readableEnd, Wakes outbox) {
        Waiter waiter = first;
        while (waiter != null) {
            Waiter following = waiter.next;
            if (waiter.offset < readableEnd) {
                remove(waiter);
                outbox.wake(waiter);
            }
            waiter = following;
        }
    }

    /** Readers that wait. */
    public int size() {
        return size;
    }
}
