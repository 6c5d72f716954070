package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every bound of the transport, met. */
final class TransportLimitsTest {

    private static final int FRAME = 64 * 1024;

    private final ConcurrentLinkedQueue<TestServer.Hoarder> hoarders =
            new ConcurrentLinkedQueue<>();

    private TestServer.Hoarder hoard(Connection connection) {
        TestServer.Hoarder hoarder = new TestServer.Hoarder(connection);
        hoarders.add(hoarder);
        return hoarder;
    }

    private static TransportSettings memory(long bytes) {
        return settings(bytes, 1000, 1000, 60_000, 60_000, 60_000);
    }

    private static TransportSettings settings(
            long memoryBytes,
            int connections,
            int perAddress,
            long idleMs,
            long writeMs,
            long frameMs) {
        return new TransportSettings(
                32 << 20,
                memoryBytes,
                connections,
                perAddress,
                idleMs,
                writeMs,
                frameMs,
                -1,
                -1,
                128);
    }

    private static CompletableFuture<Void> writing(Socket socket, byte[] bytes) {
        return CompletableFuture.runAsync(
                        () -> {
                            try {
                                socket.getOutputStream().write(bytes);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        task -> Thread.ofVirtual().start(task))
                .orTimeout(10, TimeUnit.SECONDS);
    }

    private int received() {
        return hoarders.stream().mapToInt(hoarder -> hoarder.frames.size()).sum();
    }

    @Test
    void tooManyConnectionsAreRefusedAndCounted() throws Exception {
        TransportSettings settings = settings(1 << 20, 3, 100, 60_000, 60_000, 60_000);
        try (TestServer server = new TestServer(settings, TestServer.Echo::new)) {
            List<Socket> admitted = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                admitted.add(server.connect());
            }
            try (Socket refused = server.connect()) {
                assertThat(TestServer.isEnded(refused)).isTrue();
            }
            assertThat(server.transport.stats().refusedInAll()).isEqualTo(1);
            admitted.removeFirst().close();
            Await.until("one is gone", () -> server.transport.stats().open() == 2);
            assertServed(server.connect());
            for (Socket socket : admitted) {
                assertServed(socket);
            }
        }
    }

    @Test
    void tooManyConnectionsOfOneAddressAreRefusedAndCounted() throws Exception {
        TransportSettings settings = settings(1 << 20, 100, 2, 60_000, 60_000, 60_000);
        try (TestServer server = new TestServer(settings, TestServer.Echo::new)) {
            Socket first = server.connect();
            Socket second = server.connect();
            try (Socket refused = server.connect()) {
                assertThat(TestServer.isEnded(refused)).isTrue();
            }
            assertThat(server.transport.stats().refusedPerAddress()).isEqualTo(1);
            assertThat(server.transport.stats().refused()).isEqualTo(1);
            first.close();
            Await.until("one is gone", () -> server.transport.stats().open() == 1);
            assertServed(server.connect());
            assertServed(second);
        }
    }

    private static void assertServed(Socket socket) throws IOException {
        byte[] frame = LengthPrefixed.frame(new byte[10]);
        socket.getOutputStream().write(frame);
        assertThat(TestServer.readFrame(new DataInputStream(socket.getInputStream())))
                .isEqualTo(frame);
        socket.close();
    }

    @Test
    void anIdleConnectionIsClosedAndABusyOneIsNot() throws Exception {
        TransportSettings settings = settings(1 << 20, 10, 10, 300, 60_000, 60_000);
        try (TestServer server = new TestServer(settings, TestServer.Echo::new);
                Socket idle = server.connect();
                Socket busy = server.connect()) {
            CompletableFuture<Boolean> ended =
                    CompletableFuture.supplyAsync(() -> TestServer.isEnded(idle));
            byte[] frame = LengthPrefixed.frame(new byte[10]);
            DataInputStream in = new DataInputStream(busy.getInputStream());
            Await.until(
                    "the idle one is closed",
                    () -> {
                        try {
                            busy.getOutputStream().write(frame);
                            return TestServer.readFrame(in).length == 14 && ended.isDone();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            assertThat(ended.join()).isTrue();
            assertThat(server.transport.stats().timedOut()).isEqualTo(1);
            Await.until("it is gone", () -> server.transport.stats().open() == 1);
        }
    }

    @Test
    void aPeerThatDoesNotTakeItsAnswersIsClosed() throws Exception {
        TransportSettings settings = settings(1 << 20, 10, 10, 60_000, 200, 60_000);
        ConcurrentLinkedQueue<Outbound> released = new ConcurrentLinkedQueue<>();
        try (TestServer server = new TestServer(settings, this::hoard);
                Socket slow = server.connect(4096)) {
            slow.getOutputStream().write(LengthPrefixed.frame(new byte[4]));
            Await.until("the request is there", () -> received() == 1);
            TestServer.Hoarder hoarder = hoarders.element();
            hoarder.releaseAll();
            hoarder.connection
                    .loop()
                    .post(() -> {
                        for (int i = 0; i < 40; i++) {
                            hoarder.connection.write(List.of(new Noted(released)));
                        }
                    });
            Await.until("it is closed", () -> !hoarder.closed.isEmpty());
            assertThat(hoarder.closed).containsExactly("the peer takes no bytes");
            assertThat(released).hasSize(40);
            assertThat(server.transport.stats().timedOut()).isEqualTo(1);
        }
    }

    /** A megabyte that tells when it is given back. */
    private record Noted(ByteBuffer bytes, ConcurrentLinkedQueue<Outbound> released)
            implements Outbound {

        Noted(ConcurrentLinkedQueue<Outbound> released) {
            this(ByteBuffer.allocate(1 << 20), released);
        }

        @Override
        public long remaining() {
            return bytes.remaining();
        }

        @Override
        public long writeTo(WritableByteChannel channel) throws IOException {
            return channel.write(bytes);
        }

        @Override
        public void release() {
            released.add(this);
        }
    }

    @Test
    void framesInUseStopReadingAndTheirReleaseResumesIt() throws Exception {
        int frames = 200;
        long limit = 8L * FRAME;
        try (TestServer server = new TestServer(memory(limit), this::hoard)) {
            List<Socket> sockets = new ArrayList<>();
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            byte[] frame = LengthPrefixed.frame(new byte[FRAME - 4]);
            for (int i = 0; i < 4; i++) {
                Socket socket = server.connect();
                sockets.add(socket);
                List<byte[]> all = new ArrayList<>();
                for (int f = 0; f < frames / 4; f++) {
                    all.add(frame);
                }
                writes.add(writing(socket, LengthPrefixed.join(all)));
            }
            int total = 0;
            while (total < frames) {
                int before = total;
                Await.until(
                        "frames, " + before + " so far", () -> received() > 0 || before == frames);
                assertThat(server.transport.frameMemoryBytes()).isLessThan(limit + (4L << 20));
                for (TestServer.Hoarder hoarder : hoarders) {
                    total += hoarder.releaseAll();
                }
            }
            assertThat(server.transport.stats().starvations()).isPositive();
            writes.forEach(CompletableFuture::join);
            for (Socket socket : sockets) {
                socket.close();
            }
            Await.until("all are gone", () -> server.transport.stats().open() == 0);
            assertThat(server.transport.frameMemoryBytes()).isZero();
        }
    }

    @Test
    void framesLargerThanTheMemoryGetThroughOneByOne() throws Exception {
        int connections = 4;
        try (TestServer server = new TestServer(memory(1 << 20), this::hoard)) {
            byte[] frame = LengthPrefixed.frame(new byte[6 << 20]);
            List<Socket> sockets = new ArrayList<>();
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Socket socket = server.connect();
                sockets.add(socket);
                writes.add(writing(socket, frame));
            }
            int through = 0;
            while (through < connections) {
                Await.until("a frame", () -> received() > 0);
                assertThat(received()).as("one exceeds the limit at a time").isEqualTo(1);
                assertThat(server.transport.frameMemoryBytes()).isLessThan(2L * frame.length);
                // The next one may come while the others are asked.
                for (TestServer.Hoarder hoarder : hoarders) {
                    through += hoarder.releaseAll();
                }
            }
            writes.forEach(CompletableFuture::join);
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aFrameThatNeverEndsDoesNotHoldUpTheOthers() throws Exception {
        TransportSettings settings = settings(1 << 20, 10, 10, 60_000, 60_000, 300);
        try (TestServer server = new TestServer(settings, this::hoard);
                Socket stuck = server.connect();
                Socket good = server.connect()) {
            byte[] begun = ByteBuffer.allocate(3 << 20).putInt(0, 20 << 20).array();
            stuck.getOutputStream().write(begun);
            Await.until("memory is used up", () -> server.transport.frameMemoryBytes() > 1 << 20);
            CompletableFuture<Void> written =
                    writing(good, LengthPrefixed.frame(new byte[2 << 20]));
            Await.until("the good one's frame", () -> received() == 1);
            written.join();
            assertThat(server.transport.stats().timedOut()).isEqualTo(1);
            assertThat(TestServer.isEnded(stuck)).isTrue();
            hoarders.forEach(TestServer.Hoarder::releaseAll);
            assertThat(server.transport.frameMemoryBytes()).isZero();
        }
    }

    @Test
    void strangersWhoDeclareMuchCostLittle() throws Exception {
        try (TestServer server = new TestServer(memory(64 << 20), this::hoard)) {
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Socket socket = server.connect();
                socket.getOutputStream().write(ByteBuffer.allocate(8).putInt(30 << 20).array());
                sockets.add(socket);
            }
            Await.until("all were read", () -> server.transport.stats().bytesIn() == 800);
            assertThat(server.transport.frameMemoryBytes())
                    .isLessThanOrEqualTo(100L * FrameReader.FIRST_BYTES);
            for (Socket socket : sockets) {
                socket.close();
            }
            Await.until("all are gone", () -> server.transport.stats().open() == 0);
            assertThat(server.transport.frameMemoryBytes()).isZero();
        }
    }
}
