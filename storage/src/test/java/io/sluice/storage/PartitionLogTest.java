package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.log.ReplicaLog.SegmentInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PartitionLogTest {

    @TempDir Path temp;

    private Fixture fixture() {
        return new Fixture(new FileDisk(), temp);
    }

    @Test
    void readsWhatWasAppended() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(TopicConfig.DEFAULT);
        for (int i = 0; i < 100; i++) {
            fixture.append(log, Batches.plain(3, 1000 + i));
        }
        assertThat(log.endOffset()).isEqualTo(300);
        assertThat(log.durableEndOffset()).isZero();
        assertThat(fixture.flush(log)).isEqualTo(300);
        assertThat(log.durableEndOffset()).isEqualTo(300);
        assertThat(fixture.headers(log, 0)).hasSize(100);
        assertThat(fixture.headers(log, 100).getFirst().baseOffset()).isEqualTo(99);
        assertThat(fixture.headers(log, 299)).hasSize(1);
        assertThat(fixture.read(log, 300, 100)).isEmpty();
    }

    @Test
    void boundsReadsByOffsetAndBytes() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(1 << 20).build());
        for (int i = 0; i < 500; i++) {
            fixture.append(log, Batches.plain(2, i));
        }
        int batch = fixture.headers(log, 0).getFirst().sizeInBytes();
        fixture.on(() -> {
            LogRead upTo = log.read(10, 20, 1 << 20, false);
            assertThat(size(upTo)).isEqualTo(5 * batch);
            LogRead inside = log.read(10, 19, 1 << 20, false);
            assertThat(size(inside))
                    .as("the batch that holds 18 begins below 19")
                    .isEqualTo(5 * batch);
            assertThat(size(log.read(10, 20, batch - 1, true))).isEqualTo(batch);
            assertThat(log.read(10, 20, batch - 1, false).slice()).isNull();
            assertThat(size(log.read(990, 1000, 2 * batch, false))).isEqualTo(2 * batch);
            assertThat(log.read(20, 20, 1 << 20, true).slice()).isNull();
            assertThat(log.bytesBetween(0, 10, 1 << 20)).isEqualTo(5L * batch);
            assertThat(log.bytesBetween(996, 1000, 1 << 20)).isEqualTo(2L * batch);
            assertThat(log.bytesBetween(0, 1000, 100)).isEqualTo(100);
        });
    }

    private static int size(LogRead read) {
        if (read.slice() == null) {
            return 0;
        }
        int size = read.slice().sizeInBytes();
        read.slice().release();
        return size;
    }

    @Test
    void rollsBySizeAndReadsAcrossSegments() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(1000).build());
        for (int i = 0; i < 100; i++) {
            fixture.append(log, Batches.sized(300, i));
            fixture.run();
        }
        List<SegmentInfo> segments = log.segments();
        assertThat(segments).hasSizeGreaterThan(30);
        assertThat(segments).allMatch(one -> one.sizeInBytes() <= 1000);
        assertThat(log.sizeInBytes())
                .isEqualTo(segments.stream().mapToLong(SegmentInfo::sizeInBytes).sum());
        assertThat(fixture.headers(log, 0)).hasSize(100);
        assertThat(names("orders-0", ".snapshot")).hasSize(3);
    }

    private List<String> names(String folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve(folder))) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void rollsByTheTimeOfRecords() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(1 << 20).rollingAfter(1000).build());
        fixture.append(log, Batches.plain(1, 5000));
        fixture.append(log, Batches.plain(1, 6000));
        assertThat(log.segments()).hasSize(1);
        fixture.append(log, Batches.plain(1, 6001));
        assertThat(log.segments()).hasSize(2);
    }

    /** Where a transaction began whose end is not committed, the log does not tell. */
    @Test
    void remembersTheHighWatermarkAsFarAsTransactionsHaveEnded() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(2000).build());
        fixture.append(log, Batches.plain(10, 100));
        fixture.on(() -> log.highWatermark(9));
        fixture.on(() -> log.lastStableOffset(4));
        fixture.close();
        assertThat(fixture.open(Configs.segments(2000).build()).recoveredHighWatermark())
                .isEqualTo(4);
    }

    @Test
    void remembersEverythingOverACleanClose() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(2000).build());
        for (int i = 0; i < 50; i++) {
            fixture.append(log, Batches.idempotent(2, i, 7, i * 2));
        }
        fixture.on(() -> log.startEpoch(4));
        fixture.append(log, Batches.plain(1, 100));
        fixture.on(() -> log.highWatermark(90));
        fixture.on(() -> log.lastStableOffset(90));
        List<SegmentInfo> segments = log.segments();
        fixture.close();
        assertThat(temp.resolve(".kafka_cleanshutdown")).exists();

        PartitionLog again = fixture.open(Configs.segments(2000).build());
        assertThat(temp.resolve(".kafka_cleanshutdown")).doesNotExist();
        assertThat(again.endOffset()).isEqualTo(101);
        assertThat(again.durableEndOffset()).isEqualTo(101);
        assertThat(again.recoveredHighWatermark()).isEqualTo(90);
        assertThat(again.segments()).isEqualTo(segments);
        assertThat(again.latestEpoch()).isEqualTo(4);
        assertThat(again.endOfEpoch(0)).isEqualTo(new EpochEnd(0, 100));
        assertThat(again.endOfEpoch(4)).isEqualTo(new EpochEnd(4, 101));
        assertThat(again.endOfEpoch(5).endOffset()).isEqualTo(-1);
        assertThat(again.epochAt(50)).isZero();
        assertThat(again.producerStates().entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.batches()).hasSize(5));
        assertThat(fixture.headers(again, 0)).hasSize(51);
    }

    @Test
    void findsRecordsByTime() throws IOException {
        for (CompressionType type : CompressionType.values()) {
            Fixture fixture = new Fixture(new FileDisk(), temp.resolve(type.label()));
            PartitionLog log = fixture.open(Configs.segments(3000).build());
            for (int i = 0; i < 100; i++) {
                fixture.append(log, Batches.of(type, 10, 10_000 + i * 100L));
            }
            assertThat(time(fixture, log, 0)).isEqualTo(new TimestampAndOffset(10_000, 0, 0));
            assertThat(time(fixture, log, 10_005)).isEqualTo(new TimestampAndOffset(10_005, 5, 0));
            assertThat(time(fixture, log, 10_010)).isEqualTo(new TimestampAndOffset(10_100, 10, 0));
            assertThat(time(fixture, log, 15_003))
                    .isEqualTo(new TimestampAndOffset(15_003, 503, 0));
            assertThat(time(fixture, log, 19_909))
                    .isEqualTo(new TimestampAndOffset(19_909, 999, 0));
            assertThat(time(fixture, log, 19_910)).isEqualTo(TimestampAndOffset.NONE);
            assertThat(max(fixture, log, 1000)).isEqualTo(new TimestampAndOffset(19_909, 999, 0));
            assertThat(max(fixture, log, 500)).isEqualTo(new TimestampAndOffset(14_909, 499, 0));
            fixture.close();
        }
    }

    private static TimestampAndOffset time(Fixture fixture, PartitionLog log, long timestamp)
            throws IOException {
        Fixture.Outcome<TimestampAndOffset> found = new Fixture.Outcome<>();
        fixture.on(() -> log.findTimestamp(timestamp, log.endOffset(), found));
        return fixture.await(found);
    }

    private static TimestampAndOffset max(Fixture fixture, PartitionLog log, long upTo)
            throws IOException {
        Fixture.Outcome<TimestampAndOffset> found = new Fixture.Outcome<>();
        fixture.on(() -> log.findMaxTimestamp(upTo, found));
        return fixture.await(found);
    }

    @Test
    void findsTheGreatestTimeAlsoWhenTimeGoesBack() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(600).build());
        for (long time : new long[] {50, 90, 30, 90, 20, 70}) {
            fixture.append(log, Batches.sized(250, time));
        }
        assertThat(max(fixture, log, 6)).isEqualTo(new TimestampAndOffset(90, 1, 0));
        assertThat(time(fixture, log, 60)).isEqualTo(new TimestampAndOffset(90, 1, 0));
        fixture.on(() -> log.advanceStartOffset(4));
        fixture.run();
        assertThat(max(fixture, log, 6)).isEqualTo(new TimestampAndOffset(70, 5, 0));
        assertThat(time(fixture, log, 0)).isEqualTo(new TimestampAndOffset(20, 4, 0));
    }

    @Test
    void retainsByTime() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(700).retaining(-1, 1000).build());
        boolean[] moved = new boolean[1];
        fixture.on(() -> log.onStartMoved(() -> moved[0] = true));
        for (int i = 0; i < 10; i++) {
            fixture.append(log, Batches.sized(300, Fixture.START_MS - 5000 + i));
        }
        fixture.append(log, Batches.sized(300, Fixture.START_MS));
        fixture.flush(log);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).as("above the high watermark").isZero();
        fixture.on(() -> log.highWatermark(7));
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).isEqualTo(6);
        assertThat(moved[0]).isTrue();
        fixture.run();
        assertThat(names("orders-0", ".deleted")).isNotEmpty();
        assertThat(Files.readString(temp.resolve("log-start-offset-checkpoint")))
                .isEqualTo("0\n1\norders 0 6\n");
        fixture.scheduler.advanceMs(70_000);
        assertThat(names("orders-0", ".deleted")).isEmpty();

        fixture.on(() -> log.highWatermark(11));
        fixture.on(() -> log.retain(Fixture.START_MS + 5000));
        assertThat(log.startOffset()).as("the active one too, rolled").isEqualTo(11);
        assertThat(log.sizeInBytes()).isZero();
        fixture.kill();
        PartitionLog again = fixture.open(Configs.segments(700).build());
        assertThat(again.startOffset()).isIn(6L, 11L);
        assertThat(again.endOffset()).isEqualTo(11);
    }

    @Test
    void retainsBySizeAndObeysChangedSettings() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(700).build());
        for (int i = 0; i < 20; i++) {
            fixture.append(log, Batches.sized(300, Fixture.START_MS));
        }
        fixture.on(() -> log.highWatermark(20));
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).isZero();
        fixture.on(() -> log.reconfigure(Configs.segments(700).retaining(2000, -1).build()));
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.sizeInBytes()).isBetween(2000L, 2700L);
        assertThat(log.startOffset()).isGreaterThan(10);
        assertThatThrownBy(() -> fixture.on(() -> log.append(Batches.plain(1, 0), List.of(), 0)))
                .isInstanceOf(java.util.NoSuchElementException.class);
        assertThat(fixture.headers(log, log.startOffset()).getLast().lastOffset()).isEqualTo(19);
    }

    @Test
    void deletesRecords() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(700).build());
        for (int i = 0; i < 10; i++) {
            fixture.append(log, Batches.sized(300, i));
        }
        fixture.flush(log);
        fixture.on(() -> log.advanceStartOffset(5));
        assertThat(log.startOffset()).isEqualTo(5);
        assertThat(log.segments().getFirst().baseOffset()).isEqualTo(4);
        fixture.run();
        fixture.kill();
        PartitionLog again = fixture.open(Configs.segments(700).build());
        assertThat(again.startOffset()).isEqualTo(5);
        assertThat(again.segments().getFirst().baseOffset()).isEqualTo(4);
    }

    @Test
    void truncates() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(700).build());
        for (int i = 0; i < 20; i++) {
            fixture.append(log, Batches.idempotent(2, 100 + i, 9, i * 2));
        }
        fixture.on(() -> log.startEpoch(2));
        fixture.append(log, Batches.plain(2, 500));
        fixture.flush(log);
        Fixture.Outcome<Long> cut = new Fixture.Outcome<>();
        fixture.on(() -> log.truncateTo(11, cut));
        assertThat(log.endOffset()).as("the batch of 10 and 11 goes whole").isEqualTo(10);
        assertThat(fixture.await(cut)).isEqualTo(10);
        assertThat(log.durableEndOffset()).isEqualTo(10);
        assertThat(log.latestEpoch()).isZero();
        assertThat(log.producerStates().entries())
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.batches())
                                .last()
                                .extracting(batch -> batch.lastOffset())
                                .isEqualTo(9L));
        assertThat(fixture.headers(log, 0)).hasSize(5);
        fixture.append(log, Batches.idempotent(2, 700, 9, 10));
        fixture.kill();
        PartitionLog again = fixture.open(Configs.segments(700).build());
        assertThat(again.endOffset()).isEqualTo(12);
        List<BatchHeader> headers = fixture.headers(again, 0);
        assertThat(headers).hasSize(6);
        assertThat(headers.getLast().maxTimestamp()).isEqualTo(701);

        Fixture.Outcome<Long> all = new Fixture.Outcome<>();
        fixture.on(() -> again.truncateTo(0, all));
        assertThat(fixture.await(all)).isZero();
        assertThat(again.sizeInBytes()).isZero();
        fixture.append(again, Batches.plain(1, 1));
        assertThat(fixture.flush(again)).isEqualTo(1);
    }

    /** Found by the simulator, seed 10040718. */
    @Test
    void aCloseAmidACutRemembersNothingOfWhatIsCut() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(2000).build());
        for (int i = 0; i < 10; i++) {
            fixture.append(log, Batches.idempotent(2, 100 + i, 9, i * 2));
        }
        fixture.flush(log);
        fixture.on(() -> log.truncateTo(10, new Fixture.Outcome<>()));
        fixture.close();
        PartitionLog again = fixture.open(Configs.segments(2000).build());
        assertThat(again.endOffset()).isEqualTo(10);
        assertThat(again.producerStates().entries())
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.batches())
                                .last()
                                .extracting(batch -> batch.lastOffset())
                                .isEqualTo(9L));
    }

    @Test
    void beginsAnewElsewhere() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.segments(700).build());
        for (int i = 0; i < 20; i++) {
            fixture.append(log, Batches.idempotent(2, 100 + i, 9, i * 2));
        }
        fixture.flush(log);
        for (long at : new long[] {1_000L, 30L, 1_000L}) { // ahead, back, and again
            Fixture.Outcome<Long> begun = new Fixture.Outcome<>();
            fixture.on(() -> log.restartAt(at, List.of(), begun));
            assertThat(fixture.await(begun)).isEqualTo(at);
            assertThat(log.startOffset()).isEqualTo(at);
            assertThat(log.endOffset()).isEqualTo(at);
            assertThat(log.durableEndOffset()).isEqualTo(at);
            assertThat(log.sizeInBytes()).isZero();
            assertThat(log.producerStates().entries()).isEmpty();
            assertThat(log.latestEpoch()).isEqualTo(-1);
            fixture.append(log, Batches.plain(2, 500));
            assertThat(fixture.flush(log)).isEqualTo(at + 2);
        }
        fixture.kill();
        PartitionLog again = fixture.open(Configs.segments(700).build());
        assertThat(again.startOffset()).isEqualTo(1_000L);
        assertThat(again.endOffset()).isEqualTo(1_002L);
        assertThat(fixture.headers(again, 1_000L)).hasSize(1);
    }

    @Test
    void oneFlushServesAllThatWait() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(TopicConfig.DEFAULT);
        fixture.append(log, Batches.plain(1, 1));
        fixture.flush(log);
        long before = log.directory().commits().flushes();
        Fixture.Outcome<Long> first = fixture.flushLater(log);
        Fixture.Outcome<Long> idle = fixture.flushLater(log);
        fixture.append(log, Batches.plain(1, 2));
        Fixture.Outcome<Long> second = fixture.flushLater(log);
        fixture.append(log, Batches.plain(1, 3));
        Fixture.Outcome<Long> third = fixture.flushLater(log);
        fixture.run();
        assertThat(List.of(first.value, idle.value, second.value, third.value)).containsOnly(3L);
        assertThat(log.directory().commits().flushes() - before).isEqualTo(1);
    }

    @Test
    void flushesByCountAndByTime() throws IOException {
        Fixture fixture = fixture();
        PartitionLog log = fixture.open(Configs.DEFAULT.flushing(10, 500).build());
        fixture.append(log, Batches.plain(9, 1));
        fixture.run();
        assertThat(log.durableEndOffset()).isZero();
        fixture.append(log, Batches.plain(1, 1));
        fixture.run();
        assertThat(log.durableEndOffset()).isEqualTo(10);
        fixture.append(log, Batches.plain(1, 1));
        fixture.scheduler.advanceMs(600);
        assertThat(log.durableEndOffset()).isEqualTo(11);
    }
}
