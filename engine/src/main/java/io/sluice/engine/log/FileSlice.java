package io.sluice.engine.log;

import io.sluice.core.model.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A region of a segment file that begins with a batch, ready to be sent; the last of several
 * batches may be cut, where no more was asked for. It keeps the file open until it is released,
 * also when retention deletes the segment meanwhile.
 */
public interface FileSlice extends Slice {

    /**
     * Sends from {@code from} on, to a socket (sendfile) or any channel.
     *
     * @param from bytes of the slice that were sent before
     * @return bytes sent, possibly 0 when the channel takes no more
     */
    long transferTo(long from, WritableByteChannel target) throws IOException;

    /** Copies bytes of the slice from {@code from} on into the buffer, until either ends. */
    int read(ByteBuffer target, long from) throws IOException;

    /** Bytes of the slice as a slice that lives as long as this one, and is not released. */
    FileSlice part(int from, int length);

    /** Gives the file back. Any thread; once. */
    void release();
}
