package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.log.FileSlice;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Regions of files between bytes from memory, larger than any socket buffer. */
final class FileRegionTest {

    @TempDir Path directory;

    private final AtomicInteger released = new AtomicInteger();

    private record Region(FileChannel file, int position, int sizeInBytes, AtomicInteger released)
            implements FileSlice {

        @Override
        public long transferTo(long from, WritableByteChannel target) throws IOException {
            return file.transferTo(position + from, sizeInBytes - from, target);
        }

        @Override
        public int read(ByteBuffer target, long from) throws IOException {
            return file.read(target, position + from);
        }

        @Override
        public FileSlice part(int from, int length) {
            return new Region(file, position + from, length, released);
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }
    }

    @Test
    void headersAndRegionsAlternate() throws Exception {
        byte[] content = new byte[20 << 20];
        new Random(7).nextBytes(content);
        Path path = directory.resolve("segment");
        Files.write(path, content);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                TestServer server =
                        new TestServer(TransportSettings.DEFAULT, c -> new Sender(c, file));
                Socket socket = server.connect(64 * 1024)) {
            ByteBuffer ask = ByteBuffer.allocate(8).putInt(4).putInt(content.length);
            socket.getOutputStream().write(ask.array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int half = content.length / 2;
            for (int part = 0; part < 2; part++) {
                ByteBuffer body = ByteBuffer.wrap(TestServer.readFrame(in)).position(4);
                ByteBuffer expected = ByteBuffer.wrap(content, part * half, half);
                assertThat(body.mismatch(expected)).isEqualTo(-1);
            }
            Await.until("released", () -> released.get() == 2);
        }
    }

    /** Small ones are copied, and go with what is beside them, also where a socket takes a part. */
    @Test
    void regionsOfAnySizeComeInOrder() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        Path path = directory.resolve("mixed");
        Files.write(path, content);
        List<Integer> sizes = sizes(random);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                TestServer server =
                        new TestServer(
                                TransportSettings.DEFAULT, c -> new Several(c, file, sizes));
                Socket socket = server.connect(4 * 1024)) {
            socket.getOutputStream().write(ByteBuffer.allocate(8).putInt(4).putInt(1).array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < sizes.size(); i++) {
                ByteBuffer body = ByteBuffer.wrap(TestServer.readFrame(in)).position(4);
                ByteBuffer expected = ByteBuffer.wrap(content, i, sizes.get(i));
                assertThat(body).as("part %d, seed %d", i, seed).isEqualTo(expected);
            }
            Await.until("released", () -> released.get() == sizes.size());
        }
    }

    private static List<Integer> sizes(Random random) {
        List<Integer> sizes =
                new ArrayList<>(
                        List.of(
                                1,
                                GatheredWrite.SMALL_REGION,
                                GatheredWrite.SMALL_REGION + 1,
                                GatheredWrite.SMALL_REGION - 1));
        for (int i = 0; i < 500; i++) {
            sizes.add(1 + random.nextInt(1 << random.nextInt(18)));
        }
        Collections.shuffle(sizes, random);
        return sizes;
    }

    @Test
    void aRegionThatEndsEarlyEndsTheConnection() throws Exception {
        Path path = directory.resolve("short");
        Files.write(path, new byte[1000]);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                TestServer server =
                        new TestServer(TransportSettings.DEFAULT, c -> new Sender(c, file));
                Socket socket = server.connect()) {
            ByteBuffer ask = ByteBuffer.allocate(8).putInt(4).putInt(2000);
            socket.getOutputStream().write(ask.array());
            byte[] got = socket.getInputStream().readAllBytes();
            assertThat(got.length).isBetween(1000, 1010);
            assertThat(released).hasValue(2);
        }
    }

    /** Answers with regions of those sizes, each a frame and beginning a byte later. */
    private final class Several extends Answers {
        private final List<Integer> sizes;

        Several(Connection connection, FileChannel file, List<Integer> sizes) {
            super(connection, file);
            this.sizes = sizes;
        }

        @Override
        public void received(Frame frame) {
            frame.release();
            List<Outbound> parts = new ArrayList<>();
            long bytes = 0;
            for (int i = 0; i < sizes.size(); i++) {
                parts.add(length(sizes.get(i)));
                parts.add(new FileRegion(new Region(file, i, sizes.get(i), released)));
                bytes += 4 + sizes.get(i);
            }
            connection.write(parts);
            assertThat(connection.pendingBytes()).isEqualTo(bytes);
        }
    }

    /** Answers with the file's first bytes, in two frames of half. */
    private final class Sender extends Answers {

        Sender(Connection connection, FileChannel file) {
            super(connection, file);
        }

        @Override
        public void received(Frame frame) {
            int half = frame.bytes().getInt(4) / 2;
            frame.release();
            connection.write(
                    List.of(
                            length(half),
                            new FileRegion(new Region(file, 0, half, released)),
                            length(half),
                            new FileRegion(new Region(file, half, half, released))));
            assertThat(connection.pendingBytes()).isEqualTo(2L * half + 8);
        }
    }

    private abstract static class Answers implements ConnectionHandler {
        final Connection connection;
        final FileChannel file;

        Answers(Connection connection, FileChannel file) {
            this.connection = connection;
            this.file = file;
        }

        static Bytes length(int bytes) {
            return new Bytes(ByteBuffer.allocate(4).putInt(bytes).flip());
        }

        @Override
        public void closed(String reason) {}

        @Override
        public void shutdown() {
            connection.closeAfterWrites("shutdown");
        }
    }
}
