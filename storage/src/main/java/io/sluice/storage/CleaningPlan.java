package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What may be compacted of a log, as its loop saw it. Everything in it stays as it is while the
 * cleaner works: sealed segments do not change.
 *
 * @param parts sealed segments from the log's start, below the high watermark and old enough
 * @param firstDirty the first offset that was not compacted before
 * @param lastBatchOf the last offset of each producer: that batch is kept, if only its header
 * @param due a record is older than max.compaction.lag.ms
 */
record CleaningPlan(
        PartitionLog log,
        Path folder,
        TopicConfig config,
        List<Part> parts,
        long firstDirty,
        long nowMs,
        Map<Long, Long> lastBatchOf,
        boolean due) {

    /** One sealed segment. */
    record Part(long baseOffset, long endOffset, Path path, int size) {}

    long dirtyBytes() {
        long bytes = 0;
        for (Part part : parts) {
            if (part.endOffset > firstDirty) {
                bytes += part.size;
            }
        }
        return bytes;
    }

    double dirtyRatio() {
        long all = 0;
        for (Part part : parts) {
            all += part.size;
        }
        return all == 0 ? 0 : (double) dirtyBytes() / all;
    }

    boolean isWorthwhile() {
        return dirtyBytes() > 0 && (due || dirtyRatio() >= config.minCleanableDirtyRatio());
    }
}
