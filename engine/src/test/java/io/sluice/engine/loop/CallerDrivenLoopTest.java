package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class CallerDrivenLoopTest extends EventLoopContract {

    private final ManualClock clock = new ManualClock(1_000_000L);
    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(clock);
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final List<String> seen = new ArrayList<>();

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        while (!done.isDone()) {
            assertThat(scheduler.runNext()).as("an event is left").isTrue();
        }
        done.join();
    }

    @Test
    void loopsOfOneSchedulerShareOneOrder() {
        CallerDrivenLoop other = new CallerDrivenLoop(scheduler);
        loop.enter(() -> loop.schedule(5, () -> seen.add("a5")));
        other.enter(() -> other.schedule(3, () -> seen.add("b3")));
        other.enter(() -> other.schedule(5, () -> seen.add("b5")));
        loop.post(() -> seen.add("a0"));
        other.post(() -> {
            seen.add("b0");
            assertThat(loop.inLoop()).isFalse();
            loop.execute(() -> seen.add("a after b"));
            assertThat(seen).doesNotContain("a after b");
        });
        scheduler.runReady();
        assertThat(seen).containsExactly("a0", "b0", "a after b");
        scheduler.advanceMs(4);
        assertThat(clock.monotonicNanos()).isEqualTo(4_000_000L);
        scheduler.advanceMs(1);
        assertThat(seen).containsExactly("a0", "b0", "a after b", "b3", "a5", "b5");
        assertThat(scheduler.pending()).isZero();
    }

    @Test
    void theWallClockJumpsAndTimersDoNotCare() {
        loop.enter(() -> loop.schedule(10, () -> seen.add("timer")));
        clock.jumpWall(-500_000);
        assertThat(clock.wallMs()).isEqualTo(500_000L);
        scheduler.advanceMs(9);
        assertThat(seen).isEmpty();
        scheduler.advanceMs(1);
        assertThat(seen).containsExactly("timer");
        assertThat(clock.wallMs()).isEqualTo(500_010L);
    }

    @Test
    void aDefectReachesTheTest() {
        loop.post(() -> {
            throw new IllegalStateException("planted");
        });
        assertThatThrownBy(scheduler::runReady).hasMessage("planted");
        assertThat(loop.inLoop()).isFalse();
    }

    @Test
    void aHaltedLoopRunsNothingMore() {
        CallerDrivenLoop other = new CallerDrivenLoop(scheduler);
        loop.post(() -> seen.add("dead"));
        other.post(() -> seen.add("alive"));
        loop.halt();
        loop.post(() -> seen.add("dead too"));
        scheduler.runReady();
        assertThat(seen).containsExactly("alive");
    }

    @Test
    void ioTakesItsTimeAndEndsOnTheOwner() {
        CallerDrivenIo io = new CallerDrivenIo(scheduler, () -> 2_000_000L);
        io.call(
                IoThreads.Lane.READ,
                () -> {
                    seen.add("reads at " + clock.monotonicNanos() / 1_000_000);
                    return 7;
                },
                loop,
                recording());
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    throw new IOException("planted");
                },
                loop,
                recording());
        scheduler.advanceMs(3);
        assertThat(seen).containsExactly("reads at 2");
        scheduler.advanceMs(1);
        assertThat(seen).containsExactly("reads at 2", "succeeded 7", "failed planted");

        io.call(IoThreads.Lane.READ, () -> 8, loop, recording());
        io.halt();
        scheduler.advanceMs(100);
        assertThat(seen).hasSize(3);
    }

    private Completion<Integer> recording() {
        return Completion.of(
                value -> {
                    assertThat(loop.inLoop()).isTrue();
                    seen.add("succeeded " + value);
                },
                fault -> {
                    assertThat(loop.inLoop()).isTrue();
                    seen.add("failed " + fault.getMessage());
                });
    }
}
