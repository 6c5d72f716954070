package io.sluice.transport;

/** A door's side of one connection. Every method is called on the connection's loop. */
public interface ConnectionHandler {

    /**
     * A whole frame has arrived. The handler owns it and releases it, now or later, from any
     * thread. A frame that is not released counts against the memory for requests, and when that is
     * used up no connection is read.
     */
    void received(Frame frame);

    /**
     * Nothing more will be read: the peer has ended its side, or has sent what is no frame. What
     * came before can still be answered.
     *
     * @return whether answers are due: then the handler closes the connection behind them
     */
    default boolean inputEnded(String reason) {
        return false;
    }

    /** Everything queued was written, after {@link Connection#pendingBytes()} was above 0. */
    default void drained() {}

    /** The connection is gone; nothing more is called and what is written to it is dropped. */
    void closed(String reason);

    /**
     * The broker shuts down: take no new work, finish what is in flight, then close the connection.
     * It is cut when the grace ends.
     */
    void shutdown();
}
