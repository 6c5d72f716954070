package io.sluice.transport;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A region of a segment file, sent by the system without copying unless it is small. Owned by its
 * connection's loop.
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
    public @Nullable ByteBuffer inMemory(ByteBuffer room) throws IOException {
        int left = (int) remaining();
        if (left > GatheredWrite.SMALL_REGION || left > room.remaining()) {
            return null;
        }
        ByteBuffer copy = room.slice(room.position(), left);
        while (copy.hasRemaining()) {
            if (slice.read(copy, sent + copy.position()) <= 0) {
                return null; // the file ends before its region: to be found out by who sends it
            }
        }
        room.position(room.position() + left);
        return copy.flip();
    }

    @Override
    public void sentFromMemory(ByteBuffer memory) {
        sent += memory.position();
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
