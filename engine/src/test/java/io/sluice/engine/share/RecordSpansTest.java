package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.share.Facts;
import io.sluice.core.share.KeyHash;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.RecordBatches.One;
import io.sluice.engine.fake.ZipCodecs;
import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is found in records: keys, priorities, ends; and what becomes of those that make no sense.
 */
class RecordSpansTest {
    private static final long TIME = 1_000_000L;
    private static final Sight KEYS = new Sight(true, false, Sight.NO_END);
    private static final Sight PRIORITIES = new Sight(false, true, Sight.NO_END);
    private static final Sight OWN_ENDS = new Sight(false, false, 0);

    /** Bytes that stand for a slice of the log. */
    private record Bytes(ByteBuffer all) implements FileSlice {
        @Override
        public int sizeInBytes() {
            return all.capacity();
        }

        @Override
        public long transferTo(long from, WritableByteChannel target) {
            throw new IllegalStateException("it is not sent");
        }

        @Override
        public int read(ByteBuffer target, long from) {
            int count = Math.min(target.remaining(), all.capacity() - (int) from);
            target.put(all.slice((int) from, count));
            return count;
        }

        @Override
        public FileSlice part(int from, int length) {
            return new Bytes(all.slice(from, length));
        }

        @Override
        public void release() {}
    }

