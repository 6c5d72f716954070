package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Frames cut from a stream that arrives in any pieces, without sockets. */
final class FrameReaderTest {

    private static final int MAX_FRAME = 8 << 20;

    private final FrameMemory memory = new FrameMemory(64 << 20, () -> {});
    private final BufferPool pool = new BufferPool();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(128 * 1024);
    private final List<byte[]> frames = new ArrayList<>();
    private final Script wire = new Script();
    private final FrameReader reader =
            new FrameReader(
                    new LengthPrefixed(TestServer.Echo::new), MAX_FRAME, pool, memory, this::keep);

    private void keep(Frame frame) {
        byte[] bytes = new byte[frame.bytes().remaining()];
        frame.bytes().get(bytes);
        frame.release();
        frames.add(bytes);
    }

    /** A wire that gives prepared pieces, one for each read. */
    private static final class Script implements Wire {
        private ByteBuffer stream = ByteBuffer.allocate(0);
        private int pieceBytes;
        private int reads;

        void set(byte[] bytes) {
            stream = ByteBuffer.wrap(bytes);
        }

        @Override
        public int read(ByteBuffer target) {
            return (int) read(new ByteBuffer[] {target});
        }

        @Override
        public long read(ByteBuffer[] targets) {
            reads++;
            int left = Math.min(pieceBytes, stream.remaining());
            int total = 0;
            for (ByteBuffer target : targets) {
                int count = Math.min(left, target.remaining());
                target.put(target.position(), stream, stream.position(), count);
                target.position(target.position() + count);
                stream.position(stream.position() + count);
                left -= count;
                total += count;
            }
            return total;
        }

        @Override
        public long write(ByteBuffer[] sources, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WritableByteChannel channel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void endOutput() {}

        @Override
        public void close() {}
    }

    private void readAll(byte[] stream, Random sizes, int maxPiece)
            throws IOException, Protocol.MalformedFrameException {
        wire.set(stream);
        while (wire.stream.hasRemaining()) {
            wire.pieceBytes = maxPiece == 1 ? 1 : 1 + sizes.nextInt(maxPiece);
            assertThat(reader.hasRoom()).isTrue();
            reader.readFrom(wire, scratch);
        }
    }

    private void check(List<byte[]> sent, String description) {
        assertThat(frames).as(description).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(frames.get(i)).as("%s, frame %d", description, i).isEqualTo(sent.get(i));
        }
        frames.clear();
        assertThat(memory.usedBytes()).as(description).isZero();
        assertThat(reader.isInFrame()).as(description).isFalse();
    }

    @Test
    void framesAreSplitAtEveryByte() throws Exception {
        Random random = new Random(1);
        List<byte[]> sent = LengthPrefixed.frames(random, 40, 60);
        byte[] stream = LengthPrefixed.join(sent);
        readAll(stream, random, 1);
        check(sent, "byte by byte");
        for (int split = 1; split < stream.length; split++) {
            wire.set(stream);
            wire.pieceBytes = split;
            while (wire.stream.hasRemaining()) {
                reader.readFrom(wire, scratch);
            }
            check(sent, "pieces of " + split);
        }
    }

    @Test
    void framesOfAnySizeInAnyPieces() throws Exception {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int run = 0; run < 60; run++) {
            int maxFrame = 1 << (4 + random.nextInt(19));
            int maxPiece = Math.max(1, maxFrame >> random.nextInt(8)) << random.nextInt(3);
            List<byte[]> sent = LengthPrefixed.frames(random, 1 + random.nextInt(6), maxFrame);
            readAll(LengthPrefixed.join(sent), random, maxPiece);
            check(sent, "seed " + seed + ", run " + run);
        }
    }

    @Test
    void manySmallFramesComeInOneRead() throws Exception {
        List<byte[]> sent = LengthPrefixed.frames(new Random(2), 500, 100);
        wire.reads = 0;
        wire.pieceBytes = Integer.MAX_VALUE;
        wire.set(LengthPrefixed.join(sent));
        reader.readFrom(wire, scratch);
        check(sent, "one read");
        assertThat(wire.reads).isEqualTo(1);
    }

    @Test
    void aLargeFrameAndWhatFollowsTakeFewReads() throws Exception {
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sent.add(LengthPrefixed.frame(new byte[1_000_000]));
        }
        readAll(LengthPrefixed.join(sent.subList(0, 1)), new Random(3), 1 << 20);
        frames.clear();
        wire.reads = 0;
        wire.pieceBytes = Integer.MAX_VALUE;
        wire.set(LengthPrefixed.join(sent));
        while (wire.stream.hasRemaining()) {
            reader.readFrom(wire, scratch);
        }
        check(sent, "large frames");
        assertThat(wire.reads).as("the first begins in a read of its own").isEqualTo(5);
    }

    @Test
    void aDeclaredSizeCostsNothingUntilBytesCome() throws Exception {
        byte[] large = LengthPrefixed.frame(new byte[MAX_FRAME - 4]);
        wire.pieceBytes = 5;
        wire.set(large);
        reader.readFrom(wire, scratch);
        assertThat(memory.usedBytes()).isLessThanOrEqualTo(FrameReader.FIRST_BYTES);
        long received = 5;
        while (wire.stream.hasRemaining()) {
            wire.pieceBytes = 10_000;
            assertThat(reader.hasRoom()).isTrue();
            received += reader.readFrom(wire, scratch);
            assertThat(memory.usedBytes())
                    .isLessThanOrEqualTo(Math.max(2 * FrameReader.FIRST_BYTES, 8 * received));
        }
        check(List.of(large), "grown");
    }

    @Test
    void hostileSizesAreRefused() {
        for (int size : new int[] {MAX_FRAME - 3, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            wire.pieceBytes = 100;
            wire.set(ByteBuffer.allocate(100).putInt(0, size).array());
            FrameReader fresh =
                    new FrameReader(
                            new LengthPrefixed(TestServer.Echo::new),
                            MAX_FRAME,
                            pool,
                            memory,
                            this::keep);
            assertThatThrownBy(() -> fresh.readFrom(wire, scratch))
                    .isInstanceOf(Protocol.MalformedFrameException.class);
            fresh.close();
        }
        assertThat(memory.usedBytes()).isZero();
        assertThat(frames).isEmpty();
    }

    @Test
    void closingInTheMiddleGivesEverythingBack() throws Exception {
        List<FrameReader> self = new ArrayList<>();
        FrameReader closing =
                new FrameReader(
                        new LengthPrefixed(TestServer.Echo::new),
                        MAX_FRAME,
                        pool,
                        memory,
                        frame -> {
                            keep(frame);
                            self.getFirst().close();
                        });
        self.add(closing);
        List<byte[]> sent = LengthPrefixed.frames(new Random(4), 3, 100);
        sent.add(new byte[] {0, 0, 1, 0, 7});
        wire.pieceBytes = Integer.MAX_VALUE;
        wire.set(LengthPrefixed.join(sent));
        closing.readFrom(wire, scratch);
        assertThat(frames).hasSize(1);
        assertThat(memory.usedBytes()).isZero();

        wire.set(new byte[] {0, 0, 1, 0, 7});
        reader.readFrom(wire, scratch);
        assertThat(memory.usedBytes()).isPositive();
        reader.close();
        assertThat(memory.usedBytes()).isZero();
    }
}
