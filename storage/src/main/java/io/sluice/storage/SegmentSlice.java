package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A region of a segment file that keeps it open. */
final class SegmentSlice implements FileSlice {

    /** What is read at once to warm a slice. */
    private static final int WARM_BYTES = 1 << 20;

    private final OpenFiles.Held held;
    private final Path path;
    private final int position;
    private final int length;

    SegmentSlice(OpenFiles.Held held, Path path, int position, int length) {
        this.held = held;
        this.path = path;
        this.position = position;
        this.length = length;
    }

    @Override
    public int sizeInBytes() {
        return length;
    }

    @Override
    public long transferTo(long from, WritableByteChannel target) throws IOException {
        return held.file().transferTo(position + from, length - from, target);
    }

    @Override
    public int read(ByteBuffer target, long from) throws IOException {
        int wanted = (int) Math.min(target.remaining(), length - from);
        int limit = target.limit();
        target.limit(target.position() + wanted);
        int read = held.file().read(target, position + from);
        target.limit(limit);
        return read;
    }

    boolean isCached() {
        return held.file().isCached(position, length);
    }

    /**
     * Reads the region from the device and checks every whole batch in it: bytes that were away are
     * not trusted (I-4). On an I/O thread.
     */
    void warmAndVerify() throws IOException {
        int at = 0;
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(length, WARM_BYTES));
        while (length - at >= BatchHeader.SIZE) {
            buffer.clear();
            read(buffer, at);
            buffer.flip();
            int verified = verify(buffer, at);
            if (verified == 0) {
                int size = BatchHeader.read(buffer, 0).sizeInBytes();
                if (size < BatchHeader.SIZE || size > length - at) {
                    return; // the last batch of the slice is cut: the reader skips it
                }
                buffer = ByteBuffer.allocate(size);
            }
            at += verified;
        }
    }

    private int verify(ByteBuffer buffer, int at) throws CorruptLogException {
        int done = 0;
        while (buffer.limit() - done >= BatchHeader.SIZE) {
            BatchHeader batch = BatchHeader.read(buffer, done);
            if (batch.magic() != BatchHeader.MAGIC_V2 || batch.sizeInBytes() < BatchHeader.SIZE) {
                throw new CorruptLogException(path, position + at + (long) done, "no batch here");
            }
            if (batch.sizeInBytes() > buffer.limit() - done) {
                break;
            }
            if (BatchHeader.computeCrc(buffer, done, batch.sizeInBytes()) != batch.crc()) {
                throw new CorruptLogException(
                        path,
                        position + at + (long) done,
                        "CRC of the batch at offset " + batch.baseOffset());
            }
            done += batch.sizeInBytes();
        }
        return done;
    }

    @Override
    public void release() {
        held.release();
    }
}
