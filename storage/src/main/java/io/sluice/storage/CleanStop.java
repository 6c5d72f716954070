package io.sluice.storage;

import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a run: every log is closed on its own loop, then every directory is checkpointed and
 * marked clean. A directory where that fails is recovered at the next start.
 */
final class CleanStop {

    private static final long LIMIT_SECONDS = 60;
    private static final Logger LOG = LoggerFactory.getLogger(CleanStop.class);

    private final LogDirectories store;
    private final long brokerEpoch;

    CleanStop(LogDirectories store, long brokerEpoch) {
        this.store = store;
        this.brokerEpoch = brokerEpoch;
    }

    /** Begins a stop, and blocks until it is through. Not for a loop. */
    static void await(Consumer<Runnable> stop) {
        CountDownLatch stopped = new CountDownLatch(1);
        stop.accept(stopped::countDown);
        try {
            if (!stopped.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the logs did not close in time: recovered at the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs the task in the end. */
    void run(Runnable done) {
        List<PartitionLog> logs = List.copyOf(store.logs());
        AtomicInteger left = new AtomicInteger(logs.size() + 1);
        Runnable one =
                () -> {
                    if (left.decrementAndGet() == 0) {
                        closeDirectories(done);
                    }
                };
        for (PartitionLog log : logs) {
            log.loop().execute(() -> log.close(Ignored.then(one)));
        }
        one.run();
    }

    private void closeDirectories(Runnable done) {
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            for (LogDirectory directory : store.directories()) {
                                if (directory.isServing()) {
                                    markClean(directory);
                                }
                            }
                            return 0L;
                        },
                        store.home(),
                        Ignored.then(done));
    }

    private void markClean(LogDirectory directory) {
        try {
            store.checkpointRecoveryPoints(directory);
            store.checkpointStarts(directory);
            store.checkpointHighWatermarks(directory);
            directory.close();
            CleanMarker.write(store.disk(), directory.path(), brokerEpoch);
        } catch (IOException e) {
            LOG.warn("{} is not marked clean: {}", directory.path(), e.getMessage());
        }
    }
}
