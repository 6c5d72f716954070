package io.sluice.transport;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What waits to be sent on one connection, in order: memory and small regions in gathering writes,
 * large regions by sendfile.
 */
final class WriteQueue {

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
     * @return bytes sent
     */
    long drain(Wire wire, GatheredWrite together, long atMostBytes) throws IOException {
        long total = 0;
        releaseSent();
        while (!queue.isEmpty() && total < atMostBytes) {
            long sent = together.send(wire, queue);
            if (sent == 0) {
                break;
            }
            pendingBytes -= sent;
            total += sent;
            releaseSent();
        }
        return total;
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
