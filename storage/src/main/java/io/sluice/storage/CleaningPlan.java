package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may be compacted of a log, as its loop saw it. Everything in it stays as it is while the
 * cleaner works: sealed segments do not change.
 *
 * @param parts sealed segments from the log's start, below the last stable offset and old enough
 * @param firstDirty the first offset that was not compacted before
 * @param lastOf the last of each producer, which is kept
 * @param abortedLater transactions of the parts whose abort lies behind them
 * @param scheduleFloor what waits below it is settled
 * @param due a record is older than max.compaction.lag.ms
 */
record CleaningPlan(
        PartitionLog log,
        Path folder,
        TopicConfig config,
        List<Part> parts,
        long firstDirty,
        long nowMs,
        Map<Long, Last> lastOf,
        List<AbortedTransaction> abortedLater,
        long scheduleFloor,
        boolean due) {

    /**
     * What is kept of a producer: its last batch, if only the header, for its sequence; without
     * one, as after a transaction that ended its epoch, the marker that has its epoch.
     *
     * @param offset of the batch's last record, or -1
     */
    record Last(long offset, short epoch) {
        boolean is(BatchHeader batch) {
            return offset >= 0
                    ? batch.lastOffset() == offset
                    : batch.isMarker() && batch.producerEpoch() == epoch;
        }
    }

    /** What may be compacted now, or null if the log is busy. On the log's loop. */
    static @Nullable CleaningPlan of(PartitionLog log, long checkpointed, long nowMs)
            throws IOException {
        if (log.isBusy()) {
            return null;
        }
        TopicConfig config = log.config();
        Segments segments = log.segmentList();
        long firstDirty = Math.max(checkpointed, segments.first().baseOffset());
        long safeEnd = Math.min(log.lastStableOffset(), log.durableEndOffset());
        List<Part> parts = new ArrayList<>();
        boolean due = false;
        for (int i = 0; i < segments.count() - 1; i++) {
            Segment segment = segments.get(i);
            if (segment.endOffset() > safeEnd || isYoung(segment, config, nowMs)) {
                break;
            }
            due |=
                    segment.endOffset() > firstDirty
                            && config.maxCompactionLagMs() != Long.MAX_VALUE
                            && nowMs - segment.beganMs() > config.maxCompactionLagMs();
            parts.add(new Part(segment, segment.endOffset(), segment.size()));
        }
        Map<Long, Last> lastOf = new HashMap<>();
        for (ProducerStates.Entry entry : log.producerStates().entries()) {
            ProducerStates.Batch last = entry.lastBatch();
            long offset = last == null ? -1L : last.lastOffset();
            lastOf.put(entry.producerId(), new Last(offset, entry.epoch()));
        }
        long end = parts.isEmpty() ? 0L : parts.getLast().endOffset();
        return new CleaningPlan(
                log,
                log.path(),
                config,
                parts,
                firstDirty,
                nowMs,
                lastOf,
                parts.isEmpty() ? List.of() : log.aborted(end, end),
                log.scheduleFloor(),
                due);
    }

    private static boolean isYoung(Segment segment, TopicConfig config, long nowMs) {
        return config.minCompactionLagMs() > 0
                && segment.latestTimestamp() > nowMs - config.minCompactionLagMs();
    }

    /** One sealed segment. */
    record Part(Segment segment, long endOffset, int size) {
        long baseOffset() {
            return segment.baseOffset();
        }
    }

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
