package io.sluice.core.record;

import io.sluice.core.model.CompressionType;
import java.nio.ByteBuffer;

/** Port to the compression libraries. Stateless; any thread. */
public interface Codecs {

    /** Where nothing is ever compressed. */
    Codecs NONE =
            new Codecs() {
                @Override
                public ByteBuffer decompress(CompressionType type, ByteBuffer source, int limit)
                        throws RecordFormatException {
                    throw new RecordFormatException("a compressed batch of the broker's own");
                }

                @Override
                public ByteBuffer compress(CompressionType type, int level, ByteBuffer source) {
                    throw new IllegalStateException("nothing is to be compressed here");
                }
            };

    /**
     * The plain bytes, position to limit.
     *
     * @param limitBytes more than that is refused before it is allocated: a small batch may claim
     *     to hold a disk's worth of zeros
     * @throws RecordFormatException if the bytes are not of that codec, or too many
     */
    ByteBuffer decompress(CompressionType type, ByteBuffer source, int limitBytes)
            throws RecordFormatException;

    /**
     * The compressed bytes.
     *
     * @param level the codec's own scale; ignored by those that have none
     */
    ByteBuffer compress(CompressionType type, int level, ByteBuffer source);
}
