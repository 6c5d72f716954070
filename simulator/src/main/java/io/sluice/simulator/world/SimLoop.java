package io.sluice.simulator.world;

import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.EventLoop;
import java.util.Random;

/** An event loop of a simulated process. How soon its mailbox is looked at is left to chance. */
public final class SimLoop implements EventLoop {

    private final SimProcess process;
    private final Random random;
    private final int latencyNanos;
    private long lastPost;
    private int depth;

    /**
     * @param latencyNanos the longest time that a task waits in the mailbox
     */
    public SimLoop(SimProcess process, Random random, int latencyNanos) {
        this.process = process;
        this.random = random;
        this.latencyNanos = latencyNanos;
    }

    @Override
    public boolean inLoop() {
        return depth > 0;
    }

    @Override
    public void execute(Runnable task) {
        if (inLoop()) {
            task.run();
        } else {
            post(task);
        }
    }

    @Override
    public void post(Runnable task) {
        World world = process.world();
        lastPost = Math.max(lastPost, world.nowNanos() + random.nextInt(latencyNanos));
        world.after(lastPost - world.nowNanos(), () -> process.run(() -> enter(task)));
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        if (!inLoop()) {
            throw new IllegalStateException("not on the loop");
        }
        Timeout timeout = new Timeout(task);
        long nanos = process.clock().worldNanos(EventLoop.delayNanos(delayMs));
        timeout.event = process.world().after(nanos, () -> process.run(timeout));
        return timeout;
    }

    @Override
    public Clock clock() {
        return process.clock();
    }

    /** Runs a task as the loop, now. */
    public void enter(Runnable task) {
        depth++;
        try {
            task.run();
        } finally {
            depth--;
        }
    }

    /** A timer may be due while the process is paused, and be cancelled before it runs. */
    private final class Timeout implements Timer, Runnable {
        private final Runnable task;
        private Timer event = () -> {};
        private boolean cancelled;

        Timeout(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            if (!cancelled) {
                enter(task);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            event.cancel();
        }
    }
}
