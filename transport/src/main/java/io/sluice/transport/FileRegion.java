package io.sluice.transport;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A region of a segment file, sent by the system without copying. Owned by its connection's loop.
 */
public final class FileRegion implements Outbound {

    private final FileSlice slice;
    private long sent;

    public FileRegion(FileSlice slice) {
        this.slice = slice;
    }

    @Override
    public long remaining() {
        return slice.sizeInBytes() - sent;
    }

    @Override
    public long writeTo(WritableByteChannel channel) throws IOException {
        long taken = slice.transferTo(sent, channel);
        sent += taken;
        return taken;
    }

    @Override
    public void release() {
        slice.release();
    }
}
