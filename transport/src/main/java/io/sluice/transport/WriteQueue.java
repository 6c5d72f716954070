package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * What waits to be sent on one connection, in order: memory in gathering writes, regions by
 * sendfile.
 */
final class WriteQueue {

    /** Buffers of one gathering write. */
    static final int GATHERED = 64;

    /**
     * Bytes of one gathering write. The JDK copies heap buffers into a direct one of the same size
     * that it keeps for the thread, so a large answer must not go in one piece.
     */
    private static final int GATHERED_BYTES = 256 * 1024;

    private final Deque<Outbound> queue = new ArrayDeque<>(4);
    private long pendingBytes;

    void add(Outbound part) {
        pendingBytes += part.remaining();
        queue.addLast(part);
    }

    long pendingBytes() {
        return pendingBytes;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /**
     * Sends until the socket takes no more or the turn's share is used.
     *
     * @param gathered room for {@link #GATHERED} buffers
     * @return bytes sent
     */
    long drain(Wire wire, ByteBuffer[] gathered, long atMostBytes) throws IOException {
        long total = 0;
        releaseSent();
        while (!queue.isEmpty() && total < atMostBytes) {
            Outbound first = queue.getFirst();
            long sent =
                    first instanceof Bytes
                            ? writeGathered(wire, gathered)
                            : first.writeTo(wire.channel());
            if (sent == 0) {
                break;
            }
            pendingBytes -= sent;
            total += sent;
            releaseSent();
        }
        return total;
    }

    private long writeGathered(Wire wire, ByteBuffer[] gathered) throws IOException {
        int count = 0;
        int bytes = 0;
        int lastLimit = 0;
        Iterator<Outbound> parts = queue.iterator();
        while (count < GATHERED
                && bytes < GATHERED_BYTES
                && parts.hasNext()
                && parts.next() instanceof Bytes part) {
            ByteBuffer buffer = part.buffer();
            gathered[count++] = buffer;
            lastLimit = buffer.limit();
            int share = Math.min(buffer.remaining(), GATHERED_BYTES - bytes);
            buffer.limit(buffer.position() + share);
            bytes += share;
        }
        try {
            return wire.write(gathered, count);
        } finally {
            gathered[count - 1].limit(lastLimit);
        }
    }

    private void releaseSent() {
        while (!queue.isEmpty() && queue.getFirst().remaining() == 0) {
            queue.removeFirst().release();
        }
    }

    /** Drops what is left. */
    void clear() {
        queue.forEach(Outbound::release);
        queue.clear();
        pendingBytes = 0;
    }
}
