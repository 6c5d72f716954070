package io.sluice.storage;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A segment being written by the cleaner, aside, with its indexes. On an I/O thread. */
final class CleanedSegment implements AutoCloseable {

    private final Disk disk;
    private final Path folder;
    private final long baseOffset;
    private final int indexIntervalBytes;
    private final boolean replacesAborted;
    private final DiskFile file;
    private final ByteArrayOutputStream offsets = new ByteArrayOutputStream();
    private final ByteArrayOutputStream times = new ByteArrayOutputStream();
    private final ByteArrayOutputStream aborted = new ByteArrayOutputStream();
    private final ByteArrayOutputStream scheduled = new ByteArrayOutputStream();
    private final ScheduleIndex.Stretch stretch = new ScheduleIndex.Stretch();
    private final boolean replacesScheduled;
    private long floor;
    private int size;
    private int sinceIndexed;
    private long endOffset;
    private long indexedTimestamp = BatchHeader.NO_TIMESTAMP;
    private Segment.Latest latest = Segment.Latest.NONE;

    /**
     * @param replacesAborted the segment that it replaces by name has an index of aborted
     *     transactions: so has this one, if an empty one, to replace it
     * @param replacesScheduled the same of what a schedule must read
     */
    CleanedSegment(
            Disk disk,
            Path folder,
            long baseOffset,
            int indexIntervalBytes,
            boolean replacesAborted,
            boolean replacesScheduled)
            throws IOException {
        this.disk = disk;
        this.folder = folder;
        this.baseOffset = baseOffset;
        this.indexIntervalBytes = indexIntervalBytes;
        this.replacesAborted = replacesAborted;
        this.replacesScheduled = replacesScheduled;
        this.endOffset = baseOffset;
        this.file = disk.open(path(Segment.LOG), Disk.Mode.TRUNCATE);
    }

    private Path path(String kind) {
        return folder.resolve(SegmentFile.name(baseOffset) + kind + SegmentSwap.CLEANED);
    }

    void append(BatchHeader batch, ByteBuffer bytes) throws IOException, RecordFormatException {
        file.write(bytes.duplicate(), size);
        if (batch.maxTimestamp() > latest.timestamp()) {
            latest = new Segment.Latest(batch.maxTimestamp(), batch.lastOffset());
        }
        if (sinceIndexed > indexIntervalBytes) {
            offsets.writeBytes(
                    ByteBuffer.allocate(OffsetIndex.ENTRY_BYTES)
                            .putInt((int) (batch.lastOffset() - baseOffset))
                            .putInt(size)
                            .array());
            indexTime();
            sinceIndexed = 0;
        }
        if (batch.isScheduled() && batch.recordCount() > 0) {
            schedule(batch, bytes);
        }
        sinceIndexed += batch.sizeInBytes();
        size += batch.sizeInBytes();
        endOffset = batch.nextOffset();
    }

    private void schedule(BatchHeader batch, ByteBuffer bytes) throws RecordFormatException {
        if (!stretch.takes(size, ScheduleIndex.spanBytes(indexIntervalBytes))) {
            endStretch();
        }
        stretch.add(batch, size);
        if (batch.isHidden()) {
            floor = Math.max(floor, ScheduleFormat.floor(batch, bytes));
        }
    }

    private void endStretch() {
        if (!stretch.isEmpty()) {
            ByteBuffer entry = ByteBuffer.allocate(ScheduleIndex.ENTRY_BYTES);
            stretch.end(floor, entry);
            scheduled.writeBytes(entry.array());
        }
    }

    private void indexTime() {
        if (latest.timestamp() <= indexedTimestamp || latest.timestamp() < 0) {
            return;
        }
        indexedTimestamp = latest.timestamp();
        times.writeBytes(
                ByteBuffer.allocate(TimeIndex.ENTRY_BYTES)
                        .putLong(latest.timestamp())
                        .putInt((int) (latest.offset() - baseOffset))
                        .array());
    }

    /** A transaction whose abort readers still have to be told of. */
    void aborted(AbortedTransaction one) {
        ByteBuffer entry = ByteBuffer.allocate(TransactionIndex.ENTRY_BYTES);
        TransactionIndex.put(entry, one);
        aborted.writeBytes(entry.array());
    }

    /** Writes the indexes and makes everything durable. */
    void finish() throws IOException {
        indexTime();
        file.force();
        writeIndex(Segment.INDEX, offsets);
        writeIndex(Segment.TIME_INDEX, times);
        if (aborted.size() > 0 || replacesAborted) {
            writeIndex(Segment.TXN_INDEX, aborted);
        }
        endStretch();
        if (scheduled.size() > 0 || replacesScheduled) {
            writeIndex(Segment.SCHEDULE, scheduled);
        }
    }

    private void writeIndex(String kind, ByteArrayOutputStream entries) throws IOException {
        try (DiskFile index = disk.open(path(kind), Disk.Mode.TRUNCATE)) {
            index.write(ByteBuffer.wrap(entries.toByteArray()), 0);
            index.force();
        }
    }

    void discard() throws IOException {
        close();
        for (String kind : Segment.KINDS) {
            disk.delete(path(kind));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** The segment as the log will hold it once it is in place. */
    Segment toSegment(OpenFiles files, SegmentFile.Home home, long createdMs, long nextBase) {
        Segment segment =
                new Segment(
                        files,
                        home,
                        baseOffset,
                        new Segment.Found(
                                offsets.size() / OffsetIndex.ENTRY_BYTES,
                                times.size() / TimeIndex.ENTRY_BYTES,
                                true),
                        latest,
                        createdMs);
        segment.restoreAborted(aborted.size() / TransactionIndex.ENTRY_BYTES);
        segment.restoreScheduled(
                ByteBuffer.wrap(scheduled.toByteArray()),
                scheduled.size() / ScheduleIndex.ENTRY_BYTES);
        segment.restore(size, Math.max(endOffset, nextBase));
        return segment;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long baseOffset() {
        return baseOffset;
    }
}
