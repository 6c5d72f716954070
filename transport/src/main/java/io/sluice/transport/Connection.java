package io.sluice.transport;

import io.sluice.engine.loop.EventLoop;
import java.net.InetSocketAddress;
import java.util.List;

/** One accepted connection. Owned by its loop; all but {@link #loop()} is called there. */
public interface Connection {

    /** Any thread. */
    EventLoop loop();

    /** Unique in this process, for logs and metrics. */
    long id();

    InetSocketAddress remote();

    /** The name of the listener it came by. */
    String listener();

    /**
     * Queues the parts behind what is queued, to be sent as one run. Returns at once; bytes leave
     * as the socket takes them. A connection that is gone releases them unsent.
     */
    void write(List<Outbound> parts);

    /** Bytes queued and not yet taken by the socket. */
    long pendingBytes();

    /** Stops reading from the socket: back-pressure. Frames already cut are still delivered. */
    void pauseReading();

    void resumeReading();

    /** Sends what is queued, then closes. Nothing more is received, and nothing more is queued. */
    void closeAfterWrites(String reason);

    /** Closes now. */
    void close(String reason);
}
