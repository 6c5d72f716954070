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

    private static final int GATHERED = 16;

    private final Deque<Outbound> queue = new ArrayDeque<>();
    private final ByteBuffer[] gathered = new ByteBuffer[GATHERED];
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
     * @return bytes sent
     */
    long drain(Wire wire, long atMostBytes) throws IOException {
        long total = 0;
        while (!queue.isEmpty() && total < atMostBytes) {
            Outbound first = queue.getFirst();
            long sent =
                    first instanceof Bytes ? writeGathered(wire) : first.writeTo(wire.channel());
            pendingBytes -= sent;
            total += sent;
            releaseSent();
            if (sent == 0) {
                break;
            }
        }
        return total;
    }

    private long writeGathered(Wire wire) throws IOException {
        int count = 0;
        Iterator<Outbound> parts = queue.iterator();
        while (count < GATHERED && parts.hasNext() && parts.next() instanceof Bytes bytes) {
            gathered[count++] = bytes.buffer();
        }
        return wire.write(gathered, count);
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
