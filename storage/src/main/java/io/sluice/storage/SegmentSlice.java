package io.sluice.storage;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A region of a segment file that keeps it open. */
final class SegmentSlice implements FileSlice {

    private final OpenFiles.Held held;
    private final SegmentFile name;
    private final int position;
    private final int length;
    private final boolean endsWhole;

    /**
     * @param endsWhole the last batch is not cut
     */
    SegmentSlice(
            OpenFiles.Held held, SegmentFile name, int position, int length, boolean endsWhole) {
        this.held = held;
        this.name = name;
        this.position = position;
        this.length = length;
        this.endsWhole = endsWhole;
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
        BatchScanner scanner =
                new BatchScanner(held.file(), position, (long) position + length, 0L);
        while (scanner.next() != null) {
            // each is checked
        }
        boolean cutAsAsked = scanner.isCut() && !endsWhole;
        if (!scanner.fault().isEmpty() && !cutAsAsked) {
            throw new CorruptLogException(name.path(), scanner.position(), scanner.fault());
        }
    }

    @Override
    public void release() {
        held.release();
    }
}
