package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import java.io.IOException;
import java.util.List;

/**
 * Finds records by time, down to the record: batches by their headers, then the one batch by its
 * records, its CRC checked first. On an I/O thread.
 */
final class TimestampLookup {

    private final OpenFiles files;
    private final Codecs codecs;

    TimestampLookup(OpenFiles files, Codecs codecs) {
        this.files = files;
        this.codecs = codecs;
    }

    /**
     * A part of a segment, whole batches.
     *
     * @param from where to begin, at or before what is looked for
     * @param size where to end
     */
    record Range(Segment segment, int from, int size) {}

    /** Which records count. */
    record Bounds(long start, long upTo) {
        boolean hold(long offset) {
            return offset >= start && offset < upTo;
        }
    }

    /** The first record at or after the time. */
    TimestampAndOffset first(List<Range> ranges, long timestamp, Bounds bounds) throws IOException {
        for (Range range : ranges) {
            try {
                TimestampAndOffset found = first(range, timestamp, bounds);
                if (found.offset() >= 0) {
                    return found;
                }
            } catch (OpenFiles.RetiredException e) {
                // Retention took the segment meanwhile: its records are below the start.
                continue;
            }
        }
        return TimestampAndOffset.NONE;
    }

    private TimestampAndOffset first(Range range, long timestamp, Bounds bounds)
            throws IOException {
        OpenFiles.Held held = files.acquire(range.segment.log());
        try {
            HeaderWalk walk = walk(range, held);
            for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
                if (batch.baseOffset() >= bounds.upTo) {
                    break;
                }
                if (batch.maxTimestamp() >= timestamp && batch.lastOffset() >= bounds.start) {
                    TimestampAndOffset found = inBatch(range, held, walk, batch, timestamp, bounds);
                    if (found.offset() >= 0) {
                        return found;
                    }
                }
            }
            return TimestampAndOffset.NONE;
        } finally {
            held.release();
        }
    }

    /** The record with the greatest timestamp; the first such (KIP-734). */
    TimestampAndOffset greatest(List<Range> ranges, Bounds bounds) throws IOException {
        long greatest = BatchHeader.NO_TIMESTAMP;
        for (Range range : ranges) {
            OpenFiles.Held held = files.acquire(range.segment.log());
            try {
                HeaderWalk walk = walk(range, held);
                for (BatchHeader batch = walk.next(); batch != null; batch = walk.next()) {
                    if (batch.lastOffset() >= bounds.start && batch.baseOffset() < bounds.upTo) {
                        greatest = Math.max(greatest, batch.maxTimestamp());
                    }
                }
            } finally {
                held.release();
            }
        }
        return greatest < 0 ? TimestampAndOffset.NONE : first(ranges, greatest, bounds);
    }

    private static HeaderWalk walk(Range range, OpenFiles.Held held) {
        return new HeaderWalk(
                held.file(),
                range.segment.log(),
                range.from,
                range.size,
                range.segment.baseOffset(),
                Long.MAX_VALUE); // it may be cut meanwhile
    }

    private TimestampAndOffset inBatch(
            Range range,
            OpenFiles.Held held,
            HeaderWalk walk,
            BatchHeader header,
            long timestamp,
            Bounds bounds)
            throws IOException {
        BatchScanner scanner =
                new BatchScanner(held.file(), walk.position(), walk.end(), header.baseOffset());
        BatchHeader batch = scanner.next();
        if (batch == null) {
            throw new CorruptLogException(
                    range.segment.log().path(), walk.position(), scanner.fault());
        }
        try {
            RecordReader records = RecordReader.of(batch, scanner.bytes(), codecs);
            while (records.next()) {
                if (records.timestamp() >= timestamp && bounds.hold(records.offset())) {
                    return new TimestampAndOffset(
                            records.timestamp(), records.offset(), batch.leaderEpoch());
                }
            }
            return TimestampAndOffset.NONE;
        } catch (RecordFormatException e) {
            throw new CorruptLogException(
                    range.segment.log().path(),
                    walk.position(),
                    "records of the batch at offset %d: %s"
                            .formatted(batch.baseOffset(), e.getMessage()));
        }
    }
}
