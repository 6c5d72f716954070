package io.sluice.engine.loop;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * I/O threads of a process: a small pool of daemons for each lane, made when first needed. A call
 * after {@link #close} fails.
 */
public final class PooledIoThreads implements IoThreads, AutoCloseable {

    /** Calls that may wait in one lane; one more is a bug of flow control and is refused loudly. */
    static final int LANE_CAPACITY = 1_000_000;

    private static final long IDLE_SECONDS = 30;
    private static final long CLOSE_SECONDS = 30;
    private static final Logger LOG = LoggerFactory.getLogger(PooledIoThreads.class);

    private final Map<Lane, ThreadPoolExecutor> pools = new EnumMap<>(Lane.class);

    /**
     * @param flushThreads files that may be flushed at once
     * @param readThreads cold reads at once
     * @param maintenanceThreads recoveries, cleanings and deletions at once
     */
    public PooledIoThreads(int flushThreads, int readThreads, int maintenanceThreads) {
        pools.put(Lane.FLUSH, pool("flush", flushThreads));
        pools.put(Lane.READ, pool("read", readThreads));
        pools.put(Lane.MAINTENANCE, pool("maintenance", maintenanceThreads));
    }

    private static ThreadPoolExecutor pool(String lane, int threads) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(LANE_CAPACITY),
                        task -> {
                            Thread thread =
                                    new Thread(
                                            task,
                                            "sluice-" + lane + "-" + number.getAndIncrement());
                            thread.setDaemon(true);
                            return thread;
                        });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public <T> void call(Lane lane, IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        ThreadPoolExecutor pool = Objects.requireNonNull(pools.get(lane));
        try {
            pool.execute(() -> run(call, owner, done));
        } catch (RejectedExecutionException e) {
            if (!pool.isShutdown()) {
                throw new IllegalStateException(
                        "lane " + lane + " holds " + LANE_CAPACITY + " calls", e);
            }
            owner.post(() -> done.failed(new IOException("the I/O threads are closed", e)));
        }
    }

    private static <T> void run(IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        T value;
        try {
            value = call.run();
        } catch (IOException e) {
            owner.post(() -> done.failed(e));
            return;
        } catch (RuntimeException | Error e) {
            LOG.error("I/O work failed: a defect, please report it", e);
            owner.post(() -> done.failed(new IOException("defect: " + e, e)));
            return;
        }
        owner.post(() -> done.succeeded(value));
    }

    /** Takes no more calls and waits for those that run or wait, up to {@link #CLOSE_SECONDS}. */
    @Override
    public void close() {
        pools.values().forEach(ThreadPoolExecutor::shutdown);
        for (ThreadPoolExecutor pool : pools.values()) {
            try {
                if (!pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("I/O work still runs after {} s: left behind", CLOSE_SECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
