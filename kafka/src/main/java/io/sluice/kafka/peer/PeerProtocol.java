package io.sluice.kafka.peer;

import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Protocol;
import java.nio.ByteBuffer;

/** Answers of another broker: a four-byte length and as many bytes. */
final class PeerProtocol implements Protocol {

    private static final int LENGTH_BYTES = 4;

    private final PeerConnection handler;
    private final Runnable onConnected;

    PeerProtocol(PeerConnection handler, Runnable onConnected) {
        this.handler = handler;
        this.onConnected = onConnected;
    }

    @Override
    public int prefixSize() {
        return LENGTH_BYTES;
    }

    @Override
    public int frameSize(ByteBuffer bytes) throws MalformedFrameException {
        int length = bytes.getInt(bytes.position());
        if (length <= 0 || length > Integer.MAX_VALUE - LENGTH_BYTES) {
            throw new MalformedFrameException("an answer of " + length + " bytes");
        }
        return length + LENGTH_BYTES;
    }

    @Override
    public ConnectionHandler connected(Connection connection) {
        handler.opened(connection);
        onConnected.run();
        return handler;
    }
}
