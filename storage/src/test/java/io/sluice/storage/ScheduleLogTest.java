package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages that wait in a log, by example: how they are found, and that nothing takes them. */
class ScheduleLogTest {

    private static final Path A = Path.of("/disks/a");
    private static final Path B = Path.of("/disks/b");
    private static final long NONE = Long.MAX_VALUE;

    private final SimDisk disk = new SimDisk(new Random(11));
    private final Fixture fixture = new Fixture(disk, A, B);

    private void visible(PartitionLog log, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            fixture.append(log, Batches.sized(300, Fixture.START_MS - 5000));
        }
    }

    private void waits(PartitionLog log, long floor) throws IOException {
        fixture.append(log, Batches.hidden(floor, Fixture.START_MS - 5000));
    }

    private void commit(PartitionLog log) throws IOException {
        fixture.flush(log);
        fixture.on(() -> {
            log.highWatermark(log.endOffset());
            log.lastStableOffset(log.endOffset());
        });
    }

    private Path index(PartitionLog log, long base) {
        return log.path().resolve(SegmentFile.name(base) + ".schedule");
    }

    private static TopicConfig small() {
        return Configs.segments(700).build();
    }

    @Test
    void aLogWithoutAnyHasNoFileAndTellsOfNone() throws IOException {
        PartitionLog log = fixture.open(small());
        visible(log, 10);
        commit(log);
        assertThat(log.nextScheduled(0L)).isEqualTo(NONE);
        assertThat(log.scheduleFloor()).isZero();
        fixture.close();
        assertThat(disk.tree()).doesNotContain(".schedule");
    }

    @Test
    void whatWaitsIsFoundAgainAfterAKill() throws IOException {
        PartitionLog log = fixture.open(small());
        visible(log, 3);
        waits(log, 0L);
        visible(log, 6);
        fixture.append(log, Batches.fired("k", "v", 1L));
        waits(log, 3L);
        commit(log);
        for (int life = 0; life < 3; life++) {
            assertThat(log.nextScheduled(0L)).isEqualTo(3L);
            assertThat(log.nextScheduled(3L)).isEqualTo(3L);
            assertThat(log.nextScheduled(4L)).isBetween(4L, 10L);
            assertThat(log.nextScheduled(11L)).isEqualTo(11L);
            assertThat(log.nextScheduled(12L)).isEqualTo(NONE);
            PartitionLog now = log;
            fixture.on(() -> now.highWatermark(11L));
            assertThat(log.scheduleFloor()).as("of what is committed").isZero();
            fixture.on(() -> now.highWatermark(12L));
            assertThat(log.scheduleFloor()).isEqualTo(3L);
            if (life == 0) {
                fixture.kill();
                disk.crash();
            } else {
                fixture.close();
            }
            log = fixture.open(small());
        }
    }

    @Test
    void aDamagedIndexIsMadeAnew() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        waits(log, 0L);
        visible(log, 8);
        waits(log, 1L);
        commit(log);
        fixture.close();
        Path index = index(log, 0L);
        assertThat(disk.size(index)).isEqualTo(2L * ScheduleIndex.ENTRY_BYTES);
        try (DiskFile file = disk.open(index, Disk.Mode.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), ScheduleIndex.ENTRY_BYTES + 3L);
        }
        log = fixture.open(Configs.segments(10_000).build());
        assertThat(log.nextScheduled(0L)).isZero();
        assertThat(log.nextScheduled(1L)).isEqualTo(9L);
        fixture.kill();
        log = fixture.open(Configs.segments(10_000).build());
        assertThat(log.nextScheduled(1L)).as("and durable").isEqualTo(9L);
    }

    private void roll(PartitionLog log) throws IOException {
        fixture.on(() -> log.roll(Fixture.START_MS));
        fixture.run();
    }

    /** Crash test, seed 127332: what a cut had written ahead outlived the next cut. */
    @Test
    void whatTwoCutsTookDoesNotReturn() throws IOException {
        TopicConfig config = Configs.segments(10_000).build();
        PartitionLog log = fixture.open(config);
        visible(log, 1);
        waits(log, 0L);
        waits(log, 0L);
        waits(log, 0L);
        fixture.flush(log);
        fixture.close();
        log = fixture.open(config);
        fixture.truncate(log, 3L);
        fixture.truncate(log, 1L);
        visible(log, 3);
        roll(log);
        fixture.kill();
        assertThat(fixture.open(config).nextScheduled(0L)).isEqualTo(NONE);
    }

    /** Crash test, seed 136488: the index was empty, so the move left it behind. */
    @Test
    void anIndexThatIsEmptyMovesWithItsSegment() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        waits(log, 0L);
        roll(log);
        fixture.truncate(log, 0L);
        visible(log, 2);
        roll(log);
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        fixture.store().move(log, log.directory().path().equals(A) ? B : A, moved);
        fixture.await(moved);
        fixture.truncate(log, 1L);
        waits(log, 0L);
        roll(log);
        assertThat(log.nextScheduled(0L)).isEqualTo(1L);
    }

    @Test
    void aCutTakesItBackAndItsFloor() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        waits(log, 0L);
        waits(log, 1L);
        waits(log, 2L);
        commit(log);
        fixture.close();
        log = fixture.open(Configs.segments(10_000).build());
        waits(log, 3L);
        fixture.truncate(log, 2L);
        PartitionLog now = log;
        assertThat(log.nextScheduled(2L)).isEqualTo(NONE);
        assertThat(log.nextScheduled(1L)).isEqualTo(1L);
        fixture.on(() -> now.highWatermark(2L));
        assertThat(log.scheduleFloor()).isEqualTo(1L);
        fixture.kill();
        disk.crash();
        log = fixture.open(Configs.segments(10_000).build());
        assertThat(log.nextScheduled(1L)).isEqualTo(1L);
        assertThat(log.nextScheduled(2L)).isEqualTo(NONE);
    }

    @Test
    void retentionStopsAtWhatWaitsAndSaysSo() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(700).retaining(-1, 1000).build());
        visible(log, 2);
        waits(log, 0L);
        visible(log, 10);
        fixture.append(log, Batches.sized(300, Fixture.START_MS));
        commit(log);
        List<Long> wanted = new ArrayList<>();
        fixture.on(() -> {
            log.onHeldBack(start -> wanted.add(start));
            log.retain(Fixture.START_MS);
        });
        assertThat(log.startOffset()).isEqualTo(2L);
        assertThat(wanted).hasSize(1);
        long start = wanted.getFirst();
        assertThat(start).isGreaterThan(2L);
        waits(log, 0L); // carried
        waits(log, start);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).as("the floor is not committed").isEqualTo(2L);
        commit(log);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).isEqualTo(start);
        assertThat(wanted).hasSize(2);
    }

    @Test
    void whatWaitsIsNotCountedBySize() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(700).retaining(3000, -1).build());
        visible(log, 4);
        for (int i = 0; i < 40; i++) {
            waits(log, 0L);
        }
        commit(log);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).isZero();
        assertThat(log.sizeInBytes()).isGreaterThan(5000L);
        visible(log, 12);
        commit(log);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).as("the first that waits").isEqualTo(4L);
    }

    @Test
    void deletedRecordsGoAsSoonAsWhatWaitsIsCarried() throws IOException {
        PartitionLog log = fixture.open(small());
        visible(log, 3);
        waits(log, 0L);
        visible(log, 6);
        commit(log);
        List<Long> wanted = new ArrayList<>();
        fixture.on(() -> {
            log.onHeldBack(start -> wanted.add(start));
            log.advanceStartOffset(8L);
        });
        assertThat(log.startOffset()).isEqualTo(3L);
        assertThat(wanted).containsExactly(8L);
        waits(log, 0L);
        waits(log, 8L);
        commit(log);
        fixture.on(() -> log.retain(Fixture.START_MS));
        assertThat(log.startOffset()).isEqualTo(8L);
    }

    @Test
    void compactionKeepsWhatWaitsAndWhatTellsThatItDoesNot() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(300).compacting().build());
        waits(log, 0L);
        waits(log, 0L);
        fixture.append(log, Batches.fired("a", "v", 1_000L));
        fixture.append(log, Batches.keyed("a", "newer", 1_000L));
        waits(log, 1L);
        compact(log);
        assertThat(offsets(log)).contains(1L, 2L, 3L, 4L).doesNotContain(0L);
        assertThat(log.nextScheduled(0L)).isEqualTo(1L);
        fixture.append(log, Batches.keyed("a", "newest", 1_000L));
        waits(log, 5L);
        compact(log);
        assertThat(offsets(log)).doesNotContain(1L, 2L, 3L, 4L);
        long next = log.nextScheduled(0L);
        assertThat(next).isBetween(5L, 20L);
        fixture.kill();
        disk.crash();
        log = fixture.open(Configs.segments(300).compacting().build());
        assertThat(log.nextScheduled(0L)).isEqualTo(next);
    }

    private void compact(PartitionLog log) throws IOException {
        for (int i = 0; i < 6; i++) {
            fixture.append(log, Batches.keyed("filler", "f" + log.endOffset(), 1_000L));
        }
        commit(log);
        fixture.scheduler.advanceMs(60_000L);
    }

    private List<Long> offsets(PartitionLog log) throws IOException {
        return fixture.headers(log, 0L).stream()
                .filter(batch -> batch.recordCount() > 0)
                .map(BatchHeader::baseOffset)
                .toList();
    }

    @Test
    void aMoveTakesItAlong() throws IOException {
        PartitionLog log = fixture.open(small());
        visible(log, 3);
        waits(log, 0L);
        visible(log, 6);
        waits(log, 2L);
        commit(log);
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        fixture.store().move(log, log.directory().path().equals(A) ? B : A, moved);
        fixture.await(moved);
        assertThat(log.nextScheduled(0L)).isEqualTo(3L);
        assertThat(log.nextScheduled(4L)).isBetween(4L, 10L);
        waits(log, 2L);
        commit(log);
        fixture.kill();
        disk.crash();
        log = fixture.open(small());
        assertThat(log.nextScheduled(0L)).isEqualTo(3L);
        assertThat(log.nextScheduled(11L)).isEqualTo(11L);
    }

    @Test
    void itsIndexGoesWithASegment() throws IOException {
        PartitionLog log = fixture.open(small());
        waits(log, 0L);
        visible(log, 8);
        waits(log, 5L);
        commit(log);
        Path index = index(log, 0L);
        assertThat(disk.exists(index)).isTrue();
        fixture.on(() -> log.advanceStartOffset(8L));
        fixture.scheduler.advanceMs(200_000L);
        assertThat(log.startOffset()).isEqualTo(8L);
        assertThat(disk.exists(index)).isFalse();
    }
}
