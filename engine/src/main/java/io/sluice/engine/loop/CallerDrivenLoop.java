package io.sluice.engine.loop;

/**
 * An event loop whose thread is the caller's, on a {@link CallerDrivenScheduler}. A task that
 * throws throws out of the scheduler, to the test that drives it.
 */
public final class CallerDrivenLoop implements EventLoop {

    private final CallerDrivenScheduler scheduler;
    private int depth;
    private boolean halted;

    public CallerDrivenLoop(CallerDrivenScheduler scheduler) {
        this.scheduler = scheduler;
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
        scheduler.after(0, () -> enter(task));
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        if (!inLoop()) {
            throw new IllegalStateException("not on the loop");
        }
        return scheduler.after(EventLoop.delayNanos(delayMs), () -> enter(task));
    }

    @Override
    public Clock clock() {
        return scheduler.clock();
    }

    /** Runs a task as the loop, now; not after {@link #halt}. */
    public void enter(Runnable task) {
        if (halted) {
            return;
        }
        depth++;
        try {
            task.run();
        } finally {
            depth--;
        }
    }

    /** The process dies: nothing that waits, or comes later, is run by this loop. */
    public void halt() {
        halted = true;
    }
}
