package io.sluice.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** An open file. One thread writes at a time; reads and {@link #force()} may overlap with it. */
public interface DiskFile extends AutoCloseable {

    /** Writes all that remains of the buffer at a position. */
    void write(ByteBuffer source, long position) throws IOException;

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @return bytes read; 0 at the end of the file
     */
    int read(ByteBuffer target, long position) throws IOException;

    /** Length in bytes. */
    long size() throws IOException;

    /** Cuts the file to that length. */
    void truncate(long size) throws IOException;

    /**
     * Makes content and length durable (fdatasync). After a failure nothing un-flushed may be
     * trusted, and a second call proves nothing.
     */
    void force() throws IOException;

    /**
     * Sends a region to a socket without copying where the system can (sendfile).
     *
     * @return bytes sent, possibly fewer than asked
     */
    long transferTo(long position, long count, WritableByteChannel target) throws IOException;

    /**
     * Whether the region is in memory, so that reading it will not wait for the device. A guess: it
     * may be wrong either way.
     */
    boolean isCached(long position, long count);

    @Override
    void close() throws IOException;
}
