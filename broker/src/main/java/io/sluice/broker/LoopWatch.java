package io.sluice.broker;

import io.sluice.engine.loop.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether event loops run: each is asked to answer. One question waits for a loop at most, however
 * many ask meanwhile.
 */
final class LoopWatch {

    /** A loop never waits for anything; when it has not answered by then it will not. */
    static final long PATIENCE_MS = 3_000;

    private final List<Pulse> pulses = new ArrayList<>();

    private static final class Pulse {
        private final EventLoop loop;
        private final AtomicReference<@Nullable CountDownLatch> waiting = new AtomicReference<>();

        Pulse(EventLoop loop) {
            this.loop = loop;
        }

        /** The question that waits, or a new one. */
        CountDownLatch ask() {
            while (true) {
                CountDownLatch before = waiting.get();
                if (before != null) {
                    return before;
                }
                CountDownLatch mine = new CountDownLatch(1);
                if (waiting.compareAndSet(null, mine)) {
                    loop.post(() -> {
                        waiting.set(null);
                        mine.countDown();
                    });
                    return mine;
                }
            }
        }
    }

    LoopWatch(List<? extends EventLoop> loops) {
        loops.forEach(loop -> pulses.add(new Pulse(loop)));
    }

    /** Names the loops that do not answer. Waits for them a bounded time. */
    List<String> silent() {
        List<CountDownLatch> asked = pulses.stream().map(Pulse::ask).toList();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        List<String> silent = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            if (!await(asked.get(i), deadline - System.nanoTime())) {
                silent.add("event loop %d has not answered for %d ms".formatted(i, PATIENCE_MS));
            }
        }
        return silent;
    }

    private static boolean await(CountDownLatch answer, long nanos) {
        try {
            return answer.await(Math.max(0L, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
