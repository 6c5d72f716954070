package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A server that stops finishes what is in flight, but not for ever. */
final class TransportShutdownTest {

    /** Answers a request only once it is told to. */
    private static final class Late implements ConnectionHandler {
        private final Connection connection;
        private final CountDownLatch received = new CountDownLatch(1);
        private final CountDownLatch stopping = new CountDownLatch(1);
        private final AtomicReference<String> closed = new AtomicReference<>();

        Late(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void received(Frame frame) {
            frame.release();
            received.countDown();
        }

        void answer(byte[] bytes) {
            connection
                    .loop()
                    .post(() -> {
                        connection.write(List.of(new Bytes(ByteBuffer.wrap(bytes))));
                        connection.closeAfterWrites("finished");
                    });
        }

        @Override
        public void closed(String reason) {
            closed.set(reason);
        }

        @Override
        public void shutdown() {
            stopping.countDown();
        }
    }

    @Test
    void whatIsInFlightIsAnswered() throws Exception {
        CompletableFuture<Late> made = new CompletableFuture<>();
        try (TestServer server = new TestServer(TransportSettings.DEFAULT, c -> make(made, c));
                Socket socket = server.connect(4096)) {
            socket.getOutputStream().write(LengthPrefixed.frame(new byte[10]));
            Late late = made.orTimeout(10, TimeUnit.SECONDS).join();
            Await.latch(late.received);
            Thread stopper = Thread.ofPlatform().start(() -> server.stop(10_000));
            Await.latch(late.stopping);
            byte[] answer = LengthPrefixed.frame(new byte[1 << 20]);
            late.answer(answer);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertThat(TestServer.readFrame(in)).isEqualTo(answer);
            assertThat(in.read()).isEqualTo(-1);
            stopper.join();
            assertThat(late.closed).hasValue("finished");
            assertThatThrownBy(server::connect).isInstanceOf(IOException.class);
        }
    }

    private static Late make(CompletableFuture<Late> made, Connection connection) {
        Late late = new Late(connection);
        made.complete(late);
        return late;
    }

    @Test
    void whatDoesNotFinishIsCutWhenTheGraceEnds() throws Exception {
        CompletableFuture<Late> made = new CompletableFuture<>();
        try (TestServer server = new TestServer(TransportSettings.DEFAULT, c -> make(made, c));
                Socket socket = server.connect()) {
            socket.getOutputStream().write(LengthPrefixed.frame(new byte[10]));
            Late late = made.orTimeout(10, TimeUnit.SECONDS).join();
            Await.latch(late.received);
            server.stop(50);
            assertThat(late.closed).hasValue("the broker stops");
            assertThat(TestServer.isEnded(socket)).isTrue();
        }
    }

    @Test
    void idleConnectionsEndAtOnce() throws Exception {
        try (TestServer server = new TestServer(TransportSettings.DEFAULT, TestServer.Echo::new);
                Socket one = server.connect();
                Socket two = server.connect()) {
            Await.until("connected", () -> server.transport.stats().open() == 2);
            server.stop(10_000);
            assertThat(TestServer.isEnded(one)).isTrue();
            assertThat(TestServer.isEnded(two)).isTrue();
        }
    }
}
