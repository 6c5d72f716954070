package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MetadataEventCodecTest {

    @Test
    void anotherFormatIsNamed() {
        ByteBuffer entry = MetadataEventCodec.encode(List.of());
        entry.put(0, (byte) 9);
        assertThatThrownBy(() -> MetadataEventCodec.decode(entry))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "metadata of format 9: this version reads 1; run the version that wrote it");
    }

    @Test
    void anUnknownEventIsNamed() {
        ByteBuffer entry = ByteBuffer.wrap(new byte[] {1, 0, 0, 0, 1, 99});
        assertThatThrownBy(() -> MetadataEventCodec.decode(entry))
                .hasMessageContaining("metadata event 99 is not known");
    }

    @Test
    void anyBytesGiveEventsOrAFault() {
        Given given = new Given(2);
        given.create(given.topic("orders", 3, 2));
        ByteBuffer good = MetadataEventCodec.encode(given.controller().snapshot());
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[good.remaining()];
            good.get(0, bytes);
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            ByteBuffer bad = ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length) + 1).slice();
            try {
                assertThat(MetadataEventCodec.decode(bad)).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }
}
