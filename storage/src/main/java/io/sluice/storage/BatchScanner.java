package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment file batch by batch and checks each: length, magic, CRC, growing offsets. Stops
 * at the first that is not whole and says why. For I/O threads.
 */
final class BatchScanner {

    private static final int BUFFER_BYTES = 1 << 20;

    /** A batch larger than that is no batch. */
    private static final int MAX_BATCH_BYTES = 1 << 30;

    private final DiskFile file;
    private final long fileSize;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long bufferAt;
    private long position;
    private long nextOffset;
    private String fault = "";

    /**
     * @param position where the first batch begins
     * @param nextOffset no batch may begin below it
     */
    BatchScanner(DiskFile file, long position, long nextOffset) throws IOException {
        this.file = file;
        this.fileSize = file.size();
        this.position = position;
        this.nextOffset = nextOffset;
    }

    /** The next whole batch, or null at the end or at the first fault. */
    @Nullable BatchHeader next() throws IOException {
        if (position == fileSize) {
            return null;
        }
        if (fileSize - position < BatchHeader.SIZE) {
            return stop("a header is cut after " + (fileSize - position) + " bytes");
        }
        load(BatchHeader.SIZE);
        BatchHeader batch = BatchHeader.read(buffer, (int) (position - bufferAt));
        if (batch.magic() != BatchHeader.MAGIC_V2) {
            return stop("format " + batch.magic());
        }
        if (batch.sizeInBytes() < BatchHeader.SIZE || batch.sizeInBytes() > MAX_BATCH_BYTES) {
            return stop("length " + batch.sizeInBytes());
        }
        if (batch.sizeInBytes() > fileSize - position) {
            return stop("a batch of %d bytes is cut".formatted(batch.sizeInBytes()));
        }
        if (batch.baseOffset() < nextOffset || batch.lastOffsetDelta() < 0) {
            return stop("offset %d after %d".formatted(batch.baseOffset(), nextOffset));
        }
        load(batch.sizeInBytes());
        int crc = BatchHeader.computeCrc(buffer, (int) (position - bufferAt), batch.sizeInBytes());
        if (crc != batch.crc()) {
            return stop("CRC of the batch at offset " + batch.baseOffset());
        }
        position += batch.sizeInBytes();
        nextOffset = batch.nextOffset();
        return batch;
    }

    private @Nullable BatchHeader stop(String why) {
        fault = why;
        return null;
    }

    /** The bytes of the batch that {@link #next} gave last; valid until the next call. */
    ByteBuffer bytes(BatchHeader last) {
        int at = (int) (position - last.sizeInBytes() - bufferAt);
        return buffer.slice(at, last.sizeInBytes());
    }

    /** The end of the last whole batch. */
    long position() {
        return position;
    }

    long nextOffset() {
        return nextOffset;
    }

    /** Why it stopped before the end; empty if it did not. */
    String fault() {
        return fault;
    }

    private void load(int bytes) throws IOException {
        if (position >= bufferAt && position + bytes <= bufferAt + buffer.limit()) {
            return;
        }
        if (buffer.capacity() < bytes || buffer.capacity() == 0) {
            long wanted = Math.min(fileSize - position, BUFFER_BYTES);
            buffer = ByteBuffer.allocate((int) Math.max(bytes, wanted));
        }
        buffer.clear();
        bufferAt = position;
        file.read(buffer, position);
        buffer.flip();
        if (buffer.limit() < bytes) {
            throw new IOException("the file became shorter while it was read");
        }
    }
}
