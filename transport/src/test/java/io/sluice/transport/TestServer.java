package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** A server on real sockets and loops, with one listener. */
final class TestServer implements AutoCloseable {

    static final int CLIENT_TIMEOUT_MS = 10_000;

    final List<ThreadEventLoop> loops = new ArrayList<>();
    final ConcurrentLinkedQueue<Throwable> defects = new ConcurrentLinkedQueue<>();
    final TransportServer transport;
    final InetSocketAddress address;
    private boolean closed;

    TestServer(TransportSettings settings, Function<Connection, ConnectionHandler> handlers)
            throws IOException {
        for (int i = 0; i < 2; i++) {
            loops.add(
                    new ThreadEventLoop(
                            "sluice-loop-" + i,
                            new SelectorPoller(),
                            SystemClock.INSTANCE,
                            defects::add));
        }
        loops.forEach(ThreadEventLoop::start);
        transport = new TransportServer(loops, settings);
        address =
                transport.bind(
                        "TEST",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        new LengthPrefixed(handlers));
        transport.start();
    }

    Socket connect() throws IOException {
        return connect(-1);
    }

    /**
     * @param receiveBufferBytes of the client's socket, -1 for the system's
     */
    Socket connect(int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(address, CLIENT_TIMEOUT_MS);
        socket.setSoTimeout(CLIENT_TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        return socket;
    }

    static byte[] readFrame(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] frame = new byte[4 + length];
        ByteBuffer.wrap(frame).putInt(length);
        in.readFully(frame, 4, length);
        return frame;
    }

    /** Whether the server ends the connection, orderly or by a reset. */
    static boolean isEnded(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return !(e instanceof java.net.SocketTimeoutException);
        }
    }

    void stop(long graceMs) {
        if (!closed) {
            closed = true;
            transport.close(graceMs);
            loops.forEach(ThreadEventLoop::close);
        }
    }

    @Override
    public void close() {
        stop(0);
        assertThat(transport.stats().open()).isZero();
        assertThat(defects).isEmpty();
    }

    /** Sends every frame back. */
    static final class Echo implements ConnectionHandler {
        private final Connection connection;

        Echo(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void received(Frame frame) {
            ByteBuffer copy = ByteBuffer.allocate(frame.bytes().remaining());
            copy.put(frame.bytes()).flip();
            frame.release();
            connection.write(List.of(new Bytes(copy)));
        }

        @Override
        public void closed(String reason) {}

        @Override
        public void shutdown() {
            connection.closeAfterWrites("shutdown");
        }
    }

    /** Keeps frames until they are asked for. */
    static final class Hoarder implements ConnectionHandler {
        final Connection connection;
        final ConcurrentLinkedQueue<Frame> frames = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<String> closed = new ConcurrentLinkedQueue<>();

        Hoarder(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void received(Frame frame) {
            frames.add(frame);
        }

        @Override
        public void closed(String reason) {
            closed.add(reason);
        }

        @Override
        public void shutdown() {}

        int releaseAll() {
            int count = 0;
            for (Frame frame = frames.poll(); frame != null; frame = frames.poll()) {
                frame.release();
                count++;
            }
            return count;
        }
    }
}
