package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.log.LogRead;
import java.io.IOException;

/** Reads from a log: segment, index, a short scan, a slice. Owned by the log's loop. */
final class ReadPath {

    /** What was written so near the end is in the page cache, or the machine has none. */
    private static final int TAIL_BYTES = 32 << 20;

    private final Segments segments;
    private final RecentBatches recent = new RecentBatches();

    /** The active segment, and from where on it was written by this process. */
    private Segment writtenHere;

    private int writtenHereFrom;

    ReadPath(Segments segments) {
        this.segments = segments;
        this.writtenHere = segments.last();
        this.writtenHereFrom = writtenHere.size();
    }

    /** A batch was appended to the active segment. */
    void appended(BatchHeader batch, int position) {
        recent.add(batch, position);
    }

    /** A new active segment has begun. */
    void rolled() {
        recent.clear();
        writtenHere = segments.last();
        writtenHereFrom = 0;
    }

    /** The log ends where it ended before. */
    void truncated() {
        recent.clear();
        Segment last = segments.last();
        writtenHereFrom =
                last == writtenHere ? Math.min(writtenHereFrom, last.size()) : last.size();
        writtenHere = last;
    }

    LogRead read(long fromOffset, long upTo, int maxBytes, boolean atLeastOne) throws IOException {
        int at = segments.floor(fromOffset);
        // Behind the last batch of a compacted segment lies the next segment.
        while (at < segments.count()) {
            Segment segment = segments.get(at);
            if (segment.baseOffset() >= upTo) {
                return LogRead.NOTHING;
            }
            int from = segment.isEmpty() ? 0 : positionOf(segment, fromOffset);
            if (from < segment.size()) {
                return read(segment, from, fromOffset, upTo, maxBytes, atLeastOne);
            }
            at++;
        }
        return LogRead.NOTHING;
    }

    private LogRead read(
            Segment segment, int from, long fromOffset, long upTo, int maxBytes, boolean atLeastOne)
            throws IOException {
        int end = endOf(segment, upTo);
        if (end <= from) {
            return LogRead.NOTHING;
        }
        int length = end - from;
        if (length > maxBytes) {
            int first = firstSize(segment, fromOffset, from);
            length = first <= maxBytes ? Math.max(0, maxBytes) : atLeastOne ? first : 0;
            if (length == 0) {
                return LogRead.NOTHING;
            }
            SegmentSlice cut = segment.slice(from, length, length == first);
            return new LogRead(cut, isCold(segment, from, cut));
        }
        SegmentSlice slice = segment.slice(from, length, true);
        return new LogRead(slice, isCold(segment, from, slice));
    }

    private int firstSize(Segment segment, long offset, int from) throws IOException {
        int index = recentIndex(segment, offset);
        if (index >= 0) {
            return recent.end(index, segment.size()) - from;
        }
        BatchHeader batch = segment.headerAt(from);
        return batch == null ? 0 : batch.sizeInBytes();
    }

    private int recentIndex(Segment segment, long offset) {
        return segment == segments.last()
                ? recent.indexOf(offset, segment.endOffset())
                : RecentBatches.NOT_KNOWN;
    }

    private int positionOf(Segment segment, long offset) throws IOException {
        int index = recentIndex(segment, offset);
        return index >= 0 ? recent.position(index) : segment.positionOf(offset);
    }

    /** Where the last batch ends that begins below the offset. */
    private int endOf(Segment segment, long upTo) throws IOException {
        if (upTo >= segment.endOffset()) {
            return segment.size();
        }
        int index = recentIndex(segment, upTo);
        if (index >= 0) {
            return recent.base(index) < upTo
                    ? recent.end(index, segment.size())
                    : recent.position(index);
        }
        int position = segment.positionOf(upTo);
        BatchHeader batch = segment.headerAt(position);
        return batch != null && batch.baseOffset() < upTo
                ? position + batch.sizeInBytes()
                : position;
    }

    private boolean isCold(Segment segment, int position, SegmentSlice slice) {
        boolean writtenNow =
                segment == writtenHere
                        && position >= writtenHereFrom
                        && position >= segment.size() - TAIL_BYTES;
        return !writtenNow && !slice.isCached();
    }

    /** Bytes between two offsets, counted up to the limit. */
    long bytesBetween(long fromOffset, long upTo, int limit) {
        Segment active = segments.last();
        if (fromOffset < active.baseOffset()) {
            return limit; // a reader in an old segment has a segment's worth before it
        }
        try {
            int from = active.isEmpty() ? 0 : positionOf(active, fromOffset);
            return Math.clamp((long) endOf(active, upTo) - from, 0, limit);
        } catch (IOException e) {
            return limit; // the read itself will meet the fault and name it
        }
    }
}
