package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the end of a log: in memory at once, so that nothing above is read any more, then on disk.
 * There the order is what a crash in between must not turn into damage or into old records coming
 * back: first the durable end and the recovery point go down, with a note that a cut began, then
 * names, then bytes, each durable before the next; only then is anything written in their place.
 * Where that fails, or the process dies, the next start finds the note and cuts once more: what it
 * sees may be the system's memory and not the device.
 */
final class Truncation {

    private final PartitionLog log;
    private final long offset;
    private final @Nullable List<ProducerStates.Remembered> anew;
    private final Completion<Long> done;
    private final List<Segment> dropped = new ArrayList<>();

    /**
     * No flush runs, and none begins until this is over.
     *
     * @param anew drops all there is, and begins at the offset, below which these wrote; null only
     *     cuts
     */
    Truncation(
            PartitionLog log,
            long offset,
            @Nullable List<ProducerStates.Remembered> anew,
            Completion<Long> done) {
        this.log = log;
        this.offset = offset;
        this.anew = anew;
        this.done = done;
    }

    /** A part of a segment that stays. */
    private record Part(Segment segment, int size, long endOffset) {}

    void start() {
        Segments segments = log.segmentList();
        try {
            log.directory().checkServing();
            if (anew != null) {
                startAnew(segments);
                return;
            }
            while (segments.count() > 1 && segments.last().baseOffset() >= offset) {
                dropped.add(segments.removeLast());
            }
            Segment.Cut cut = null;
            long end = offset;
            long lastEnd = offset;
            Segment last = segments.last();
            if (last.baseOffset() > offset) {
                dropped.add(segments.removeLast());
                log.begin(offset, log.loop().clock().wallMs());
            } else {
                Segment.Place place = last.placeOf(offset);
                end = place.end();
                lastEnd = place.previousEnd();
                cut = last.truncate(offset, place.position(), end);
            }
            dropped.forEach(Segment::retire);
            log.endsAt(end);
            run(cut, end, lastEnd, parts());
        } catch (IOException e) {
            failed(e);
        }
    }

    /** Newest first: a crash in between leaves a prefix of what was there. */
    private void startAnew(Segments segments) throws IOException {
        Segment kept = null;
        while (segments.count() > 0) {
            Segment segment = segments.removeLast();
            if (segment.baseOffset() == offset) {
                kept = segment;
            } else {
                dropped.add(segment);
            }
        }
        Segment.Cut cut = null;
        if (kept == null) {
            log.begin(offset, log.loop().clock().wallMs());
        } else {
            segments.add(kept);
            cut = kept.truncate(offset, 0, offset);
        }
        dropped.forEach(Segment::retire);
        log.beginsAt(offset);
        run(cut, offset, 0L, parts());
    }

    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (Segment segment : log.segmentList().all()) {
            parts.add(new Part(segment, segment.size(), segment.endOffset()));
        }
        return parts;
    }

    private void run(Segment.@Nullable Cut cut, long end, long lastEnd, List<Part> parts) {
        log.store()
                .io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            cutFiles(cut, end, lastEnd);
                            return rebuilt(parts, end);
                        },
                        log.loop(),
                        Completion.of(
                                producers -> {
                                    log.producerStates().takeOver(producers);
                                    if (anew != null) {
                                        log.flusher().begunAt(end);
                                    }
                                    log.cutDone();
                                    done.succeeded(log.endOffset());
                                },
                                fault -> Truncation.this.failed(fault)));
    }

    private void failed(IOException fault) {
        log.failed(fault);
        log.cutDone();
        done.failed(fault);
    }

    private void cutFiles(Segment.@Nullable Cut cut, long end, long lastEnd) throws IOException {
        Disk disk = log.store().disk();
        DurableEnds.Slot slot = log.flusher().slot();
        slot.beginCut(lastEnd);
        log.directory().lowerRecoveryPoint(log.partition(), lastEnd);
        // First: what was aborted must be on disk as long as a snapshot relies on it.
        if (Snapshots.dropAbove(disk, log.path(), anew == null ? end : -1L)) {
            disk.syncDirectory(log.path());
        }
        if (anew != null && !anew.isEmpty()) {
            // Before any record goes: who finds the log empty finds this, too.
            ProducerStates producers = new ProducerStates();
            anew.forEach(producers::restore);
            Snapshots.write(disk, log.path(), end, ProducerSnapshot.encode(producers), true);
        }
        for (Segment segment : dropped) {
            for (String kind : Segment.KINDS) {
                disk.delete(log.path().resolve(SegmentFile.name(segment.baseOffset()) + kind));
            }
        }
        log.store().checkpointStarts(log.directory()); // it may have gone down too
        log.flusher().writeEpochs();
        disk.syncDirectory(log.path());
        if (cut != null) {
            cut.apply();
        }
        slot.raise(slot.end()); // all of it is done
    }

    /** What the batches that are left tell of the producers. */
    private ProducerStates rebuilt(List<Part> parts, long end) throws IOException {
        ProducerStates producers = new ProducerStates();
        long start = parts.getFirst().segment.baseOffset();
        long from =
                Math.max(
                        0L,
                        Snapshots.restore(log.store().disk(), log.path(), start, end, producers));
        for (Part part : parts) {
            Segment segment = part.segment;
            if (part.endOffset <= from || part.size == 0) {
                continue;
            }
            OpenFiles.Held held = segment.files().acquire(segment.log());
            try {
                HeaderWalk walk =
                        new HeaderWalk(
                                held.file(),
                                segment.log(),
                                0,
                                part.size,
                                segment.baseOffset(),
                                part.endOffset);
                for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
                    if (batch.baseOffset() >= from) {
                        TransactionRecovery.replay(producers, batch, walk);
                    }
                }
            } finally {
                held.release();
            }
        }
        return producers;
    }
}
