package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * The bytes of a connection, and the seam where TLS enters: a plain wire is the socket itself. A
 * TLS wire will decrypt what it reads, encrypt what is written (keeping ciphertext that the socket
 * did not take and counting only plaintext that it took over), and its {@link #channel()} will copy
 * file regions through the cipher. Owned by the connection's loop.
 */
interface Wire {

    /** Reads what is there; 0 if nothing, -1 at the end of the stream. */
    int read(ByteBuffer target) throws IOException;

    /** Reads what is there, in one call, into one target after the other. */
    long read(ByteBuffer[] targets) throws IOException;

    /** Writes several buffers in one call; returns the bytes taken. */
    long write(ByteBuffer[] sources, int count) throws IOException;

    /** Where file regions go. */
    WritableByteChannel channel();

    /** Tells the peer that nothing more will be sent. */
    void endOutput() throws IOException;

    void close() throws IOException;
}
