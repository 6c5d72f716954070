package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** A run of bytes on its way out: a buffer or a region of a file. */
public interface Outbound {

    /** Bytes that are still to be sent. */
    long remaining();

    /**
     * What is left of it, to be sent in one call with what comes before and behind.
     *
     * @param room where it may be copied; what is used up of it stays so until the call is over
     * @return null if it goes by itself
     */
    default @Nullable ByteBuffer inMemory(ByteBuffer room) throws IOException {
        return null;
    }

    /** The call is over: what {@link #inMemory} gave is sent up to its position. */
    default void sentFromMemory(ByteBuffer memory) {
        // Its own buffer knows by itself.
    }

    /**
     * Sends what the channel takes; returns the bytes sent, 0 when the channel is full. An I/O
     * error of a file ends the connection.
     */
    long writeTo(WritableByteChannel channel) throws IOException;

    /** Sent whole or dropped; called once, on the connection's loop. */
    void release();
}
