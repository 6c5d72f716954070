package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
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
    void whatTheFirstVersionWroteIsRead() {
        String written =
                "0100000002020000000700000000000000030000000000000001000000000000"
                        + "00020100000001720100000001000000014c0000000168000023840500000000"
                        + "0000000900000000000000090000000100000000000000020000000700000008"
                        + "0000000200000000000000030000000000000004000000000000000000000000"
                        + "000000000000000100000007000000070000000500000006";
        BrokerImage broker =
                new BrokerImage(
                        7,
                        3L,
                        new Uuid(1, 2),
                        Optional.of("r"),
                        List.of(new BrokerImage.Endpoint("L", "h", 9092)),
                        true);
        PartitionImage partition =
                new PartitionImage(
                        0, List.of(7, 8), List.of(new Uuid(3, 4), Uuid.ZERO), List.of(7), 7, 5, 6);
        assertThat(MetadataEventCodec.decode(ByteBuffer.wrap(HexFormat.of().parseHex(written))))
                .containsExactly(
                        new MetadataEvent.BrokerRegistered(broker),
                        new MetadataEvent.PartitionsAdded(new Uuid(9, 9), List.of(partition)));
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
