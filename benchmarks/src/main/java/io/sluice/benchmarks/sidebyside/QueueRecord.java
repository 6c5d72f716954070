package io.sluice.benchmarks.sidebyside;

import java.nio.ByteBuffer;

/** A record of a queue: when it was due to be sent, by the monotonic clock, and text. */
final class QueueRecord {

    static final int BYTES = 256;

    private final byte[] text = new Text().record(0);

    byte[] due(long nanos) {
        return ByteBuffer.allocate(BYTES).putLong(nanos).put(text, 0, BYTES - Long.BYTES).array();
    }

    static long due(byte[] record) {
        return ByteBuffer.wrap(record).getLong();
    }
}
