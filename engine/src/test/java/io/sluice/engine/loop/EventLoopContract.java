package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What every event loop does alike. */
public abstract class EventLoopContract {

    protected abstract EventLoop loop();

    /** Waits, or drives the loop, until the future is done. */
    protected abstract void await(CompletableFuture<?> done);

    /** Runs a task on the loop and waits for it. */
    void onLoop(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop().execute(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        await(done);
    }

    @Test
    void aTaskKnowsThatItRunsOnTheLoopAndNobodyElseDoes() {
        List<Boolean> inside = new ArrayList<>();
        onLoop(() -> inside.add(loop().inLoop()));
        assertThat(inside).containsExactly(true);
        assertThat(loop().inLoop()).isFalse();
    }

    @Test
    void executeRunsInLineOnTheOwnLoop() {
        List<String> seen = new ArrayList<>();
        onLoop(() -> {
            seen.add("before");
            loop().execute(() -> seen.add("inner"));
            seen.add("after");
        });
        assertThat(seen).containsExactly("before", "inner", "after");
    }

    @Test
    void postRunsAfterTheTaskThatPosts() {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        onLoop(() -> {
            loop().post(() -> {
                seen.add("posted");
                done.complete(null);
            });
            seen.add("task");
        });
        await(done);
        assertThat(seen).containsExactly("task", "posted");
    }

    @Test
    void postsOfOneSenderKeepTheirOrder() {
        int count = 10_000;
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            if (i % 2 == 0) {
                loop().post(() -> seen.add(number));
            } else {
                loop().execute(() -> seen.add(number));
            }
        }
        onLoop(() -> {});
        assertThat(seen).hasSize(count).isSorted();
    }

    @Test
    void timersRunInTheOrderOfTheirTimesAndThenOfTheirSetting() {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        onLoop(() -> {
            loop().schedule(
                            30,
                            () -> {
                                seen.add("30");
                                done.complete(null);
                            });
            loop().schedule(10, () -> seen.add("10"));
            loop().schedule(0, () -> seen.add("0"));
            loop().schedule(10, () -> seen.add("10 again"));
            loop().schedule(20, () -> seen.add("20"));
            seen.add("task");
        });
        await(done);
        assertThat(seen).containsExactly("task", "0", "10", "10 again", "20", "30");
    }

    @Test
    void aTimerIsNeverEarlyByTheMonotonicClock() {
        CompletableFuture<Long> waited = new CompletableFuture<>();
        onLoop(() -> {
            long start = loop().clock().monotonicNanos();
            loop().schedule(15, () -> waited.complete(loop().clock().monotonicNanos() - start));
        });
        await(waited);
        assertThat(waited.join()).isGreaterThanOrEqualTo(15_000_000L);
    }

    /** Its time plus now is beyond what a long holds. */
    @Test
    void aTimerForEverDoesNotRunAndKeepsNobodyFromRunning() {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        onLoop(() -> {
            loop().schedule(Long.MAX_VALUE, () -> seen.add("for ever"));
            loop().schedule(
                            5,
                            () -> {
                                seen.add("soon");
                                loop().schedule(1, () -> done.complete(null));
                            });
        });
        await(done);
        assertThat(seen).containsExactly("soon");
    }

    @Test
    void aCancelledTimerDoesNotRunAndMayBeCancelledAgain() {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        onLoop(() -> {
            EventLoop.Timer cancelled = loop().schedule(5, () -> seen.add("cancelled"));
            EventLoop.Timer kept = loop().schedule(5, () -> seen.add("kept"));
            cancelled.cancel();
            cancelled.cancel();
            loop().schedule(
                            20,
                            () -> {
                                kept.cancel();
                                done.complete(null);
                            });
        });
        await(done);
        assertThat(seen).containsExactly("kept");
    }

    @Test
    void timersAreSetOnTheLoopOnly() {
        assertThatThrownBy(() -> loop().schedule(1, () -> {}))
                .isInstanceOf(IllegalStateException.class);
    }
}
