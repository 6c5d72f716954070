package io.sluice.storage;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.util.List;

/**
 * What a store does by itself, by the clock: retention, checkpoints, compaction. Timers run on the
 * store's home loop; the logs are told on theirs, files are written on I/O threads.
 */
final class Housekeeping {

    /** The first look at what may go comes soon after a start. */
    private static final long FIRST_RETENTION_MS = 30_000L;

    /** Bytes behind a log's last snapshot of producers that a checkpoint takes a new one for. */
    private static final long SNAPSHOT_BYTES = 64L << 20;

    private final LogDirectories store;
    private final LogStoreSettings settings;
    private final LogCleaner cleaner;
    private boolean stopped;

    Housekeeping(LogDirectories store, LogStoreSettings settings, LogCleaner cleaner) {
        this.store = store;
        this.settings = settings;
        this.cleaner = cleaner;
    }

    /** On the home loop, as everything here. */
    void start() {
        every(
                Math.min(FIRST_RETENTION_MS, settings.retentionIntervalMs()),
                settings.retentionIntervalMs(),
                this::retain);
        every(settings.checkpointIntervalMs(), this::checkpoint);
        every(
                settings.highWatermarkIntervalMs(),
                () -> inBackground(store::checkpointHighWatermarks));
        if (settings.cleanerEnabled()) {
            every(settings.cleanerIntervalMs(), cleaner::look);
        }
    }

    void stop() {
        stopped = true;
    }

    private void every(long intervalMs, Runnable task) {
        every(intervalMs, intervalMs, task);
    }

    private void every(long firstMs, long intervalMs, Runnable task) {
        store.home()
                .schedule(
                        firstMs,
                        () -> {
                            if (!stopped) {
                                task.run();
                                every(intervalMs, intervalMs, task);
                            }
                        });
    }

    /** Work of a log, on its loop. */
    private interface LogTask {
        void run(PartitionLog log) throws IOException;
    }

    private void onLoops(LogTask task) {
        for (PartitionLog log : store.logs()) {
            log.loop()
                    .execute(() -> {
                        try {
                            task.run(log);
                        } catch (IOException e) {
                            log.failed(e);
                        }
                    });
        }
    }

    /** Looks now what may go, also what producers. */
    void retain() {
        long now = store.home().clock().wallMs();
        onLoops(log -> {
            log.retain(now);
            log.producerStates().expireBefore(now - settings.producerExpirationMs());
        });
    }

    /** Recovery points and log starts, now. */
    void checkpoint() {
        onLoops(log -> log.checkpoint(SNAPSHOT_BYTES));
        inBackground(directory -> {
            store.checkpointRecoveryPoints(directory);
            store.checkpointStarts(directory);
        });
    }

    /** Work on one directory. */
    interface DirectoryTask {
        void run(LogDirectory directory) throws IOException;
    }

    private void inBackground(DirectoryTask task) {
        for (LogDirectory directory : List.copyOf(store.directories())) {
            if (directory.isServing()) {
                store.background(() -> task.run(directory), directory);
            }
        }
    }

    EventLoop loop() {
        return store.home();
    }
}
