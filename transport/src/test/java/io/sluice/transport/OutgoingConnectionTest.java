package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Connections made from here, through real sockets. */
final class OutgoingConnectionTest {

    private static final long TIMEOUT_MS = 5_000;

    private static CompletableFuture<IOException> connect(
            TestServer from,
            InetSocketAddress to,
            Function<Connection, ConnectionHandler> handlers) {
        CompletableFuture<IOException> failed = new CompletableFuture<>();
        EventLoop loop = from.loops.getLast();
        loop.execute(() ->
                from.transport.connect(
                        loop, to, TIMEOUT_MS, new LengthPrefixed(handlers), failed::complete));
        return failed;
    }

    private static ByteBuffer frame(int value) {
        return ByteBuffer.allocate(8).putInt(4).putInt(value).flip();
    }

    /** Asks once, and keeps the answer. */
    private static final class Asker implements ConnectionHandler {
        final CompletableFuture<Integer> answer = new CompletableFuture<>();
        final CompletableFuture<String> closed = new CompletableFuture<>();

        Asker(Connection connection) {
            connection.write(List.of(new Bytes(frame(7))));
        }

        @Override
        public void received(Frame frame) {
            answer.complete(frame.bytes().getInt(4));
            frame.release();
        }

        @Override
        public void closed(String reason) {
            closed.complete(reason);
        }

        @Override
        public void shutdown() {}
    }

    private static Asker asker(TestServer from, InetSocketAddress to) throws Exception {
        CompletableFuture<Asker> made = new CompletableFuture<>();
        CompletableFuture<IOException> failed =
                connect(
                        from,
                        to,
                        connection -> {
                            Asker asker = new Asker(connection);
                            made.complete(asker);
                            return asker;
                        });
        failed.thenAccept(made::completeExceptionally);
        return made.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatIsAskedIsAnsweredAndTheEndIsTold() throws Exception {
        try (TestServer here = new TestServer(TransportSettings.DEFAULT, TestServer.Echo::new)) {
            Asker asker;
            try (TestServer there =
                    new TestServer(TransportSettings.DEFAULT, TestServer.Echo::new)) {
                asker = asker(here, there.address);
                assertThat(asker.answer.get(10, TimeUnit.SECONDS)).isEqualTo(7);
                assertThat(there.transport.stats().open()).isEqualTo(1);
                assertThat(here.transport.stats().open()).as("clients of this one").isZero();
            }
            assertThat(asker.closed.get(10, TimeUnit.SECONDS)).isNotEmpty();
        }
    }

    @Test
    void whereNobodyListensTheFailureIsTold() throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        try (TestServer here = new TestServer(TransportSettings.DEFAULT, TestServer.Echo::new)) {
            IOException failed =
                    connect(here, nobody, TestServer.Echo::new).get(10, TimeUnit.SECONDS);
            assertThat(failed).hasMessageContaining(String.valueOf(nobody.getPort()));
        }
    }

    @Test
    void aBrokerFullOfRequestsStillHearsOthers() throws Exception {
        TransportSettings small =
                new TransportSettings(1000, 8, 100, 100, 60_000, 60_000, 60_000, -1, -1, 10);
        CompletableFuture<TestServer.Hoarder> hoarder = new CompletableFuture<>();
        try (TestServer there = new TestServer(TransportSettings.DEFAULT, TestServer.Echo::new);
                TestServer here =
                        new TestServer(
                                small,
                                connection -> {
                                    TestServer.Hoarder made = new TestServer.Hoarder(connection);
                                    hoarder.complete(made);
                                    return made;
                                });
                var client = here.connect()) {
            client.getOutputStream().write(frame(1).array());
            TestServer.Hoarder full = hoarder.get(10, TimeUnit.SECONDS);
            Await.until("a request holds all memory", () -> !full.frames.isEmpty());
            assertThat(asker(here, there.address).answer.get(10, TimeUnit.SECONDS)).isEqualTo(7);
            full.frames.forEach(Frame::release);
        }
    }
}