    private static RecordSpans read(Sight sight, long from, ByteBuffer... batches)
            throws IOException {
        List<Page.Place> places = new ArrayList<>();
        int size = 0;
        long offset = 0;
        for (ByteBuffer batch : batches) {
            batch.putLong(0, offset);
            BatchHeader header = BatchHeader.read(batch, 0);
            places.add(new Page.Place(header, size));
            size += header.sizeInBytes();
            offset = header.nextOffset();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (ByteBuffer batch : batches) {
            all.put(batch.duplicate());
        }
        RecordSpans spans = new RecordSpans(sight, new ZipCodecs(), from);
        spans.read(new Bytes(all), places);
        return spans;
    }

    private static ByteBuffer batch(One... records) {
        return RecordBatches.of(TIME, List.of(records));
    }

    private static Facts facts(Sight sight, String... headers) throws IOException {
        RecordSpans spans = read(sight, 0, batch(new One(null, headers)));
        assertThat(spans.faults()).isZero();
        return spans.spans().getFirst().facts();
    }

    private static Facts key(String key) {
        ByteBuffer bytes = ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8));
        return new Facts(true, KeyHash.of(bytes), 0, Facts.NEVER);
    }

    @Test
    void everyRecordWithAKeyStandsByItself() throws Exception {
        One b = new One("b");
        assertThat(read(KEYS, 0, batch(b, b, new One(null), new One(null), new One(""))).spans())
                .containsExactly(
                        new Span(0, 0, key("b")),
                        new Span(1, 1, key("b")),
                        new Span(2, 3, Facts.PLAIN),
                        new Span(4, 4, key("")));
    }

    @Test
    void neighboursOfOnePriorityAreOneSpanWithinTheirBatch() throws Exception {
        One plain = new One("k");
        One nine = new One("k", "sluice-priority", "9");
        assertThat(
                        read(PRIORITIES, 1, batch(plain, plain, plain, nine, plain), batch(plain))
                                .spans())
                .containsExactly(
                        new Span(1, 2, Facts.PLAIN),
                        new Span(3, 3, new Facts(false, 0, 9, Facts.NEVER)),
                        new Span(4, 4, Facts.PLAIN),
                        new Span(5, 5, Facts.PLAIN));
    }

    @Test
    void packedRecordsAreReadAlike() throws Exception {
        ByteBuffer packed = RecordBatches.packed(batch(new One("a"), new One("b")));
        assertThat(read(KEYS, 0, packed).spans())
                .containsExactly(new Span(0, 0, key("a")), new Span(1, 1, key("b")));
    }

    @Test
    void aPriorityIsADigitOrAByte() throws Exception {
        assertThat(facts(PRIORITIES, "sluice-priority", "7").priority()).isEqualTo(7);
        assertThat(facts(PRIORITIES, "sluice-priority", "\u0007").priority()).isEqualTo(7);
        assertThat(facts(PRIORITIES, "other", "1", "sluice-priority", "\u0000").priority())
                .isZero();
        assertThat(facts(PRIORITIES, "sluice-priority", "7", "sluice-priority", "3").priority())
                .as("the last one counts")
                .isEqualTo(3);
        assertThat(facts(KEYS, "sluice-priority", "7")).isEqualTo(Facts.PLAIN);
    }

    @Test
    void theEarliestEndCounts() throws Exception {
        Sight day = new Sight(false, false, 86_400_000L);
        assertThat(facts(day).expiresAtMs()).isEqualTo(TIME + 86_400_000L);
        assertThat(facts(day, "sluice-ttl", "500").expiresAtMs()).isEqualTo(TIME + 500);
        assertThat(facts(day, "sluice-ttl", "P3D").expiresAtMs()).isEqualTo(TIME + 86_400_000L);
        assertThat(facts(OWN_ENDS, "sluice-ttl", "PT1M30S").expiresAtMs()).isEqualTo(TIME + 90_000);
        assertThat(facts(OWN_ENDS, "sluice-ttl", "0").expiresAtMs()).isEqualTo(TIME);
        assertThat(facts(OWN_ENDS, "sluice-expires-at", "77").expiresAtMs()).isEqualTo(77);
        assertThat(facts(OWN_ENDS, "sluice-expires-at", "1000100", "sluice-ttl", "99"))
                .isEqualTo(new Facts(false, 0, 0, TIME + 99));
        assertThat(facts(OWN_ENDS)).isEqualTo(Facts.PLAIN);
        assertThat(facts(PRIORITIES, "sluice-ttl", "1")).isEqualTo(Facts.PLAIN);
        assertThat(facts(OWN_ENDS, "sluice-ttl", "999999999999999999").expiresAtMs())
                .isEqualTo(TIME + 999_999_999_999_999_999L);
    }

    @Test
    void withoutATimestampNothingIsKnownOfItsAge() throws Exception {
        ByteBuffer batch = RecordBatches.of(-1, List.of(new One(null, "sluice-ttl", "5")));
        assertThat(read(OWN_ENDS, 0, batch).spans().getFirst().facts()).isEqualTo(Facts.PLAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "sluice-priority, 10", "sluice-priority, -1", "sluice-priority, high",
                "sluice-priority, ''",
        "sluice-ttl, -5", "sluice-ttl, soon", "sluice-ttl, 1.5", "sluice-ttl, ''",
        "sluice-ttl, 99999999999999999999", "sluice-expires-at, tomorrow", "sluice-expires-at, PT5S"
    })
    void whatMakesNoSenseIsTakenAsAbsentAndCounted(String name, String value) throws Exception {
        Sight all = new Sight(true, true, 0);
        RecordSpans spans =
                read(all, 0, batch(new One(null, name, value), new One(null, name, value)));
        assertThat(spans.spans()).containsExactly(new Span(0, 1, Facts.PLAIN));
        assertThat(spans.faults()).isEqualTo(2);
        assertThat(spans.firstFault()).startsWith("0: " + name + ": give ");
    }

    @Test
    void aBatchThatCannotBeReadIsDeliveredAsIfNobodyHadLooked() throws Exception {
        RecordSpans spans =
                read(KEYS, 0, Batches.plain(3, TIME), batch(new One("a")), Batches.plain(2, TIME));
        assertThat(spans.spans())
                .containsExactly(
                        new Span(0, 2, Facts.PLAIN),
                        new Span(3, 3, key("a")),
                        new Span(4, 5, Facts.PLAIN));
        assertThat(spans.faults()).isEqualTo(2);
    }

    @Test
    void recordsThatClaimOtherOffsetsAreNotBelieved() throws Exception {
        ByteBuffer batch = batch(new One("a"), new One("b"), new One("c"));
        batch.putInt(BatchHeader.LAST_OFFSET_DELTA_AT, 1);
        RecordSpans spans = read(KEYS, 0, batch);
        assertThat(spans.spans()).containsExactly(new Span(0, 1, Facts.PLAIN));
        assertThat(spans.faults()).isEqualTo(1);
    }

    @Test
    void unpackingThatFailsIsNoEnd() throws Exception {
        ByteBuffer packed = RecordBatches.packed(batch(new One("a"), new One("b")));
        packed.put(BatchHeader.SIZE, (byte) 9);
        assertThat(read(KEYS, 0, packed).spans()).containsExactly(new Span(0, 1, Facts.PLAIN));
    }
}
