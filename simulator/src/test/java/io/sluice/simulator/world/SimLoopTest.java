package io.sluice.simulator.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.EventLoopContract;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class SimLoopTest extends EventLoopContract {

    private final World world = new World(1L, new Trace());
    private final MachineClock clock = new MachineClock(world);
    private final SimProcess process = new SimProcess(world, clock, "p", 1, () -> {});
    private final SimLoop loop = new SimLoop(process, world.random("loop"), 1_000);
    private final List<String> seen = new ArrayList<>();

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        assertThat(world.runUntil(done::isDone, 60_000L)).as("in time").isTrue();
        done.join();
    }

    @Test
    void aPausedProcessDoesLaterWhatCameDue() {
        loop.enter(() -> loop.schedule(5, () -> seen.add("timer")));
        loop.post(() -> seen.add("posted"));
        process.pause();
        world.run(100);
        assertThat(seen).isEmpty();
        process.resume();
        world.run(1);
        assertThat(seen).containsExactly("posted", "timer");
    }

    @Test
    void aTimerIsCancelledEvenWhenItIsDue() {
        EventLoop.Timer[] timer = new EventLoop.Timer[1];
        loop.enter(() -> {
            loop.schedule(4, () -> timer[0].cancel());
            timer[0] = loop.schedule(5, () -> seen.add("cancelled"));
        });
        process.pause();
        world.run(100);
        process.resume();
        world.run(1);
        assertThat(seen).isEmpty();
    }

    @Test
    void aDeadProcessDoesNothing() {
        loop.post(() -> seen.add("posted"));
        process.kill();
        world.run(100);
        assertThat(seen).isEmpty();
    }

    @Test
    void clocksDriftAndAreNeverEarlyAboutIt() {
        for (long ppm : List.of(-400L, 0L, 400L)) {
            clock.drift(ppm);
            waits();
        }
        long before = clock.wallMs();
        clock.jump(-60_000L);
        assertThat(clock.wallMs()).isEqualTo(before - 60_000L);
    }

    private void waits() {
        CompletableFuture<Long> waited = new CompletableFuture<>();
        loop.enter(() -> {
            long start = clock.monotonicNanos();
            loop.schedule(150, () -> waited.complete(clock.monotonicNanos() - start));
        });
        await(waited);
        assertThat(waited.join()).isGreaterThanOrEqualTo(150_000_000L);
    }
}
