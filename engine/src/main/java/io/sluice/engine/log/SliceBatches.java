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

    /** Reads the whole slice, and releases it. */
    public static List<Batch> read(FileSlice slice) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(slice.sizeInBytes()));
            while (bytes.hasRemaining()) {
                if (slice.read(bytes, bytes.position()) <= 0) {
                    throw new IOException("the log ends inside a batch");
                }
            }
            return split(bytes.flip());
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
        List<Batch> batches = new ArrayList<>();
        while (bytes.hasRemaining()) {
            if (bytes.remaining() < BatchHeader.SIZE) {
                throw new RecordFormatException(bytes.remaining() + " bytes are no batch");
            }
            BatchHeader header = BatchHeader.read(bytes, bytes.position());
            if (header.sizeInBytes() < BatchHeader.SIZE
                    || header.sizeInBytes() > bytes.remaining()) {
                throw new RecordFormatException("a batch of " + header.sizeInBytes() + " bytes");
            }
            batches.add(new Batch(header, bytes.slice(bytes.position(), header.sizeInBytes())));
            bytes.position(bytes.position() + header.sizeInBytes());
        }
        return batches;
    }
}
