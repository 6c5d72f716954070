package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchCutterTest {

    private static final long NOW = 1_800_000_000_000L;
    private static final int SEQUENCE = Integer.MAX_VALUE - 2; // it wraps within the batch

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Records r0, r1 ...; those that are delayed have a header. */
    private static ByteBuffer batch(boolean... delayed) {
        BatchWriter writer = new BatchWriter();
        for (int i = 0; i < delayed.length; i++) {
            List<RecordHeader> headers = new ArrayList<>();
            headers.add(new RecordHeader("kept", i % 2 == 0 ? null : bytes("h" + i)));
            if (delayed[i]) {
                headers.add(new RecordHeader("sluice-delay", bytes(Integer.toString(i))));
            }
            writer.add(bytes("k" + i), bytes("r" + i), headers, NOW - 50);
        }
        ByteBuffer batch = writer.take();
        batch.putLong(BatchHeader.PRODUCER_ID_AT, 9L);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) 3);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, SEQUENCE);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }

    private static BatchCutter.Pieces cut(ByteBuffer batch) throws RecordFormatException {
        BatchHeader header = BatchHeader.read(batch, 0);
        CutPlan plan = CutPlan.of(header, batch, Codecs.NONE, NOW);
        return BatchCutter.cut(
                header,
                batch,
                (index, record) ->
                        plan.wishes().get(index) instanceof Wish.At at
                                ? BatchCutter.later(
                                        record, at.dueMs(), Later.OWN_OFFSET, Later.NONE)
                                : null,
                TopicConfig.DEFAULT,
                Codecs.NONE);
    }

    @Test
    void aBatchWithoutDelaysIsPlain() throws RecordFormatException {
        ByteBuffer batch = batch(false, false);
        BatchHeader header = BatchHeader.read(batch, 0);
        assertThat(CutPlan.of(header, batch, Codecs.NONE, NOW).isPlain()).isTrue();
    }

    @Test
    void everyRecordKeepsItsPlaceAndItsSequence() throws RecordFormatException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            boolean[] delayed = new boolean[1 + random.nextInt(8)];
            for (int i = 0; i < delayed.length; i++) {
                delayed[i] = random.nextBoolean();
            }
            check(delayed, cut(batch(delayed)));
        }
    }

    private static void check(boolean[] delayed, BatchCutter.Pieces pieces)
            throws RecordFormatException {
        ByteBuffer all = pieces.records();
        int index = 0;
        int at = 0;
        for (int p = 0; p < pieces.batches().size(); p++) {
            BatchHeader piece = BatchHeader.read(all, at);
            assertThat(piece).isEqualTo(pieces.batches().get(p));
            assertThat(BatchHeader.computeCrc(all, at, piece.sizeInBytes())).isEqualTo(piece.crc());
            assertThat(piece.isContinued()).isEqualTo(p > 0);
            assertThat(piece.isHidden()).isEqualTo(delayed[index]);
            assertThat(piece.isMarker()).isFalse();
            assertThat(piece.baseSequence()).isEqualTo((SEQUENCE + index) & Integer.MAX_VALUE);
            assertThat(piece.producerId()).isEqualTo(9L);
            RecordReader records =
                    RecordReader.of(piece, all.slice(at, piece.sizeInBytes()), Codecs.NONE);
            for (int i = 0; records.next(); i++, index++) {
                assertThat(records.offsetDelta()).isEqualTo(i);
                assertThat(records.timestamp()).isEqualTo(NOW - 50);
                if (delayed[index]) {
                    checkLater(index, ScheduleRecord.read(records.key(), records.value()));
                } else {
                    assertThat(records.key()).isEqualTo(ByteBuffer.wrap(bytes("k" + index)));
                    assertThat(records.value()).isEqualTo(ByteBuffer.wrap(bytes("r" + index)));
                    assertThat(records.headers()).hasSize(1);
                }
            }
            at += piece.sizeInBytes();
        }
        assertThat(index).isEqualTo(delayed.length);
        assertThat(at).isEqualTo(all.limit());
    }

    private static void checkLater(int index, ScheduleRecord record) {
        assertThat(record)
                .isInstanceOfSatisfying(
                        Later.class,
                        later -> {
                            assertThat(later.dueMs()).isEqualTo(NOW + index);
                            assertThat(later.createdMs()).isEqualTo(NOW - 50);
                            assertThat(later.messageKey()).isEqualTo(bytes("k" + index));
                            assertThat(later.messageValue()).isEqualTo(bytes("r" + index));
                            assertThat(later.headers())
                                    .extracting(RecordHeader::name)
                                    .containsExactly("kept");
                            assertThat(later.headers().getFirst().value())
                                    .isEqualTo(index % 2 == 0 ? null : bytes("h" + index));
                        });
    }
}
