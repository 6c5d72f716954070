package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Finds records by time, down to the record. On an I/O thread. */
final class TimestampLookup {

    private final OpenFiles files;
    private final Codecs codecs;

    TimestampLookup(OpenFiles files, Codecs codecs) {
        this.files = files;
        this.codecs = codecs;
    }

    /** A part of a segment that may hold what is looked for. */
    record Range(Path path, int from, int size) {}

    /** The first record at or after the time, at or above {@code start} and below {@code upTo}. */
    TimestampAndOffset first(List<Range> ranges, long timestamp, long start, long upTo)
            throws IOException {
        for (Range range : ranges) {
            OpenFiles.Held held = files.acquire(range.path);
            try {
                BatchScanner scanner = new BatchScanner(held.file(), range.from, 0);
                for (BatchHeader batch = scanner.next();
                        batch != null && scanner.position() <= range.size;
                        batch = scanner.next()) {
                    if (batch.baseOffset() >= upTo) {
                        return TimestampAndOffset.NONE;
                    }
                    if (batch.maxTimestamp() >= timestamp && batch.lastOffset() >= start) {
                        TimestampAndOffset found =
                                inBatch(range, scanner, batch, timestamp, start, upTo);
                        if (found.offset() >= 0) {
                            return found;
                        }
                    }
                }
            } finally {
                held.release();
            }
        }
        return TimestampAndOffset.NONE;
    }

    private TimestampAndOffset inBatch(
            Range range,
            BatchScanner scanner,
            BatchHeader batch,
            long timestamp,
            long start,
            long upTo)
            throws IOException {
        try {
            RecordReader records = RecordReader.of(batch, scanner.bytes(batch), codecs);
            while (records.next()) {
                if (records.timestamp() >= timestamp
                        && records.offset() >= start
                        && records.offset() < upTo) {
                    return new TimestampAndOffset(
                            records.timestamp(), records.offset(), batch.leaderEpoch());
                }
            }
            return TimestampAndOffset.NONE;
        } catch (RecordFormatException e) {
            throw new CorruptLogException(
                    range.path,
                    scanner.position() - batch.sizeInBytes(),
                    "records of the batch at offset %d: %s"
                            .formatted(batch.baseOffset(), e.getMessage()));
        }
    }
}
