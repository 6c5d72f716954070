package io.sluice.storage.compress;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.sluice.core.model.CompressionType;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.SnappyInputStream;
import org.xerial.snappy.SnappyOutputStream;

/** Codecs by the libraries that Kafka's own client uses. Stateless; any thread. */
public final class LibraryCodecs implements Codecs {

    private static final int CHUNK_BYTES = 16 * 1024;

    /** Bytes in the plain for each compressed one, as a first guess. */
    private static final int FIRST_FACTOR = 6;

    private static final ThreadLocal<ZstdDecompressCtx> ZSTD =
            ThreadLocal.withInitial(() -> new ZstdDecompressCtx());

    /** Kafka's block size for snappy. */
    private static final int SNAPPY_BLOCK_BYTES = 32 * 1024;

    @Override
    public ByteBuffer decompress(CompressionType type, ByteBuffer source, int limitBytes)
            throws RecordFormatException {
        ByteBuffer plain =
                switch (type) {
                    case LZ4 -> Lz4Frame.decompress(bytes(source), limitBytes);
                    case ZSTD -> zstd(bytes(source), limitBytes);
                    case NONE, GZIP, SNAPPY -> null;
                };
        return plain != null ? plain : stream(type, source, limitBytes);
    }

    /** At once, by a context that each thread keeps; null if that is not possible. */
    private static @Nullable ByteBuffer zstd(byte[] frames, int limitBytes) {
        for (long room = Math.max(CHUNK_BYTES, (long) FIRST_FACTOR * frames.length);
                room < limitBytes;
                room *= 4) {
            byte[] plain = new byte[(int) room];
            try {
                int size =
                        ZSTD.get()
                                .decompressByteArray(
                                        plain, 0, plain.length, frames, 0, frames.length);
                return ByteBuffer.wrap(plain, 0, size);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall()) {
                    return null; // the stream says what is wrong
                }
            }
        }
        return null;
    }

    private static ByteBuffer stream(CompressionType type, ByteBuffer source, int limitBytes)
            throws RecordFormatException {
        try (InputStream in = reader(type, new ByteArrayInputStream(bytes(source)))) {
            byte[] plain = new byte[Math.clamp(4L * source.remaining(), 1, limitBytes)];
            int size = in.readNBytes(plain, 0, plain.length);
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (size == limitBytes) {
                    throw new RecordFormatException(
                            "%d bytes of %s hold more than %d plain ones"
                                    .formatted(source.remaining(), type.label(), limitBytes));
                }
                plain = Arrays.copyOf(plain, (int) Math.min(2L * plain.length, limitBytes));
                plain[size++] = (byte) next;
                size += in.readNBytes(plain, size, plain.length - size);
            }
            return ByteBuffer.wrap(plain, 0, size);
        } catch (IOException | RuntimeException e) {
            throw new RecordFormatException(
                    "not %s data: %s".formatted(type.label(), e.getMessage()));
        }
    }

    private static InputStream reader(CompressionType type, InputStream in) throws IOException {
        return switch (type) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in, CHUNK_BYTES);
            case SNAPPY -> new SnappyInputStream(in);
            case LZ4 -> new LZ4FrameInputStream(in);
            case ZSTD -> new ZstdInputStreamNoFinalizer(in, RecyclingBufferPool.INSTANCE);
        };
    }

    @Override
    public ByteBuffer compress(CompressionType type, int level, ByteBuffer source) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(source.remaining() / 2 + 64);
        try (OutputStream to = writer(type, level, out)) {
            to.write(bytes(source));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private static OutputStream writer(CompressionType type, int level, OutputStream out)
            throws IOException {
        return switch (type) {
            case NONE -> out;
            case GZIP -> new LeveledGzip(out, level);
            case SNAPPY -> new SnappyOutputStream(out, SNAPPY_BLOCK_BYTES);
            case LZ4 ->
                    new LZ4FrameOutputStream(
                            out,
                            LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
                            -1,
                            level == 0
                                    ? LZ4Factory.fastestInstance().fastCompressor()
                                    : LZ4Factory.fastestInstance().highCompressor(level),
                            XXHashFactory.fastestInstance().hash32(),
                            LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(out, RecyclingBufferPool.INSTANCE, level);
        };
    }

    /** The JDK's stream takes its level from its deflater alone. */
    private static final class LeveledGzip extends GZIPOutputStream {
        LeveledGzip(OutputStream out, int level) throws IOException {
            super(out, CHUNK_BYTES);
            def.setLevel(level);
        }
    }

    private static byte[] bytes(ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        return bytes;
    }
}
