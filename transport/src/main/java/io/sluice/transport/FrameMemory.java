package io.sluice.transport;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory received frames hold, over all loops. At the bound no connection begins another
 * frame; one that is half received may grow up to twice the bound, so that frames that wait for
 * each other's memory cannot stop everything.
 */
final class FrameMemory {

    private final long limitBytes;
    private final Runnable onRoom;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicBoolean starved = new AtomicBoolean();

    /**
     * @param onRoom called, on any thread, when memory came free after a refusal
     */
    FrameMemory(long limitBytes, Runnable onRoom) {
        this.limitBytes = limitBytes;
        this.onRoom = onRoom;
    }

    /** Whether a new frame may begin now; if not, {@code onRoom} will be called. */
    boolean hasRoom() {
        if (usedBytes.get() < limitBytes) {
            return true;
        }
        starved.set(true);
        // Room may have come between the look and the mark, with nobody left to call us.
        return usedBytes.get() < limitBytes && starved.compareAndSet(true, false);
    }

    /** Takes memory for a frame that has begun; false at the hard bound. */
    boolean take(long bytes) {
        long used = usedBytes.addAndGet(bytes);
        if (used > 2 * limitBytes && used != bytes) {
            usedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Gives memory back. Any thread. */
    void give(long bytes) {
        long used = usedBytes.addAndGet(-bytes);
        if (used < limitBytes && starved.get() && starved.compareAndSet(true, false)) {
            onRoom.run();
        }
    }

    long usedBytes() {
        return usedBytes.get();
    }
}
