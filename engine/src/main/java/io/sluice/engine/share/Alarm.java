package io.sluice.engine.share;

import io.sluice.core.share.SharePartition;
import io.sluice.engine.loop.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Rings when a machine's next deadline is there, or a little earlier: it is asked again then. Owned
 * by a loop.
 */
final class Alarm {

    /** It rings at least as often, however far the next deadline is. */
    private static final long MAX_TIMER_MS = 3_600_000;

    private final EventLoop loop;
    private final Runnable ring;
    private EventLoop.@Nullable Timer timer;
    private long atMs = SharePartition.NO_DEADLINE;

    Alarm(EventLoop loop, Runnable ring) {
        this.loop = loop;
        this.ring = ring;
    }

    /** It rings at that time of the wall clock, or before. */
    void notAfter(long nextMs) {
        if (nextMs >= atMs) {
            return;
        }
        cancel();
        atMs = nextMs;
        timer =
                loop.schedule(
                        Math.clamp(nextMs - loop.clock().wallMs(), 0L, MAX_TIMER_MS),
                        () -> {
                            timer = null;
                            atMs = SharePartition.NO_DEADLINE;
                            ring.run();
                        });
    }

    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        atMs = SharePartition.NO_DEADLINE;
    }
}
