package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * The bytes of a connection, and the seam where TLS enters: a plain wire is the socket itself; a
 * TLS wire will wrap and unwrap, and its {@link #channel()} will copy file regions through the
 * cipher.
 */
interface Wire {

    /** Reads what is there; 0 if nothing, -1 at the end of the stream. */
    int read(ByteBuffer target) throws IOException;

    /** Writes several buffers in one call; returns the bytes taken. */
    long write(ByteBuffer[] sources, int count) throws IOException;

    /** Where file regions go. */
    WritableByteChannel channel();

    void close() throws IOException;
}
