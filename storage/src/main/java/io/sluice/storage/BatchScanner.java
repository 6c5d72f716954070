package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment file batch by batch and checks each to the last byte: length, magic, CRC, growing
 * offsets. Stops at the first that is not whole and says why. Its memory does not depend on what
 * the file claims. For I/O threads.
 */
final class BatchScanner {

    private static final int BUFFER_BYTES = 256 << 10;

    private final DiskFile file;
    private final long end;
    private final ByteBuffer buffer;
    private long bufferAt;
    private long at;
    private long position;
    private long nextOffset;
    private String fault = "";
    private boolean cut;

    /**
     * @param position where the first batch begins
     * @param end where the bytes to look at end
     * @param nextOffset no batch may begin below it
     */
    BatchScanner(DiskFile file, long position, long end, long nextOffset) {
        this.file = file;
        this.end = end;
        this.position = position;
        this.at = position;
        this.nextOffset = nextOffset;
        this.buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, end - position)).limit(0);
    }

    /** The next whole batch, or null at the end or at the first fault. */
    @Nullable BatchHeader next() throws IOException {
        at = position;
        if (position == end || !fault.isEmpty()) {
            return null;
        }
        if (end - position < BatchHeader.SIZE) {
            cut = true;
            return stop("a header is cut after %d bytes".formatted(end - position));
        }
        BatchHeader batch = BatchHeader.read(buffer, load(position, BatchHeader.SIZE));
        if (batch.magic() != BatchHeader.MAGIC_V2) {
            return stop("format " + batch.magic());
        }
        if (batch.sizeInBytes() < BatchHeader.SIZE) {
            return stop("length " + batch.sizeInBytes());
        }
        if (batch.sizeInBytes() > end - position) {
            cut = true;
            return stop("a batch of %d bytes is cut".formatted(batch.sizeInBytes()));
        }
        if (batch.baseOffset() < nextOffset || batch.lastOffsetDelta() < 0) {
            return stop("offset %d after %d".formatted(batch.baseOffset(), nextOffset));
        }
        if (crc(batch.sizeInBytes()) != batch.crc()) {
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

    private int crc(int sizeInBytes) throws IOException {
        CRC32C crc = new CRC32C();
        long from = position + BatchHeader.ATTRIBUTES_AT;
        long to = position + sizeInBytes;
        while (from < to) {
            int index = load(from, 1);
            int bytes = (int) Math.min(buffer.limit() - index, to - from);
            crc.update(buffer.slice(index, bytes));
            from += bytes;
        }
        return (int) crc.getValue();
    }

    /** The bytes of the batch that {@link #next} gave last, in a buffer of their own. */
    ByteBuffer bytes() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) (position - at));
        file.read(bytes, at);
        return bytes.flip();
    }

    /** Where the batch that {@link #next} gave last begins. */
    long batchPosition() {
        return at;
    }

    /** The end of the last whole batch. */
    long position() {
        return position;
    }

    /** The offset behind the last whole batch. */
    long nextOffset() {
        return nextOffset;
    }

    /** Why it stopped before the end; empty if it did not. */
    String fault() {
        return fault;
    }

    /** Whether it stopped because the bytes end inside a batch. */
    boolean isCut() {
        return cut;
    }

    /** Has at least so many bytes from {@code from} on in the buffer; returns their index in it. */
    private int load(long from, int bytes) throws IOException {
        if (from < bufferAt || from + bytes > bufferAt + buffer.limit()) {
            bufferAt = from;
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - from));
            file.read(buffer, from);
            buffer.flip();
            if (buffer.limit() < bytes) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return (int) (from - bufferAt);
    }
}
