package io.sluice.core.record;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import java.nio.ByteBuffer;

/** The same batch with another codec: the records' bytes stay, what is around them changes. */
public final class Recompression {

    private Recompression() {}

    static ByteBuffer rebuild(
            BatchHeader batch,
            ByteBuffer bytes,
            CompressionType wanted,
            TopicConfig config,
            Codecs codecs)
            throws RecordFormatException {
        ByteBuffer records =
                bytes.slice(
                        bytes.position() + BatchHeader.SIZE,
                        batch.sizeInBytes() - BatchHeader.SIZE);
        if (batch.compression() != CompressionType.NONE.id()) {
            records =
                    codecs.decompress(
                            CompressionType.of(batch.compression()),
                            records,
                            RecordReader.MAX_PLAIN_BYTES);
        }
        return batchOf(batch, bytes, records, wanted, level(wanted, config), codecs);
    }

    /**
     * A batch with the fields of another one and these plain records.
     *
     * @param header the whole other batch, of which the header is taken
     */
    public static ByteBuffer batchOf(
            BatchHeader batch,
            ByteBuffer header,
            ByteBuffer plain,
            CompressionType type,
            int level,
            Codecs codecs) {
        ByteBuffer body =
                type == CompressionType.NONE ? plain : codecs.compress(type, level, plain);
        ByteBuffer out = ByteBuffer.allocate(BatchHeader.SIZE + body.remaining());
        out.put(header.slice(header.position(), BatchHeader.SIZE)).put(body.duplicate()).flip();
        short attributes =
                (short) ((batch.attributes() & ~BatchHeader.COMPRESSION_MASK) | type.id());
        out.putInt(BatchHeader.LENGTH_AT, out.limit() - BatchHeader.LENGTH_OVERHEAD);
        out.putShort(BatchHeader.ATTRIBUTES_AT, attributes);
        out.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(out, 0, out.limit()));
        return out;
    }

    /** The level a topic wants for a codec; 0 where the codec has none. */
    public static int level(CompressionType type, TopicConfig config) {
        return switch (type) {
            case GZIP -> config.gzipLevel();
            case LZ4 -> config.lz4Level();
            case ZSTD -> config.zstdLevel();
            case NONE, SNAPPY -> 0;
        };
    }
}
