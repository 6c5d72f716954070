package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleFormatTest {

    private static ScheduleRecord again(ScheduleRecord record) throws RecordFormatException {
        // Behind other bytes, as in a batch.
        ByteBuffer value = ByteBuffer.allocate(7 + record.value().length).position(7);
        value.put(record.value()).position(7);
        return ScheduleRecord.read(ByteBuffer.wrap(record.key()), value);
    }

    @Test
    void aMessageThatWaitsIsReadAsItWasWritten() throws RecordFormatException {
        Later later =
                new Later(
                        17L,
                        1_000L,
                        Later.OWN_OFFSET,
                        42L,
                        999L,
                        new byte[] {1, 2},
                        new byte[0],
                        List.of(
                                new RecordHeader("a", new byte[] {3}),
                                new RecordHeader("", null),
                                new RecordHeader("b", new byte[0])));
        assertThat(again(later)).usingRecursiveComparison().isEqualTo(later);
        assertThat(Later.dueMs(ByteBuffer.wrap(later.value()))).isEqualTo(1_000L);
        assertThat(later.idAt(5L)).isEqualTo(5L);
    }

    @Test
    void noKeyAndNoValueAreNotEmptyOnes() throws RecordFormatException {
        Later later = new Later(0L, 1L, 2L, Later.NONE, 3L, null, null, List.of());
        assertThat(again(later)).usingRecursiveComparison().isEqualTo(later);
        assertThat(later.idAt(5L)).isEqualTo(2L);
    }

    @Test
    void settledMessagesAreReadAsTheyWereWritten() throws RecordFormatException {
        Settled settled = new Settled(5L, 1L, 2L, 3L);
        assertThat(again(settled)).usingRecursiveComparison().isEqualTo(settled);
        Settled floorAlone = new Settled(6L);
        assertThat(again(floorAlone)).usingRecursiveComparison().isEqualTo(floorAlone);
    }

    @Test
    void anOrderToDeleteIsReadAsItWasWritten() throws RecordFormatException {
        Deletion order = new Deletion(5L, 77L);
        assertThat(again(order)).isEqualTo(order);
    }

    @Test
    void ofWhatANewerBrokerWroteTheFloorIsKnown() throws RecordFormatException {
        ByteBuffer key = ByteBuffer.allocate(4).putShort((short) 0).putShort((short) 1099).flip();
        ByteBuffer value = ByteBuffer.allocate(20).put((byte) 0).putLong(9L).rewind();
        assertThat(ScheduleRecord.read(key, value))
                .isEqualTo(new ScheduleRecord.Other((short) 1099, 9L));
        byte[] newer = new Later(9L, 1L, 2L, 3L, 4L, null, null, List.of()).value();
        newer[0] = 1;
        ByteBuffer later =
                ByteBuffer.allocate(4).putShort((short) 0).putShort(ScheduleRecord.LATER);
        assertThat(ScheduleRecord.read(later.flip(), ByteBuffer.wrap(newer)))
                .isEqualTo(new ScheduleRecord.Other(ScheduleRecord.LATER, 9L));
    }

    @Test
    void damagedBytesCostAnExceptionAndNoMemory() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole =
                new Later(
                                1L,
                                2L,
                                3L,
                                4L,
                                5L,
                                new byte[9],
                                new byte[9],
                                List.of(new RecordHeader("h", new byte[3])))
                        .value();
        ByteBuffer key = ByteBuffer.wrap(new Later(0, 0, 0, 0, 0, null, null, List.of()).key());
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int j = 0; j < 3 && bytes.length > 0; j++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                ScheduleRecord.read(key, ByteBuffer.wrap(bytes));
            } catch (RecordFormatException e) {
                assertThat(e).as("seed %d", seed).hasMessageNotContaining("null");
            }
        }
        assertThatThrownBy(() -> ScheduleRecord.read(key, ByteBuffer.allocate(3)))
                .isInstanceOf(RecordFormatException.class);
    }
}
