package io.sluice.engine.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What a loop without sockets waits in. */
public final class ParkPoller implements Poller {

    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile @Nullable Thread sleeper;

    @Override
    public void poll(long timeoutNanos, Runnable awake) {
        if (timeoutNanos != 0) {
            sleeper = Thread.currentThread();
            if (!woken.get()) {
                // It may return for no reason; the loop then looks around and comes back.
                if (timeoutNanos < 0) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, timeoutNanos);
                }
            }
            sleeper = null;
        }
        woken.set(false);
        awake.run();
    }

    @Override
    public void wakeup() {
        woken.set(true);
        LockSupport.unpark(sleeper);
    }

    @Override
    public void close() {}
}
