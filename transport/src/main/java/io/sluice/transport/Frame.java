package io.sluice.transport;

import java.nio.ByteBuffer;

/** One received frame in a pooled, direct, big-endian buffer. */
public interface Frame {

    /** The frame from the prefix on, position to limit. Its bytes may be changed by the owner. */
    ByteBuffer bytes();

    /** Gives the buffer back to its pool. Any thread; exactly once. */
    void release();
}
