package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.engine.loop.Completion;
import java.io.IOException;

/**
 * Lets old segments go: whole ones, oldest first, never the active one, never above the high
 * watermark (I-5), and not before a snapshot on stable storage tells what was in them of producers:
 * a batch that comes again after a power cut is known, also where it is deleted (I-14). Owned by
 * the log's loop.
 */
final class Retention {

    private static final long NOT_HELD = Long.MAX_VALUE;

    private final PartitionLog log;

    /** Deleted by order, perhaps not all of it yet. */
    private long asked;

    /** Where the log's first segment begins, as long as it may not go yet. */
    private volatile long heldAt = NOT_HELD;

    private boolean awaitsSnapshot;

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
    void dropBelowStart() throws IOException {
        Segments segments = log.segmentList();
        if (log.isBusy()) {
            return;
        }
        while (segments.count() > 1 && segments.first().endOffset() <= log.startOffset()) {
            if (!remembers(segments.first().endOffset())) {
                heldAt = segments.first().baseOffset();
                awaitSnapshot();
                return;
            }
            Segment oldest = segments.removeFirst();
            oldest.retire();
            log.shrunkBy(oldest.size());
            log.store().retired().add(log, oldest.baseOffset());
        }
        heldAt = NOT_HELD;
    }

    /** Before the start moves there. */
    void startMoves(long offset) {
        Segments segments = log.segmentList();
        long begins = segments.get(segments.floor(offset)).baseOffset();
        long first = segments.first().baseOffset();
        heldAt = begins == first || remembers(begins) ? NOT_HELD : first;
    }

    /** What recovery may be told of the start: what is below it is thrown away then. Any thread. */
    long rememberedStart() {
        return Math.min(heldAt, log.startOffset());
    }

    private boolean remembers(long end) {
        return log.producerStates().size() == 0 || log.flusher().snapshotEnd() >= end;
    }

    private void awaitSnapshot() throws IOException {
        if (awaitsSnapshot) {
            return;
        }
        awaitsSnapshot = true;
        log.snapshot();
        log.flusher().flush(Completion.of(end -> snapshotTaken(), fault -> awaitsSnapshot = false));
    }

    private void snapshotTaken() {
        awaitsSnapshot = false;
        try {
            dropBelowStart();
        } catch (IOException e) {
            log.failed(e);
        }
    }
}
