package io.sluice.transport;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A run of bytes on its way out: a buffer or a region of a file. */
public interface Outbound {

    /** Bytes that are still to be sent. */
    long remaining();

    /**
     * Sends what the channel takes; returns the bytes sent, 0 when the channel is full. An I/O
     * error of a file ends the connection.
     */
    long writeTo(WritableByteChannel channel) throws IOException;

    /** Sent whole or dropped; called once, on the connection's loop. */
    void release();
}
