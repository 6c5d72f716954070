package io.sluice.storage;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A region of a segment file that keeps it open. */
final class SegmentSlice implements FileSlice {

    private final OpenFiles.Held held;
    private final Segment segment;
    private final int position;
    private final int length;
    private final boolean endsWhole;

    /**
     * @param endsWhole the last batch is not cut
     */
    SegmentSlice(
            OpenFiles.Held held, Segment segment, int position, int length, boolean endsWhole) {
        this.held = held;
        this.segment = segment;
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

    /** An offset above those of its records; perhaps too high. On the log's loop. */
    long offsetAbove() throws IOException {
        return segment.offsetAbove(position + length);
    }

    Segment segment() {
        return segment;
    }

    boolean isCached() {
        return held.file().isCached(position, length);
    }

    /** What is to be checked of it when it comes from the device. On the log's loop. */
    ColdRead coldRead(LeaderEpochs epochs) {
        return new ColdRead(
                segment.log(),
                position,
                length,
                endsWhole,
                segment.size(),
                segment.baseOffset(),
                segment.endOffset(),
                epochs);
    }

    /** Reads the region from the device, and trusts none of it. On an I/O thread. */
    void warmAndVerify(ColdRead read) throws IOException {
        read.verify(held.file());
    }

    @Override
    public FileSlice part(int from, int length) {
        boolean toTheEnd = from + length == this.length;
        return new SegmentSlice(held, segment, position + from, length, endsWhole || !toTheEnd);
    }

    @Override
    public void release() {
        held.release();
    }
}
