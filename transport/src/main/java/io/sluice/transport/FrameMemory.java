package io.sluice.transport;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How much memory received frames hold, over all loops. At the limit no connection is read. A frame
 * that is half received waits as well, except one at a time, which may exceed the limit until it is
 * released: so frames that wait for each other's memory cannot stop everything, and a frame larger
 * than the limit gets through. In all: the limit, one largest frame, and what one read of each loop
 * brings.
 */
final class FrameMemory {

    private final long limitBytes;
    private final Runnable onRoom;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicBoolean starved = new AtomicBoolean();
    private final AtomicReference<@Nullable Object> exceeding = new AtomicReference<>();

    /**
     * @param onRoom called, on any thread, when a refusal may be tried again
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
        // Room may have come between the look and the mark, with nobody left to call us. The mark
        // stays in any case: others may wait by it.
        return usedBytes.get() < limitBytes;
    }

    /** Counts memory of bytes that were read already. */
    void add(long bytes) {
        usedBytes.addAndGet(bytes);
    }

    /**
     * Takes memory for a frame that grows; if refused, {@code onRoom} will be called.
     *
     * @param frame stands for this frame alone, until {@link #endExceeding}
     */
    boolean tryGrow(Object frame, long bytes) {
        if (addWithin(bytes) || mayExceed(frame, bytes)) {
            return true;
        }
        starved.set(true);
        return addWithin(bytes) || mayExceed(frame, bytes);
    }

    private boolean addWithin(long bytes) {
        for (long used = usedBytes.get(); used + bytes <= limitBytes; used = usedBytes.get()) {
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
        }
        return false;
    }

    private boolean mayExceed(Object frame, long bytes) {
        if (exceeding.get() == frame || exceeding.compareAndSet(null, frame)) {
            usedBytes.addAndGet(bytes);
            return true;
        }
        return false;
    }

    /** The frame is released or gone: another may exceed the limit. */
    void endExceeding(@Nullable Object frame) {
        if (frame != null && exceeding.get() == frame) {
            exceeding.set(null);
            if (starved.compareAndSet(true, false)) {
                onRoom.run();
            }
        }
    }

    /** Gives memory back. Any thread. */
    void give(long bytes) {
        long used = usedBytes.addAndGet(-bytes);
        if (used < limitBytes && starved.get() && starved.compareAndSet(true, false)) {
            onRoom.run();
        }
    }

    /** Whether someone waits, or soon will, so that a frame that does not arrive does harm. */
    boolean isTight() {
        return usedBytes.get() >= limitBytes || exceeding.get() != null;
    }

    long usedBytes() {
        return usedBytes.get();
    }
}
