package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One call that sends what waits first on a connection, whatever it is made of: memory as it is,
 * and small regions of files copied. For such a region the copy is cheaper than a call of its own,
 * here and at the peer, who gets one segment instead of three. Shared by the connections of a loop.
 */
final class GatheredWrite {

    /** A larger region is sent by the system without a copy. */
    static final int SMALL_REGION = 32 * 1024;

    private static final int BUFFERS = 64;

    /**
     * Bytes of one call. The JDK copies heap buffers into a direct one of the same size that it
     * keeps for the thread, so a large answer must not go in one piece.
     */
    private static final int BYTES = 256 * 1024;

    private static final int ROOM_BYTES = 128 * 1024;

    private final ByteBuffer[] buffers = new ByteBuffer[BUFFERS];
    private final Outbound[] parts = new Outbound[BUFFERS];
    private final ByteBuffer room = ByteBuffer.allocateDirect(ROOM_BYTES);
    private int count;

    /**
     * Sends as many of the parts as go together.
     *
     * @param queue not empty
     * @return bytes sent, 0 when the socket takes no more
     */
    long send(Wire wire, Iterable<Outbound> queue) throws IOException {
        try {
            int lastLimit = gather(queue);
            return count == 0
                    ? queue.iterator().next().writeTo(wire.channel())
                    : write(wire, lastLimit);
        } finally {
            for (int i = 0; i < count; i++) {
                buffers[i] = null;
                parts[i] = null;
            }
        }
    }

    /** Returns the limit of the last buffer, which is cut where the call's bytes end. */
    private int gather(Iterable<Outbound> queue) throws IOException {
        count = 0;
        room.clear();
        int bytes = 0;
        int lastLimit = 0;
        for (Outbound part : queue) {
            ByteBuffer memory = count < BUFFERS && bytes < BYTES ? part.inMemory(room) : null;
            if (memory == null) {
                break;
            }
            lastLimit = memory.limit();
            int share = Math.min(memory.remaining(), BYTES - bytes);
            memory.limit(memory.position() + share);
            bytes += share;
            parts[count] = part;
            buffers[count++] = memory;
        }
        return lastLimit;
    }

    private long write(Wire wire, int lastLimit) throws IOException {
        try {
            return wire.write(buffers, count);
        } finally {
            buffers[count - 1].limit(lastLimit);
            for (int i = 0; i < count; i++) {
                parts[i].sentFromMemory(buffers[i]);
            }
        }
    }
}
