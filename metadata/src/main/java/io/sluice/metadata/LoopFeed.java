package io.sluice.metadata;

import io.sluice.engine.loop.EventLoop;
import java.util.concurrent.Semaphore;

/**
 * Brings what Ratis tells to the metadata's loop, in order. A thread of Ratis waits while much of
 * it lies unread, so that a slow loop slows the log down instead of filling the memory.
 */
final class LoopFeed {

    /** Bytes that may lie unread. */
    static final int MAX_UNREAD_BYTES = 16 << 20;

    /** What an entry counts beside its bytes: this bounds the number of small ones. */
    static final int ENTRY_COUNTS_BYTES = 4096;

    private final EventLoop loop;
    private final Semaphore room = new Semaphore(MAX_UNREAD_BYTES);
    private volatile boolean closed;

    LoopFeed(EventLoop loop) {
        this.loop = loop;
    }

    /** Waits for room, never on the loop. */
    void put(int bytes, Runnable step) {
        int need = (int) Math.min(MAX_UNREAD_BYTES, (long) bytes + ENTRY_COUNTS_BYTES);
        room.acquireUninterruptibly(need);
        loop.post(() -> {
            try {
                if (!closed) {
                    step.run();
                }
            } finally {
                room.release(need);
            }
        });
    }

    /** Does not wait: for what is rare and small. Any thread; behind what the thread put before. */
    void tell(Runnable step) {
        loop.post(() -> {
            if (!closed) {
                step.run();
            }
        });
    }

    /** Nothing is brought any more, and nobody waits. */
    void close() {
        closed = true;
        room.release(Integer.MAX_VALUE / 2);
    }

    boolean isClosed() {
        return closed;
    }
}
