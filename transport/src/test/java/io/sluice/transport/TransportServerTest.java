package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Frames in and out, and the ends of connections, through real sockets. */
final class TransportServerTest {

    private static final TransportSettings DEFAULT = TransportSettings.DEFAULT;

    private static DataInputStream in(Socket socket) throws IOException {
        return new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    private static void writeInPieces(OutputStream out, byte[] bytes, Random random, int maxPiece)
            throws IOException {
        for (int at = 0; at < bytes.length; ) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(maxPiece));
            out.write(bytes, at, count);
            at += count;
        }
    }

    @Test
    void pipelinedFramesInAnyPiecesComeBackInOrder() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        try (TestServer server = new TestServer(DEFAULT, TestServer.Echo::new);
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int client = 0; client < 8; client++) {
                Random random = new Random(seed + client);
                done.add(
                        clients.submit(() -> {
                            echo(server, random, "seed " + seed);
                            return 0;
                        }));
            }
            for (Future<?> each : done) {
                each.get();
            }
            assertThat(server.transport.stats().accepted()).isEqualTo(8);
            Await.until("frames are released", () -> server.transport.frameMemoryBytes() == 0);
        }
    }

    private static void echo(TestServer server, Random random, String description)
            throws IOException, InterruptedException, ExecutionException {
        int maxBody = 1 << (3 + random.nextInt(17));
        List<byte[]> sent = LengthPrefixed.frames(random, 40, maxBody);
        int maxPiece = 1 + Math.max(maxBody / 20, random.nextInt(maxBody));
        try (Socket socket = server.connect();
                var writer = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> written =
                    writer.submit(() -> {
                        byte[] all = LengthPrefixed.join(sent);
                        writeInPieces(socket.getOutputStream(), all, random, maxPiece);
                        return 0;
                    });
            DataInputStream in = in(socket);
            for (byte[] frame : sent) {
                assertThat(TestServer.readFrame(in)).as(description).isEqualTo(frame);
            }
            written.get();
        }
    }

    @Test
    void aLargeFrameComesBackWhole() throws Exception {
        try (TestServer server = new TestServer(DEFAULT, TestServer.Echo::new);
                Socket socket = server.connect();
                var writer = Executors.newVirtualThreadPerTaskExecutor()) {
            byte[] body = new byte[30 << 20];
            new Random(5).nextBytes(body);
            byte[] frame = LengthPrefixed.frame(body);
            Future<?> written =
                    writer.submit(() -> {
                        socket.getOutputStream().write(frame);
                        return 0;
                    });
            assertThat(TestServer.readFrame(in(socket))).isEqualTo(frame);
            written.get();
        }
    }

    @Test
    void hostileSizesCostTheirSenderTheConnectionAndNobodyElse() throws Exception {
        try (TestServer server = new TestServer(DEFAULT, TestServer.Echo::new);
                Socket good = server.connect()) {
            byte[] frame = LengthPrefixed.frame(new byte[] {1, 2, 3});
            for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 104857597}) {
                try (Socket bad = server.connect()) {
                    bad.getOutputStream().write(frame);
                    assertThat(TestServer.readFrame(in(bad))).isEqualTo(frame);
                    bad.getOutputStream().write(ByteBuffer.allocate(64).putInt(0, size).array());
                    assertThat(TestServer.isEnded(bad)).isTrue();
                }
            }
            assertThat(server.transport.stats().malformed()).isEqualTo(4);
            good.getOutputStream().write(frame);
            assertThat(TestServer.readFrame(in(good))).isEqualTo(frame);
            Await.until("frames are released", () -> server.transport.frameMemoryBytes() == 0);
        }
    }

    @Test
    void answersOfOtherThreadsTurnsAndConnectionsLeaveInOrder() throws Exception {
        ConcurrentLinkedQueue<Connection> connections = new ConcurrentLinkedQueue<>();
        try (TestServer server =
                        new TestServer(
                                DEFAULT,
                                connection -> {
                                    connections.add(connection);
                                    return new TestServer.Echo(connection);
                                });
                Socket socket = server.connect()) {
            Await.until("connected", () -> !connections.isEmpty());
            Connection connection = connections.remove();
            assertThat(connection.listener()).isEqualTo("TEST");
            assertThat(connection.remote()).isEqualTo(socket.getLocalSocketAddress());
            int count = 2000;
            for (int i = 0; i < count; i++) {
                ByteBuffer answer = ByteBuffer.allocate(8).putInt(4).putInt(i).flip();
                connection.loop().post(() -> connection.write(List.of(new Bytes(answer))));
            }
            DataInputStream in = in(socket);
            for (int i = 0; i < count; i++) {
                assertThat(ByteBuffer.wrap(TestServer.readFrame(in)).getInt(4)).isEqualTo(i);
            }
            Await.until("all is counted", () -> server.transport.stats().bytesOut() == 8L * count);
        }
    }

    @Test
    void aPausedConnectionIsNotReadUntilItResumes() throws Exception {
        CompletableFuture<TestServer.Hoarder> handler = new CompletableFuture<>();
        try (TestServer server =
                        new TestServer(
                                DEFAULT,
                                connection -> {
                                    connection.pauseReading();
                                    TestServer.Hoarder hoarder = new TestServer.Hoarder(connection);
                                    handler.complete(hoarder);
                                    return hoarder;
                                });
                Socket paused = server.connect()) {
            TestServer.Hoarder hoarder = handler.get();
            paused.getOutputStream().write(LengthPrefixed.frame(new byte[10]));
            CountDownLatch turns = new CountDownLatch(1);
            hoarder.connection
                    .loop()
                    .post(() -> hoarder.connection.loop().schedule(20, turns::countDown));
            Await.latch(turns);
            assertThat(hoarder.frames).isEmpty();
            hoarder.connection.loop().post(hoarder.connection::resumeReading);
            Await.until("read after resume", () -> !hoarder.frames.isEmpty());
            hoarder.releaseAll();
        }
    }

    @Test
    void aPeerThatHalfClosesGetsItsAnswers() throws Exception {
        try (TestServer server = new TestServer(DEFAULT, TestServer.Echo::new);
                Socket socket = server.connect(4096)) {
            List<byte[]> sent = LengthPrefixed.frames(new Random(6), 100, 20_000);
            CompletableFuture<Void> written =
                    CompletableFuture.runAsync(() -> {
                        try {
                            socket.getOutputStream().write(LengthPrefixed.join(sent));
                            socket.shutdownOutput();
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            DataInputStream in = in(socket);
            for (byte[] frame : sent) {
                assertThat(TestServer.readFrame(in)).isEqualTo(frame);
            }
            assertThat(in.read()).isEqualTo(-1);
            written.join();
        }
    }

    @Test
    void closeAfterWritesSendsEverythingFirst() throws Exception {
        byte[] answer = LengthPrefixed.frame(new byte[3 << 20]);
        AtomicInteger drained = new AtomicInteger();
        try (TestServer server =
                        new TestServer(
                                DEFAULT,
                                connection ->
                                        new ConnectionHandler() {
                                            @Override
                                            public void received(Frame frame) {
                                                frame.release();
                                                connection.write(
                                                        List.of(
                                                                new Bytes(
                                                                        ByteBuffer.wrap(answer))));
                                                connection.closeAfterWrites("done");
                                                connection.write(
                                                        List.of(new Bytes(ByteBuffer.allocate(9))));
                                            }

                                            @Override
                                            public void drained() {
                                                drained.incrementAndGet();
                                            }

                                            @Override
                                            public void closed(String reason) {
                                                assertThat(reason).isEqualTo("done");
                                            }

                                            @Override
                                            public void shutdown() {}
                                        });
                Socket socket = server.connect(8192)) {
            socket.getOutputStream().write(LengthPrefixed.frame(new byte[5]));
            socket.getOutputStream().write(LengthPrefixed.frame(new byte[500]));
            DataInputStream in = in(socket);
            assertThat(TestServer.readFrame(in)).isEqualTo(answer);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void aHandlerThatThrowsLosesItsConnectionAndNoOther() throws Exception {
        try (TestServer server =
                        new TestServer(
                                DEFAULT,
                                connection ->
                                        new ConnectionHandler() {
                                            private final TestServer.Echo echo =
                                                    new TestServer.Echo(connection);

                                            @Override
                                            public void received(Frame frame) {
                                                if (frame.bytes().remaining() == 4) {
                                                    frame.release();
                                                    throw new IllegalStateException("planted");
                                                }
                                                echo.received(frame);
                                            }

                                            @Override
                                            public void closed(String reason) {}

                                            @Override
                                            public void shutdown() {}
                                        });
                Socket good = server.connect();
                Socket other = server.connect();
                Socket bad = server.connect()) {
            bad.getOutputStream().write(new byte[4]);
            assertThat(TestServer.isEnded(bad)).isTrue();
            Await.until("the defect is reported", () -> !server.defects.isEmpty());
            assertThat(server.defects.remove()).hasMessage("planted");
            for (Socket each : List.of(good, other)) {
                byte[] frame = LengthPrefixed.frame(new byte[100]);
                each.getOutputStream().write(frame);
                assertThat(TestServer.readFrame(in(each))).isEqualTo(frame);
            }
        }
    }

    @Test
    void fiveHundredConnectionsAreServedAndBalanced() throws Exception {
        int count = 500;
        ConcurrentLinkedQueue<Connection> connections = new ConcurrentLinkedQueue<>();
        List<Socket> sockets = new ArrayList<>();
        try (TestServer server =
                new TestServer(
                        DEFAULT,
                        connection -> {
                            connections.add(connection);
                            return new TestServer.Echo(connection);
                        })) {
            for (int i = 0; i < count; i++) {
                sockets.add(server.connect());
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < count; i++) {
                    byte[] body = ByteBuffer.allocate(100).putInt(i).array();
                    sockets.get(i).getOutputStream().write(LengthPrefixed.frame(body));
                }
                for (int i = 0; i < count; i++) {
                    DataInputStream in = new DataInputStream(sockets.get(i).getInputStream());
                    ByteBuffer frame = ByteBuffer.wrap(TestServer.readFrame(in));
                    assertThat(frame.getInt(4)).isEqualTo(i);
                }
            }
            assertThat(connections.stream().filter(c -> c.loop() == server.loops.get(0)).count())
                    .isEqualTo(count / 2);
            assertThat(connections.stream().map(Connection::id).distinct().count())
                    .isEqualTo(count);
            for (Socket socket : sockets) {
                socket.close();
            }
            Await.until("all are gone", () -> server.transport.stats().open() == 0);
        }
    }
}
