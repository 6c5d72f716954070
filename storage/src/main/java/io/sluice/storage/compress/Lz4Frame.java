package io.sluice.storage.compress;

import io.sluice.core.model.CompressionType;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * Reads one LZ4 frame of independent blocks, as Kafka's clients write them, straight into an array:
 * a stream would copy everything twice. Its checksums are not looked at, for a batch has its own.
 */
final class Lz4Frame {

    private static final LZ4SafeDecompressor BLOCKS =
            LZ4Factory.fastestInstance().safeDecompressor();

    private static final int MAGIC = 0x184D2204;
    private static final int HEADER_BYTES = 4 + 1 + 1 + 1;
    private static final int VERSION_MASK = 0xC0;
    private static final int VERSION = 0x40;
    private static final int INDEPENDENT = 0x20;
    private static final int BLOCK_CHECKSUM = 0x10;
    private static final int CONTENT_SIZE = 0x08;
    private static final int CONTENT_CHECKSUM = 0x04;
    private static final int OTHER = 0x03;
    private static final int PLAIN_BLOCK = 0x80000000;
    private static final int CHECKSUM_BYTES = 4;
    private static final int FIRST_FACTOR = 6;

    private final ByteBuffer in;
    private final int limitBytes;
    private final int maxBlockBytes;
    private final boolean blockChecksums;
    private byte[] plain;
    private int size;

    private Lz4Frame(ByteBuffer in, int limitBytes, int maxBlockBytes, boolean blockChecksums) {
        this.in = in;
        this.limitBytes = limitBytes;
        this.maxBlockBytes = maxBlockBytes;
        this.blockChecksums = blockChecksums;
        long guess = Math.max(1L, (long) FIRST_FACTOR * in.capacity());
        this.plain = new byte[(int) Math.min(guess, limitBytes)];
    }

    /** The plain bytes; null if it is a frame of another kind, or none. */
    static @Nullable ByteBuffer decompress(byte[] frame, int limitBytes)
            throws RecordFormatException {
        ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || in.getInt() != MAGIC) {
            return null;
        }
        int flags = in.get();
        int blockSize = (in.get() >> 4) & 7;
        if ((flags & VERSION_MASK) != VERSION
                || (flags & INDEPENDENT) == 0
                || (flags & OTHER) != 0
                || blockSize < 4) {
            return null;
        }
        int skipped = 1 + ((flags & CONTENT_SIZE) == 0 ? 0 : 8);
        if (in.remaining() < skipped) {
            return null;
        }
        in.position(in.position() + skipped);
        Lz4Frame reader =
                new Lz4Frame(
                        in, limitBytes, 1 << (8 + 2 * blockSize), (flags & BLOCK_CHECKSUM) != 0);
        return reader.read((flags & CONTENT_CHECKSUM) == 0 ? 0 : CHECKSUM_BYTES);
    }

    private @Nullable ByteBuffer read(int endBytes) throws RecordFormatException {
        while (in.remaining() >= 4) {
            int length = in.getInt();
            if (length == 0) {
                return in.remaining() == endBytes ? ByteBuffer.wrap(plain, 0, size) : null;
            }
            int bytes = length & ~PLAIN_BLOCK;
            if (bytes > in.remaining() - (blockChecksums ? CHECKSUM_BYTES : 0)) {
                break;
            }
            if (length < 0) {
                reserve(bytes);
                if (plain.length - size < bytes) {
                    throw tooMuch();
                }
                in.get(plain, size, bytes);
                size += bytes;
            } else {
                reserve(maxBlockBytes);
                size += block(bytes);
                in.position(in.position() + bytes);
            }
            if (blockChecksums) {
                in.position(in.position() + CHECKSUM_BYTES);
            }
        }
        throw new RecordFormatException("not lz4 data: it is cut");
    }

    private int block(int bytes) throws RecordFormatException {
        int room = Math.min(plain.length - size, maxBlockBytes);
        try {
            return BLOCKS.decompress(in.array(), in.position(), bytes, plain, size, room);
        } catch (LZ4Exception e) {
            throw room < maxBlockBytes
                    ? tooMuch()
                    : new RecordFormatException("not lz4 data: " + e.getMessage());
        }
    }

    /** Makes room, as far as the limit allows. */
    private void reserve(int bytes) throws RecordFormatException {
        if (plain.length - size >= bytes) {
            return;
        }
        long wanted = Math.max(2L * plain.length, (long) size + bytes);
        plain = Arrays.copyOf(plain, (int) Math.min(wanted, limitBytes));
        if (plain.length == size) {
            throw tooMuch();
        }
    }

    private RecordFormatException tooMuch() {
        return new RecordFormatException(
                "%d bytes of %s hold more than %d plain ones"
                        .formatted(in.capacity(), CompressionType.LZ4.label(), limitBytes));
    }
}
