package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Steps from batch to batch over a part of a segment that is known to be whole, looking at headers
 * alone. What cannot be a batch is corruption and is named. Any thread; one at a time.
 */
final class HeaderWalk {

    /** Small batches come several at a read, large ones cost one small read each. */
    private static final int CHUNK_BYTES = 4096;

    private final DiskFile file;
    private final SegmentFile name;
    private final int end;
    private final long endOffset;
    private @Nullable ByteBuffer chunk;
    private ByteBuffer batchBuffer = ByteBuffer.allocate(0);
    private int chunkAt;
    private int at;
    private int next;
    private long nextOffset;

    /**
     * @param from where a batch begins
     * @param end where the last one ends
     * @param firstOffset no batch begins below it
     * @param endOffset none reaches it; {@link Long#MAX_VALUE} where that is not known
     */
    HeaderWalk(
            DiskFile file, SegmentFile name, int from, int end, long firstOffset, long endOffset) {
        this.file = file;
        this.name = name;
        this.at = from;
        this.next = from;
        this.end = end;
        this.nextOffset = firstOffset;
        this.endOffset = endOffset;
    }

    /**
     * The next batch, or null behind the last.
     *
     * @throws CorruptLogException if no batch can begin here
     */
    @Nullable BatchHeader next() throws IOException {
        at = next;
        if (at == end) {
            return null;
        }
        if (end - at < BatchHeader.SIZE) {
            throw new CorruptLogException(name.path(), at, "a batch header is cut");
        }
        BatchHeader batch = BatchHeader.read(load(), at - chunkAt);
        String fault = fault(batch);
        if (!fault.isEmpty()) {
            throw new CorruptLogException(name.path(), at, fault);
        }
        next = at + batch.sizeInBytes();
        nextOffset = batch.nextOffset();
        return batch;
    }

    private String fault(BatchHeader batch) {
        if (batch.magic() != BatchHeader.MAGIC_V2) {
            return "no batch begins here: format " + batch.magic();
        }
        if (batch.sizeInBytes() < BatchHeader.SIZE || batch.sizeInBytes() > end - at) {
            return "no batch begins here: length " + batch.sizeInBytes();
        }
        if (batch.baseOffset() < nextOffset || batch.lastOffsetDelta() < 0) {
            return "offset %d where %d or a later one belongs"
                    .formatted(batch.baseOffset(), nextOffset);
        }
        if (batch.nextOffset() > endOffset) {
            return "offset %d where %d has been reached".formatted(batch.lastOffset(), endOffset);
        }
        return "";
    }

    /** What the control batch says that {@link #next} gave last; it is checked by its CRC. */
    ControlRecord control(BatchHeader batch) throws IOException {
        if (batch.sizeInBytes() > ControlBatch.MAX_BYTES) {
            throw new CorruptLogException(
                    name.path(), at, "a control batch of %d bytes".formatted(batch.sizeInBytes()));
        }
        try {
            return ControlBatch.read(batch, whole(batch));
        } catch (RecordFormatException e) {
            throw new CorruptLogException(
                    name.path(),
                    at,
                    "the control batch at offset %d: %s"
                            .formatted(batch.baseOffset(), e.getMessage()));
        }
    }

    /** The floor that the hidden batch tells that {@link #next} gave last. */
    long floor(BatchHeader batch) throws IOException {
        try {
            return ScheduleFormat.floor(batch, whole(batch));
        } catch (RecordFormatException e) {
            throw new CorruptLogException(
                    name.path(),
                    at,
                    "the hidden batch at offset %d: %s"
                            .formatted(batch.baseOffset(), e.getMessage()));
        }
    }

    /** Checks the batch that {@link #next} gave last by its CRC. */
    void check(BatchHeader batch) throws IOException {
        whole(batch);
    }

    /** The batch that {@link #next} gave last; good until the next one is asked for. */
    private ByteBuffer whole(BatchHeader batch) throws IOException {
        ByteBuffer bytes = batchBuffer;
        if (bytes.capacity() < batch.sizeInBytes()) {
            bytes = ByteBuffer.allocate(batch.sizeInBytes());
            batchBuffer = bytes;
        }
        bytes.clear().limit(batch.sizeInBytes());
        file.read(bytes, at);
        bytes.flip();
        if (bytes.limit() < batch.sizeInBytes()) {
            throw new CorruptLogException(name.path(), at, "the file is shorter than it was");
        }
        if (BatchHeader.computeCrc(bytes, 0, batch.sizeInBytes()) != batch.crc()) {
            throw new CorruptLogException(
                    name.path(), at, "CRC of the batch at offset " + batch.baseOffset());
        }
        return bytes;
    }

    /** What is wrong with the batch that {@link #next} gave last. */
    CorruptLogException damaged(String what) {
        return new CorruptLogException(name.path(), at, what);
    }

    /** Where the batch that {@link #next} gave last begins. */
    int position() {
        return at;
    }

    /** Where it ends. */
    int end() {
        return next;
    }

    /** The offset behind it. */
    long nextOffset() {
        return nextOffset;
    }

    private ByteBuffer load() throws IOException {
        ByteBuffer have = chunk;
        if (have != null && at >= chunkAt && at + BatchHeader.SIZE <= chunkAt + have.limit()) {
            return have;
        }
        if (have == null) {
            // The first look is often the only one.
            have = ByteBuffer.allocate(Math.min(end - at, BatchHeader.SIZE));
        } else if (have.capacity() < CHUNK_BYTES) {
            have = ByteBuffer.allocate(CHUNK_BYTES);
        }
        have.clear().limit(Math.min(have.capacity(), end - at));
        file.read(have, at);
        have.flip();
        if (have.limit() < BatchHeader.SIZE) {
            throw new CorruptLogException(name.path(), at, "the file is shorter than it was");
        }
        chunk = have;
        chunkAt = at;
        return have;
    }
}
