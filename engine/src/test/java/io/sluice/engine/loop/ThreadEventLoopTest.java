package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ThreadEventLoopTest extends EventLoopContract {

    private final LinkedBlockingQueue<Throwable> defects = new LinkedBlockingQueue<>();
    private final CountingPoller poller = new CountingPoller();
    private final ThreadEventLoop loop =
            new ThreadEventLoop("sluice-loop-0", poller, SystemClock.INSTANCE, defects::add);

    /** Counts what would be system calls. */
    private static final class CountingPoller implements Poller {
        private final ParkPoller parks = new ParkPoller();
        private final AtomicInteger wakeups = new AtomicInteger();
        private final AtomicInteger failures = new AtomicInteger();

        @Override
        public void poll(long timeoutNanos, Runnable awake) throws IOException {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IOException("planted");
            }
            parks.poll(timeoutNanos, awake);
        }

        @Override
        public void wakeup() {
            wakeups.incrementAndGet();
            parks.wakeup();
        }

        @Override
        public void close() {
            parks.close();
        }
    }

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void close() {
        loop.close();
        assertThat(defects).isEmpty();
    }

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void manySendersLoseNothingAndKeepTheirOrder() throws InterruptedException {
        int senders = 4;
        int each = 50_000;
        int[] next = new int[senders];
        int[] disorders = {0};
        List<Thread> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            int sender = s;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < each; i++) {
                                    int number = i;
                                    loop.post(() -> {
                                        if (next[sender]++ != number) {
                                            disorders[0]++;
                                        }
                                    });
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        onLoop(() -> {});
        assertThat(next).containsOnly(each);
        assertThat(disorders[0]).isZero();
    }

    @Test
    void aBusyLoopIsNotWoken() throws InterruptedException {
        CountDownLatch posted = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        loop.post(() -> {
            busy.countDown();
            awaitQuietly(posted);
        });
        assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
        int before = poller.wakeups.get();
        for (int i = 0; i < 1000; i++) {
            loop.post(() -> {});
        }
        assertThat(poller.wakeups.get()).isEqualTo(before);
        posted.countDown();
        onLoop(() -> loop.post(() -> {}));
        assertThat(poller.wakeups.get()).isLessThanOrEqualTo(before + 1);
    }

    @Test
    void aTaskThatThrowsIsReportedAndTheLoopGoesOn() throws InterruptedException {
        loop.post(() -> {
            throw new IllegalStateException("planted");
        });
        assertThat(defects.poll(10, TimeUnit.SECONDS)).hasMessage("planted");
        onLoop(() -> {});
    }

    @Test
    void aPollerThatFailsIsReportedAndTheLoopGoesOn() throws InterruptedException {
        poller.failures.set(1);
        onLoop(() -> {});
        assertThat(defects.poll(10, TimeUnit.SECONDS)).hasMessage("planted");
        onLoop(() -> {});
    }

    @Test
    void closeRunsWhatWaits() {
        List<Integer> seen = new ArrayList<>();
        CountDownLatch posted = new CountDownLatch(1);
        loop.post(() -> awaitQuietly(posted));
        for (int i = 0; i < 5000; i++) {
            int number = i;
            loop.post(() -> seen.add(number));
        }
        loop.post(() -> loop.post(() -> seen.add(5000)));
        posted.countDown();
        loop.close();
        assertThat(seen).hasSize(5001).isSorted();
        loop.close();
    }

    @Test
    void theHandlerOfDefectsMayCloseTheLoop() {
        CompletableFuture<ThreadEventLoop> self = new CompletableFuture<>();
        ThreadEventLoop fragile =
                new ThreadEventLoop(
                        "sluice-loop-1",
                        new ParkPoller(),
                        SystemClock.INSTANCE,
                        defect -> self.join().close());
        self.complete(fragile);
        fragile.start();
        fragile.post(() -> {
            throw new IllegalStateException("planted");
        });
        fragile.close();
        assertThat(defects).isEmpty();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
