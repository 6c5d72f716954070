package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One file of a log with its two indexes. Owned by its log's loop; the bytes below {@link #size()}
 * never change, so I/O threads may read them.
 */
final class Segment {

    static final String LOG = ".log";
    static final String INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";

    /** Timestamp and place of a segment's latest record. */
    record Latest(long timestamp, long offset) {}

    private final OpenFiles files;
    private final long baseOffset;
    private Path path;
    private final OffsetIndex offsets;
    private final TimeIndex times;
    private int size;
    private int durableSize;
    private long endOffset;
    private long maxTimestamp = BatchHeader.NO_TIMESTAMP;
    private long maxTimestampOffset = -1L;
    private long firstTimestamp = BatchHeader.NO_TIMESTAMP;
    private int bytesSinceIndexed;
    private long createdMs;

    Segment(
            OpenFiles files,
            Path directory,
            long baseOffset,
            int offsetEntries,
            int timeEntries,
            long createdMs) {
        this.files = files;
        this.baseOffset = baseOffset;
        this.endOffset = baseOffset;
        this.path = directory.resolve(name(baseOffset) + LOG);
        this.offsets =
                new OffsetIndex(
                        new IndexFile(
                                files,
                                directory.resolve(name(baseOffset) + INDEX),
                                OffsetIndex.ENTRY_BYTES,
                                offsetEntries),
                        baseOffset);
        this.times =
                new TimeIndex(
                        new IndexFile(
                                files,
                                directory.resolve(name(baseOffset) + TIME_INDEX),
                                TimeIndex.ENTRY_BYTES,
                                timeEntries),
                        baseOffset);
        this.createdMs = createdMs;
    }

    /** Twenty digits, so that names sort as offsets do. */
    static String name(long baseOffset) {
        return String.format(Locale.ROOT, "%020d", baseOffset);
    }

    /** Takes a segment as it is on disk, without reading its batches. */
    void restore(int sizeInBytes, long end, Latest latest) {
        size = sizeInBytes;
        durableSize = sizeInBytes;
        endOffset = end;
        maxTimestamp = latest.timestamp();
        maxTimestampOffset = latest.offset();
    }

    /** Writes batches to the page cache; the caller has assigned their offsets. */
    void append(ByteBuffer records, Iterable<BatchHeader> batches, int indexIntervalBytes)
            throws IOException {
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().write(records, size);
        } finally {
            held.release();
        }
        for (BatchHeader batch : batches) {
            account(batch, indexIntervalBytes);
        }
    }

    /** Takes a batch at the end into account: indexes, size, times. */
    void account(BatchHeader batch, int indexIntervalBytes) throws IOException {
        if (firstTimestamp == BatchHeader.NO_TIMESTAMP) {
            firstTimestamp = batch.maxTimestamp();
        }
        if (batch.maxTimestamp() > maxTimestamp) {
            maxTimestamp = batch.maxTimestamp();
            maxTimestampOffset = batch.lastOffset();
        }
        if (bytesSinceIndexed > indexIntervalBytes) {
            offsets.append(batch.lastOffset(), size);
            times.append(maxTimestamp, maxTimestampOffset);
            bytesSinceIndexed = 0;
        }
        bytesSinceIndexed += batch.sizeInBytes();
        size += batch.sizeInBytes();
        endOffset = batch.nextOffset();
    }

    /** Makes the content durable; an I/O thread may call it with what {@link #path} was. */
    static void force(OpenFiles files, Path path) throws IOException {
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().force();
        } finally {
            held.release();
        }
    }

    /** No more batches come: the last times are indexed, the indexes written. */
    void seal() throws IOException {
        times.append(maxTimestamp, maxTimestampOffset);
        offsets.file().seal();
        times.file().seal();
    }

    void writeIndexes() throws IOException {
        offsets.file().write();
        times.file().write();
    }

    /** Cuts everything at and above the offset, which begins at that position. */
    void truncate(long offset, int position, Latest latest) throws IOException {
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().truncate(position);
        } finally {
            held.release();
        }
        offsets.truncate(offset);
        times.truncate(offset);
        size = position;
        durableSize = Math.min(durableSize, position);
        endOffset = offset;
        maxTimestamp = latest.timestamp();
        maxTimestampOffset = latest.offset();
        bytesSinceIndexed = 0;
    }

    /** A region as a slice; the file stays open until it is released. */
    SegmentSlice slice(int position, int length) throws IOException {
        return new SegmentSlice(files.acquire(path), path, position, length);
    }

    /** Reads one batch header, or null at the end of the segment. */
    @Nullable BatchHeader headerAt(int position) throws IOException {
        return position + BatchHeader.SIZE > size ? null : readHeader(position);
    }

    private BatchHeader readHeader(int position) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BatchHeader.SIZE);
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().read(bytes, position);
        } finally {
            held.release();
        }
        if (bytes.hasRemaining()) {
            throw new CorruptLogException(path, position, "the file is shorter than it was");
        }
        BatchHeader header = BatchHeader.read(bytes, 0);
        if (header.magic() != BatchHeader.MAGIC_V2
                || header.sizeInBytes() < BatchHeader.SIZE
                || position + (long) header.sizeInBytes() > size) {
            throw new CorruptLogException(path, position, "no batch begins here");
        }
        return header;
    }

    /** The position of the batch that holds the offset, or of the end. */
    int positionOf(long offset) throws IOException {
        if (offset >= endOffset) {
            return size;
        }
        int position = offsets.positionBefore(offset);
        for (BatchHeader batch = headerAt(position);
                batch != null && batch.lastOffset() < offset;
                batch = headerAt(position)) {
            position += batch.sizeInBytes();
        }
        return position;
    }

    /**
     * The segment, its files and all, goes by other names; only the log's own name is kept here.
     */
    void movedTo(Path directory) {
        Path to = directory.resolve(path.getFileName().toString());
        files.renamed(path, to);
        path = to;
        offsets.file().renamedTo(directory.resolve(name(baseOffset) + INDEX));
        times.file().renamedTo(directory.resolve(name(baseOffset) + TIME_INDEX));
    }

    void forgetFiles() {
        files.forget(path);
        files.forget(offsets.file().path());
        files.forget(times.file().path());
    }

    static void delete(Disk disk, Path directory, long baseOffset, String suffix)
            throws IOException {
        for (String kind : new String[] {LOG, INDEX, TIME_INDEX, ProducerSnapshot.SUFFIX}) {
            disk.delete(directory.resolve(name(baseOffset) + kind + suffix));
        }
    }

    Path path() {
        return path;
    }

    OffsetIndex offsets() {
        return offsets;
    }

    TimeIndex times() {
        return times;
    }

    long baseOffset() {
        return baseOffset;
    }

    /** The offset behind the last record. */
    long endOffset() {
        return endOffset;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int durableSize() {
        return durableSize;
    }

    void durableSize(int bytes) {
        durableSize = Math.max(durableSize, Math.min(bytes, size));
    }

    Latest latest() {
        return new Latest(maxTimestamp, maxTimestampOffset);
    }

    /** Milliseconds since 1970 of the first record, or of the segment's making. */
    long ageFromMs() {
        return firstTimestamp == BatchHeader.NO_TIMESTAMP ? createdMs : firstTimestamp;
    }

    long createdMs() {
        return createdMs;
    }
}
