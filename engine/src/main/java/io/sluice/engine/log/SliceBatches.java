package io.sluice.engine.log;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.RecordFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The batches of a slice, for who must look into them. On I/O threads: it may read the device. */
public final class SliceBatches {

    private SliceBatches() {}

    /** A batch and its bytes, header first. */
    public record Batch(BatchHeader header, ByteBuffer bytes) {}

    /**
     * Reads the slice, and releases it. Where as much was asked for as the slice has, its last
     * batch is cut: that one is left to the next read, which begins with it.
     *
     * @throws IOException if there is not one whole batch, or something else
     */
    public static List<Batch> read(FileSlice slice) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(slice.sizeInBytes()));
            while (bytes.hasRemaining()) {
                if (slice.read(bytes, bytes.position()) <= 0) {
                    throw new IOException("the log ends inside a batch");
                }
            }
            bytes.flip();
            List<Batch> batches = whole(bytes);
            if (batches.isEmpty()) {
                checkEnd(bytes);
            }
            return batches;
        } catch (RecordFormatException e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            slice.release();
        }
    }

    /**
     * The batches from the buffer's position to its limit, which is read to its end.
     *
     * @throws RecordFormatException if there is anything but whole batches
     */
    public static List<Batch> split(ByteBuffer bytes) throws RecordFormatException {
        List<Batch> batches = whole(bytes);
        checkEnd(bytes);
        return batches;
    }

    /** Up to the first batch that is not there to its end, where the buffer's position is then. */
    private static List<Batch> whole(ByteBuffer bytes) throws RecordFormatException {
        List<Batch> batches = new ArrayList<>();
        while (bytes.remaining() >= BatchHeader.SIZE) {
            BatchHeader header = BatchHeader.read(bytes, bytes.position());
            int size = header.sizeInBytes();
            if (size < BatchHeader.SIZE) {
                throw new RecordFormatException("a batch of " + size + " bytes");
            }
            if (size > bytes.remaining()) {
                break;
            }
            batches.add(new Batch(header, bytes.slice(bytes.position(), size)));
            bytes.position(bytes.position() + size);
        }
        return batches;
    }

    private static void checkEnd(ByteBuffer bytes) throws RecordFormatException {
        if (bytes.hasRemaining()) {
            throw new RecordFormatException(bytes.remaining() + " bytes are no batch");
        }
    }
}
