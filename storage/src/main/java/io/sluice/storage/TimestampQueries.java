package io.sluice.storage;

import io.sluice.core.model.TimestampAndOffset;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds records of a log by time: which segments may have them, on the log's loop, and then the
 * record, on an I/O thread.
 */
final class TimestampQueries {

    private final PartitionLog log;

    TimestampQueries(PartitionLog log) {
        this.log = log;
    }

    /** The first record at or after a time, below {@code upTo}. */
    void first(long timestamp, long upTo, Completion<TimestampAndOffset> done) {
        Segments segments = log.segmentList();
        List<TimestampLookup.Range> ranges = new ArrayList<>(1);
        try {
            for (int i = segments.floor(log.startOffset()); i < segments.count(); i++) {
                Segment segment = segments.get(i);
                if (!segment.isEmpty() && segment.latestTimestamp() >= timestamp) {
                    // The first is nearly always the one; the others are begun at their start.
                    int from =
                            ranges.isEmpty()
                                    ? segment.positionOf(segment.times().offsetBefore(timestamp))
                                    : 0;
                    ranges.add(new TimestampLookup.Range(segment, from, segment.size()));
                }
            }
        } catch (IOException e) {
            done.failed(log.failed(e));
            return;
        }
        TimestampLookup.Bounds bounds = new TimestampLookup.Bounds(log.startOffset(), upTo);
        look(() -> log.store().lookup().first(ranges, timestamp, bounds), done);
    }

    /** The record with the greatest timestamp below {@code upTo} (KIP-734). */
    void greatest(long upTo, Completion<TimestampAndOffset> done) {
        Segments segments = log.segmentList();
        List<TimestampLookup.Range> ranges = new ArrayList<>(2);
        Segment best = null;
        for (int i = segments.floor(log.startOffset()); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.isEmpty() || segment.baseOffset() >= upTo) {
                continue;
            }
            boolean known = segment.endOffset() <= upTo || segment.latest().offset() < upTo;
            if (!known) {
                ranges.add(new TimestampLookup.Range(segment, 0, segment.size()));
            } else if (best == null || segment.latestTimestamp() > best.latestTimestamp()) {
                best = segment;
            }
        }
        if (best != null) {
            try {
                int from = best.positionOf(best.latest().offset());
                ranges.addFirst(new TimestampLookup.Range(best, from, best.size()));
            } catch (IOException e) {
                done.failed(log.failed(e));
                return;
            }
        }
        TimestampLookup.Bounds bounds = new TimestampLookup.Bounds(log.startOffset(), upTo);
        look(() -> log.store().lookup().greatest(ranges, bounds), done);
    }

    private void look(
            IoThreads.IoCall<TimestampAndOffset> call, Completion<TimestampAndOffset> done) {
        log.store()
                .io()
                .call(
                        IoThreads.Lane.READ,
                        () -> {
                            try {
                                return call.run();
                            } catch (IOException e) {
                                throw log.failed(e);
                            }
                        },
                        log.loop(),
                        done);
    }
}
