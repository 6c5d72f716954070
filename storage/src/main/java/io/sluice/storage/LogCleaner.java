package io.sluice.storage;

import io.sluice.core.record.Codecs;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compaction of all logs, one at a time: the dirtiest first, or one whose records have waited too
 * long. Owned by the store's home loop; the work is done on an I/O thread, the swap on the log's
 * loop.
 */
final class LogCleaner {

    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);

    private final LogDirectories store;
    private final Codecs codecs;
    private final int bufferBytes;
    private boolean busy;
    private int asked;
    private @Nullable CleaningPlan best;

    LogCleaner(LogDirectories store, Codecs codecs, int bufferBytes) {
        this.store = store;
        this.codecs = codecs;
        this.bufferBytes = bufferBytes;
    }

    /** Looks for the log that needs it most and cleans it; nothing happens while one is cleaned. */
    void look() {
        if (busy) {
            return;
        }
        busy = true;
        asked = 1;
        best = null;
        for (PartitionLog log : store.logs()) {
            if (!log.config().compact() || !log.directory().isServing()) {
                continue;
            }
            asked++;
            long firstDirty = log.directory().checkpoint(CheckpointFile.CLEANER, log.partition());
            log.loop().execute(() -> offer(log, firstDirty));
        }
        offered(null);
    }

    /** On the log's loop. */
    private void offer(PartitionLog log, long firstDirty) {
        CleaningPlan plan = null;
        try {
            plan = CleaningPlan.of(log, firstDirty, store.home().clock().wallMs());
        } catch (IOException e) {
            log.failed(e);
        }
        CleaningPlan found = plan;
        store.home().execute(() -> offered(found));
    }

    private void offered(@Nullable CleaningPlan plan) {
        if (plan != null
                && plan.isWorthwhile()
                && (best == null || plan.dirtyRatio() > best.dirtyRatio())) {
            best = plan;
        }
        if (--asked > 0) {
            return;
        }
        if (best == null) {
            busy = false;
        } else {
            clean(best);
        }
    }

    private void clean(CleaningPlan plan) {
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> new CleaningRun(store, codecs, plan, bufferBytes).run(),
                        plan.log().loop(),
                        Completion.of(result -> swap(plan, result), fault -> ended(plan, fault)));
    }

    /** On the log's loop. */
    private void swap(CleaningPlan plan, CleaningRun.Result result) {
        PartitionLog log = plan.log();
        new CleaningSwap(
                        store,
                        plan,
                        result.replacements(),
                        Completion.of(
                                done -> {
                                    checkpoint(log, result.cleanedUpTo());
                                    ended(plan, null);
                                },
                                fault -> ended(plan, fault)))
                .start();
    }

    private void checkpoint(PartitionLog log, long cleanedUpTo) {
        LogDirectory directory = log.directory();
        store.background(
                () ->
                        directory.checkpoint(
                                CheckpointFile.CLEANER,
                                into -> into.put(log.partition(), cleanedUpTo)),
                directory);
        LOG.info("{} compacted up to offset {}", log.partition(), cleanedUpTo);
    }

    private void ended(CleaningPlan plan, @Nullable IOException fault) {
        if (fault instanceof CorruptLogException) {
            LOG.error("{} is not compacted: {}", plan.log().partition(), fault.getMessage());
        } else if (fault != null) {
            LOG.warn("{} is not compacted now: {}", plan.log().partition(), fault.toString());
        }
        store.home().execute(() -> busy = false);
    }
}
