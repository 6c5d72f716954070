package io.sluice.storage;

import io.sluice.core.model.TimestampAndOffset;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Finds where in a log a time may be, by the indexes, and has it looked up on an I/O thread. */
final class TimestampSearch {

    private final LogDirectories store;
    private final PartitionLog log;

    TimestampSearch(LogDirectories store, PartitionLog log) {
        this.store = store;
        this.log = log;
    }

    /** The first record at or after the time, below {@code upTo}. */
    void firstAtOrAfter(long timestamp, long upTo, Completion<TimestampAndOffset> done) {
        List<TimestampLookup.Range> ranges = new ArrayList<>();
        try {
            for (Segment segment : log.segmentMap().values()) {
                if (segment.latest().timestamp() >= timestamp
                        && segment.endOffset() > log.startOffset()) {
                    int from = segment.positionOf(segment.times().offsetBefore(timestamp));
                    ranges.add(range(segment, from));
                }
            }
        } catch (IOException e) {
            done.failed(e);
            return;
        }
        lookUp(ranges, timestamp, upTo, done);
    }

    /** The first record that has the greatest timestamp of the log. */
    void greatest(long upTo, Completion<TimestampAndOffset> done) {
        Segment best = log.activeSegment();
        for (Segment segment : log.segmentMap().values()) {
            if (segment.latest().timestamp() > best.latest().timestamp()) {
                best = segment;
            }
        }
        if (best.latest().timestamp() < 0) {
            done.succeeded(TimestampAndOffset.NONE);
            return;
        }
        try {
            int from = best.positionOf(best.latest().offset());
            lookUp(List.of(range(best, from)), best.latest().timestamp(), upTo, done);
        } catch (IOException e) {
            done.failed(e);
        }
    }

    private static TimestampLookup.Range range(Segment segment, int from) {
        return new TimestampLookup.Range(segment.path(), from, segment.size());
    }

    private void lookUp(
            List<TimestampLookup.Range> ranges,
            long timestamp,
            long upTo,
            Completion<TimestampAndOffset> done) {
        long start = log.startOffset();
        store.io()
                .call(
                        IoThreads.Lane.READ,
                        () -> store.lookup().first(ranges, timestamp, start, upTo),
                        log.loop(),
                        withEpoch(done));
    }

    private Completion<TimestampAndOffset> withEpoch(Completion<TimestampAndOffset> done) {
        return new Completion<>() {
            @Override
            public void succeeded(TimestampAndOffset found) {
                done.succeeded(
                        found.offset() < 0
                                ? found
                                : new TimestampAndOffset(
                                        found.timestamp(),
                                        found.offset(),
                                        log.epochAt(found.offset())));
            }

            @Override
            public void failed(IOException fault) {
                done.failed(fault);
            }
        };
    }
}
