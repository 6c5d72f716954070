package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** Plaintext: the socket itself. */
final class PlainWire implements Wire {

    private final SocketChannel socket;

    PlainWire(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return socket.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return socket.read(targets);
    }

    @Override
    public long write(ByteBuffer[] sources, int count) throws IOException {
        return count == 1 ? socket.write(sources[0]) : socket.write(sources, 0, count);
    }

    @Override
    public WritableByteChannel channel() {
        return socket;
    }

    @Override
    public void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
