package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PooledIoThreadsTest {

    private final ThreadEventLoop loop =
            new ThreadEventLoop(
                    "sluice-loop-0", new ParkPoller(), SystemClock.INSTANCE, defect -> {});
    private final PooledIoThreads io = new PooledIoThreads(4, 1, 2);

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void close() {
        io.close();
        loop.close();
    }

    private <T> CompletableFuture<T> call(IoThreads.Lane lane, IoThreads.IoCall<T> work) {
        CompletableFuture<T> end = new CompletableFuture<>();
        io.call(
                lane,
                work,
                loop,
                Completion.of(
                        value -> {
                            assertThat(loop.inLoop()).isTrue();
                            end.complete(value);
                        },
                        fault -> {
                            assertThat(loop.inLoop()).isTrue();
                            end.completeExceptionally(fault);
                        }));
        return end.orTimeout(10, TimeUnit.SECONDS);
    }

    @Test
    void workRunsOnADaemonOfItsLaneAndEndsOnTheOwner() {
        Thread thread = call(IoThreads.Lane.FLUSH, Thread::currentThread).join();
        assertThat(thread.getName()).startsWith("sluice-flush-");
        assertThat(thread.isDaemon()).isTrue();
    }

    @Test
    void aFullLaneHoldsUpNoOther() {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Integer> blocked =
                call(
                        IoThreads.Lane.READ,
                        () -> {
                            awaitQuietly(release);
                            return 1;
                        });
        CompletableFuture<Integer> behind = call(IoThreads.Lane.READ, () -> 2);
        assertThat(call(IoThreads.Lane.FLUSH, () -> 3).join()).isEqualTo(3);
        assertThat(behind).isNotDone();
        release.countDown();
        assertThat(blocked.join()).isEqualTo(1);
        assertThat(behind.join()).isEqualTo(2);
    }

    @Test
    void aFaultAndADefectBothComeBack() {
        assertThatThrownBy(() ->
                        call(
                                        IoThreads.Lane.READ,
                                        () -> {
                                            throw new IOException("planted");
                                        })
                                .join())
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("planted");
        assertThatThrownBy(() ->
                        call(
                                        IoThreads.Lane.READ,
                                        () -> {
                                            throw new IllegalStateException("bug");
                                        })
                                .join())
                .hasRootCauseMessage("bug");
    }

    @Test
    void closeWaitsForWhatRunsAndFailsWhatComesLater() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Integer> last =
                call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            running.countDown();
                            awaitQuietly(release);
                            return 1;
                        });
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        Thread closer = Thread.ofPlatform().start(io::close);
        release.countDown();
        closer.join();
        assertThat(last.join()).isEqualTo(1);
        assertThatThrownBy(() -> call(IoThreads.Lane.FLUSH, () -> 1).join())
                .hasMessageContaining("closed");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
