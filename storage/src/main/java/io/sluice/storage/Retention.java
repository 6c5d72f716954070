package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import java.io.IOException;

/**
 * Lets old segments go: whole ones, oldest first, never the active one, never above the high
 * watermark (I-5). Owned by the log's loop.
 */
final class Retention {

    private final PartitionLog log;

    /** Deleted by order, perhaps not all of it yet. */
    private long asked;

    Retention(PartitionLog log) {
        this.log = log;
    }

    /** Looks what may go now; returns whether the log start moved. */
    boolean retain(long wallMs) throws IOException {
        long before = log.startOffset();
        long wanted = log.config().delete() ? wantedStart(wallMs) : before;
        // What was asked for may have been cut since: nothing goes that is not committed.
        log.moveStart(Math.max(wanted, Math.min(asked, log.publishedHighWatermark())));
        if (log.startOffset() == before) {
            dropBelowStart();
        }
        return log.startOffset() > before;
    }

    /** Somebody wants all below it deleted. */
    void ask(long start) {
        asked = Math.max(asked, start);
    }

    private long wantedStart(long wallMs) throws IOException {
        TopicConfig config = log.config();
        Segments segments = log.segmentList();
        long excess =
                config.retentionBytes() < 0
                        ? Long.MIN_VALUE
                        : log.sizeInBytes()
                                - log.schedule().waitingBytes()
                                - config.retentionBytes();
        long limit = log.schedule().startLimit();
        long newStart = log.startOffset();
        int last = segments.count() - 1;
        for (int i = 0; i <= last; i++) {
            Segment segment = segments.get(i);
            if (segment.isEmpty() || segment.endOffset() > log.publishedHighWatermark()) {
                break;
            }
            boolean expired =
                    config.retentionMs() >= 0 && wallMs - segment.endedMs() > config.retentionMs();
            boolean tooMuch = excess >= segment.size() && i < last;
            if (!expired && !tooMuch) {
                break;
            }
            if (i == last && segment.endOffset() <= limit) {
                log.roll(wallMs); // so that it is the active one no more
            }
            if (excess != Long.MIN_VALUE) {
                excess -= segment.size();
            }
            newStart = segment.endOffset();
        }
        return newStart;
    }

    /**
     * Takes whole segments below the log start out of the log; their files go in the background.
     */
    void dropBelowStart() {
        Segments segments = log.segmentList();
        if (log.isBusy()) {
            return;
        }
        while (segments.count() > 1 && segments.first().endOffset() <= log.startOffset()) {
            Segment oldest = segments.removeFirst();
            oldest.retire();
            log.shrunkBy(oldest.size());
            log.store().retired().add(log, oldest.baseOffset());
        }
    }
}
