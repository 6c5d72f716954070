package io.sluice.engine.loop;

/** An event loop whose thread is the caller's, on a {@link CallerDrivenScheduler}. */
public final class CallerDrivenLoop implements EventLoop {

    private final CallerDrivenScheduler scheduler;
    private int depth;

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
        return scheduler.after(delayMs * 1_000_000L, () -> enter(task));
    }

    @Override
    public Clock clock() {
        return scheduler.clock();
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
}
