package io.sluice.transport;

/**
 * Limits of the transport; each has a defined behaviour when it is met.
 *
 * @param maxFrameBytes a larger frame costs its sender the connection (socket.request.max.bytes)
 * @param frameMemoryBytes received frames in use; when used up no connection is read until frames
 *     are released (queued.max.request.bytes)
 * @param maxConnections one more is closed at once (max.connections)
 * @param maxConnectionsPerAddress likewise for one address (max.connections.per.ip)
 * @param idleTimeoutMs a connection silent for so long is closed (connections.max.idle.ms)
 * @param writeTimeoutMs a peer that takes no byte of what waits for so long is closed
 * @param frameTimeoutMs a peer that has not finished its frame after so long is closed while the
 *     memory for frames is used up
 * @param sendBufferBytes of the socket; -1 leaves the system's (socket.send.buffer.bytes)
 * @param receiveBufferBytes of the socket; -1 leaves the system's (socket.receive.buffer.bytes)
 * @param backlog connections the system may hold before they are accepted
 *     (socket.listen.backlog.size)
 */
public record TransportSettings(
        int maxFrameBytes,
        long frameMemoryBytes,
        int maxConnections,
        int maxConnectionsPerAddress,
        long idleTimeoutMs,
        long writeTimeoutMs,
        long frameTimeoutMs,
        int sendBufferBytes,
        int receiveBufferBytes,
        int backlog) {

    public static final TransportSettings DEFAULT =
            new TransportSettings(
                    100 * 1024 * 1024,
                    64L * 1024 * 1024,
                    20_000,
                    Integer.MAX_VALUE,
                    600_000L,
                    60_000L,
                    30_000L,
                    -1,
                    -1,
                    1024);
}
