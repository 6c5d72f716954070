package io.sluice.simulator.world;

import io.sluice.engine.fake.SimDisk;
import java.util.ArrayList;
import java.util.List;

/**
 * One process of a machine: loops and I/O threads that are paused and die together. Nothing of a
 * dead process ever runs.
 */
public final class SimProcess {

    private final World world;
    private final MachineClock clock;
    private final String name;
    private final int number;
    private final Runnable onPowerLoss;
    private final List<Runnable> held = new ArrayList<>();
    private Runnable afterEach = () -> {};
    private boolean alive = true;
    private boolean paused;

    /**
     * @param number tells it from others in the trace
     * @param onPowerLoss the machine's power goes while it writes
     */
    public SimProcess(
            World world, MachineClock clock, String name, int number, Runnable onPowerLoss) {
        this.world = world;
        this.clock = clock;
        this.name = name;
        this.number = number;
        this.onPowerLoss = onPowerLoss;
    }

    /** What is to be done after every task, as long as it lives. */
    public void afterEach(Runnable look) {
        afterEach = look;
    }

    World world() {
        return world;
    }

    MachineClock clock() {
        return clock;
    }

    public String name() {
        return name;
    }

    public boolean isAlive() {
        return alive;
    }

    public boolean isPaused() {
        return paused;
    }

    /** Runs as one of its threads: not if it is dead, and only later if it is paused. */
    public void run(Runnable task) {
        if (!alive) {
            return;
        }
        if (paused) {
            held.add(task);
            world.felt(Effects.Effect.TASK_HELD_BY_A_PAUSE);
            return;
        }
        world.trace().note(number, 0L, 0L);
        try {
            task.run();
        } catch (SimDisk.PowerLoss e) {
            onPowerLoss.run();
        }
        if (alive) {
            afterEach.run();
        }
    }

    /** kill -9. */
    public void kill() {
        alive = false;
        world.felt(Effects.Effect.PROCESS_ENDED);
        held.clear();
    }

    /** SIGSTOP. */
    public void pause() {
        paused = true;
    }

    /** SIGCONT: what came due meanwhile happens now, in its order. */
    public void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        List<Runnable> due = List.copyOf(held);
        held.clear();
        due.forEach(task -> world.after(0L, () -> run(task)));
    }
}
