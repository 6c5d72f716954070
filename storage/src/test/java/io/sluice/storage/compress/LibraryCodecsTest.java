package io.sluice.storage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.CompressionType;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LibraryCodecsTest {

    private final LibraryCodecs codecs = new LibraryCodecs();

    /** Half noise, half repetition, so that every codec has something to do. */
    private static ByteBuffer text(int bytes) {
        byte[] text = new byte[bytes];
        new Random(bytes).nextBytes(text);
        for (int i = 0; i < bytes; i += 2) {
            text[i] = 'x';
        }
        return ByteBuffer.wrap(text);
    }

    private static int level(CompressionType type) {
        return switch (type) {
            case GZIP -> 6;
            case LZ4 -> 9;
            case ZSTD -> 3;
            case NONE, SNAPPY -> 0;
        };
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void givesBackWhatItTook(CompressionType type) throws RecordFormatException {
        for (int bytes : new int[] {0, 1, 100, 16_384, 300_000, 2_000_000}) {
            ByteBuffer plain = text(bytes);
            ByteBuffer packed = codecs.compress(type, level(type), plain.duplicate());
            assertThat(codecs.decompress(type, packed, Math.max(1, bytes))).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void growsFromBytesThatShrankMuch(CompressionType type) throws RecordFormatException {
        ByteBuffer zeros = ByteBuffer.allocate(3_000_000);
        ByteBuffer packed = codecs.compress(type, level(type), zeros.duplicate());
        assertThat(codecs.decompress(type, packed.duplicate(), 3_000_000)).isEqualTo(zeros);
        assertThatThrownBy(() -> codecs.decompress(type, packed.duplicate(), 2_999_999))
                .isInstanceOf(RecordFormatException.class)
                .hasMessageContaining("2999999");
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void refusesWhatIsNotOfTheCodec(CompressionType type) {
        ByteBuffer noise = text(1000);
        assertThatThrownBy(() -> codecs.decompress(type, noise.duplicate(), 1 << 20))
                .isInstanceOf(RecordFormatException.class);
        ByteBuffer packed = codecs.compress(type, level(type), text(100_000));
        ByteBuffer cut = packed.duplicate().limit(packed.limit() / 2);
        assertThatThrownBy(() -> codecs.decompress(type, cut, 1 << 20))
                .isInstanceOf(RecordFormatException.class);
    }
}
