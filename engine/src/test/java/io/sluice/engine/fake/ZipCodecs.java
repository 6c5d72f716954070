package io.sluice.engine.fake;

import io.sluice.core.model.CompressionType;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The one codec that the JDK brings: gzip. */
public final class ZipCodecs implements Codecs {

    @Override
    public ByteBuffer decompress(CompressionType type, ByteBuffer source, int limitBytes)
            throws RecordFormatException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes(source)))) {
            return ByteBuffer.wrap(in.readAllBytes());
        } catch (IOException e) {
            throw new RecordFormatException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public ByteBuffer compress(CompressionType type, int level, ByteBuffer source) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes(source));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private static byte[] bytes(ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        return bytes;
    }
}
