package io.sluice.engine.fake;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/** A copy of some batches. */
public final class MemorySlice implements FileSlice {

    private final byte[] bytes;
    private final Runnable onRelease;
    private boolean released;

    public MemorySlice(byte[] bytes, Runnable onRelease) {
        this.bytes = bytes;
        this.onRelease = onRelease;
    }

    @Override
    public int sizeInBytes() {
        return bytes.length;
    }

    @Override
    public long transferTo(long from, WritableByteChannel target) throws IOException {
        int at = Math.toIntExact(from);
        return target.write(ByteBuffer.wrap(bytes, at, bytes.length - at));
    }

    @Override
    public int read(ByteBuffer target, long from) {
        int at = Math.toIntExact(from);
        int count = Math.min(target.remaining(), bytes.length - at);
        target.put(bytes, at, count);
        return count;
    }

    @Override
    public FileSlice part(int from, int length) {
        return new MemorySlice(Arrays.copyOfRange(bytes, from, from + length), () -> {});
    }

    @Override
    public void release() {
        if (released) {
            throw new IllegalStateException("a slice was released twice");
        }
        released = true;
        onRelease.run();
    }
}
