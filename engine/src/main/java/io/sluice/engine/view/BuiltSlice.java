package io.sluice.engine.view;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Batches that were made, not read: in memory, where a region of a file is expected. */
public record BuiltSlice(ByteBuffer batches) implements FileSlice {

    @Override
    public int sizeInBytes() {
        return batches.limit();
    }

    @Override
    public long transferTo(long from, WritableByteChannel target) throws IOException {
        int at = Math.toIntExact(from);
        return target.write(batches.slice(at, batches.limit() - at));
    }

    @Override
    public int read(ByteBuffer target, long from) {
        int at = Math.toIntExact(from);
        int count = Math.min(target.remaining(), batches.limit() - at);
        target.put(batches.slice(at, count));
        return count;
    }

    @Override
    public FileSlice part(int from, int length) {
        return new BuiltSlice(batches.slice(from, length));
    }

    @Override
    public void release() {
        // The collector takes it.
    }
}
