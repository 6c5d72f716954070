package io.sluice.engine.loop;

import java.io.IOException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop on a platform thread of its own. Each turn: tasks of the mailbox, timers that are
 * due, then I/O; it sleeps in the {@link Poller} when there is nothing to do. What is posted after
 * its end is not run.
 */
public final class ThreadEventLoop implements EventLoop, AutoCloseable {

    /** Mailbox tasks of one turn, so that a flood of them does not starve the sockets. */
    private static final int TASKS_PER_TURN = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ThreadEventLoop.class);

    private final Thread thread;
    private final Poller poller;
    private final Clock clock;
    private final Consumer<Throwable> onDefect;
    private final Mailbox mailbox = new Mailbox();
    private final Runnable awake = mailbox::awake;
    private final TimerHeap timers = new TimerHeap();
    private volatile boolean stopping;

    /**
     * @param name of the thread, {@code sluice-loop-N}
     * @param onDefect told of a task that threw: a bug, logged already. The loop goes on unless the
     *     handler closes it.
     */
    public ThreadEventLoop(String name, Poller poller, Clock clock, Consumer<Throwable> onDefect) {
        this.poller = poller;
        this.clock = clock;
        this.onDefect = onDefect;
        this.thread = new Thread(this::run, name);
    }

    public void start() {
        thread.start();
    }

    /** What the loop waits in, for the module that made it. */
    public Poller poller() {
        return poller;
    }

    @Override
    public boolean inLoop() {
        return Thread.currentThread() == thread;
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
        boolean sleeps = mailbox.put(task);
        // On its own thread the loop is awake, whatever the mark says: it will look again.
        if (sleeps && !inLoop()) {
            poller.wakeup();
        }
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        if (!inLoop()) {
            throw new IllegalStateException("not on " + thread.getName());
        }
        return timers.add(clock.monotonicNanos() + EventLoop.delayNanos(delayMs), task);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    /** Runs what waits in the mailbox, then ends the thread and closes the poller. */
    @Override
    public void close() {
        stopping = true;
        poller.wakeup();
        if (inLoop()) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!stopping) {
            boolean more = runTasks();
            runTimers();
            poll(more);
        }
        while (runTasks()) {
            runTimers();
        }
        try {
            poller.close();
        } catch (IOException e) {
            LOG.warn("{} could not close its poller", thread.getName(), e);
        }
    }

    /** Returns whether more wait. */
    private boolean runTasks() {
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            Runnable task = mailbox.take();
            if (task == null) {
                return false;
            }
            runOne(task);
        }
        return true;
    }

    private void runTimers() {
        if (timers.size() == 0) {
            return;
        }
        long now = clock.monotonicNanos();
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            TimerHeap.Entry due = timers.takeDue(now);
            if (due == null) {
                return;
            }
            runOne(due.task());
        }
    }

    private void poll(boolean moreTasks) {
        try {
            poller.beforeWait();
            boolean mayWait = !moreTasks && mailbox.sleep() && !stopping;
            poller.poll(mayWait ? untilNextTimer() : 0, awake);
        } catch (IOException | RuntimeException | Error e) {
            defect(e);
        } finally {
            mailbox.awake();
            // Nobody has reason to interrupt a loop; were the mark left, no wait would wait.
            Thread.interrupted();
        }
    }

    private long untilNextTimer() {
        long next = timers.nextNanos();
        return next == TimerHeap.NONE ? -1 : Math.max(0, next - clock.monotonicNanos());
    }

    private void runOne(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            defect(e);
        }
    }

    private void defect(Throwable e) {
        LOG.error("a task of {} failed: a defect, please report it", thread.getName(), e);
        try {
            onDefect.accept(e);
        } catch (RuntimeException inHandler) {
            LOG.error("the handler of defects failed as well", inHandler);
        }
    }
}
