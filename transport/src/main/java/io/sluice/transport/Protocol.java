package io.sluice.transport;

import java.nio.ByteBuffer;

/** A door's rules: how its frames are cut from the stream, and who serves a connection. */
public interface Protocol {

    /** Bytes needed before {@link #frameSize} can tell. */
    int prefixSize();

    /**
     * The size of the frame that begins at the buffer's position, prefix included. Called with at
     * least {@link #prefixSize()} bytes; must not move the position.
     *
     * @throws MalformedFrameException if no valid frame begins so; it costs the connection
     */
    int frameSize(ByteBuffer bytes) throws MalformedFrameException;

    /** A connection was accepted; the handler serves it alone, on its loop. */
    ConnectionHandler connected(Connection connection);

    /** The peer broke the framing. */
    final class MalformedFrameException extends Exception {
        private static final long serialVersionUID = 1L;

        public MalformedFrameException(String message) {
            super(message);
        }
    }
}
