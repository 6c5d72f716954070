package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.LyingDisk;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@link LogHistory} found, told as stories. What a crash keeps is tried many times over. */
final class CrashScenariosTest {

    private static final Path DATA = Path.of("/disks/a");
    private static final Path OTHER = Path.of("/disks/b");
    private static final int CRASHES = 100;

    /** Fails the flush behind the first cut of a segment. */
    private static Fixture failingAfterCut(SimDisk disk) {
        boolean[] cut = new boolean[1];
        return new Fixture(
                LyingDisk.over(
                        disk,
                        (method, path, honest) -> {
                            Object result = honest.run();
                            boolean log = path.toString().endsWith(Segment.LOG);
                            if (!cut[0] && log && method.equals("truncate")) {
                                cut[0] = true;
                                disk.faultAt(disk.calls() + 1, SimDisk.Fault.FORCE_FAILS);
                            }
                            return result;
                        }),
                DATA);
    }

    /** Seed 9302: the file looked as if it had been cut, but the device still held the rest. */
    @Test
    void whatWasCutDoesNotReturnWhenTheFlushOfTheCutFailed() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = failingAfterCut(disk);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.plain(1, 1_000L));
            fixture.append(log, Batches.plain(3, 2_000L));
            fixture.flush(log);
            PartitionLog failing = log;
            assertThatThrownBy(() -> fixture.truncate(failing, 1L)).hasMessageContaining("flush");
            fixture.kill();
            disk.repair();
            log = fixture.open(config);
            ByteBuffer another = Batches.plain(1, 3_000L);
            fixture.append(log, another);
            fixture.kill();
            disk.crash();
            log = fixture.open(config);
            byte[] found = fixture.read(log, 1L, 1);
            assertThat(found).as("seed %d", seed).isIn(another.array(), new byte[0]);
        }
    }

    /**
     * Seed 229851: of two segments that were never flushed the crash kept the second one's name,
     * and the log claimed to reach up to that.
     */
    @Test
    void aLogWhoseFirstSegmentIsLostHoldsNothing() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = new Fixture(disk, DATA);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.plain(7, 1_000L));
            PartitionLog rolling = log;
            fixture.on(() -> rolling.roll(1_000L));
            fixture.append(log, Batches.plain(1, 2_000L));
            fixture.kill();
            disk.crash();
            log = fixture.open(config);
            assertThat(log.startOffset()).as("seed %d", seed).isZero();
            assertThat(fixture.headers(log, 0L).stream().mapToLong(BatchHeader::nextOffset).max())
                    .as("seed %d: the end is that of what it holds", seed)
                    .isEqualTo(
                            log.endOffset() == 0L
                                    ? OptionalLong.empty()
                                    : OptionalLong.of(log.endOffset()));
        }
    }

    /** Seed 24543: a snapshot relied on an index whose cut was not on the device. */
    @Test
    void anAbortThatWasCutDoesNotReturn() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = new Fixture(disk, DATA);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.transactional(1, (short) 0, 0, "a", "v", 1_000L));
            fixture.append(log, Batches.marker(1, (short) 1, false, 1_000L));
            fixture.flush(log);
            rollAndFlush(fixture, log);
            fixture.truncate(log, 1L);
            fixture.append(log, Batches.marker(1, (short) 1, true, 2_000L));
            fixture.flush(log);
            rollAndFlush(fixture, log);
            fixture.kill();
            disk.crash();
            log = fixture.open(config);
            List<AbortedTransaction> aborted = log.aborted(0L, log.endOffset());
            assertThat(aborted).as("seed %d: it was committed", seed).isEmpty();
        }
    }

    /** With the snapshot that a roll takes. */
    private static void rollAndFlush(Fixture fixture, PartitionLog log) throws IOException {
        fixture.on(() -> log.roll(1_000L));
        fixture.flush(log);
    }

    /** Seeds 23383, 20674 and 37998: memory took what could not be written for written. */
    @Test
    void noSegmentGoesBeforeTheLogStartIsOnTheDevice() throws IOException {
        SimDisk disk = new SimDisk(new Random(1));
        boolean[] full = new boolean[1];
        Fixture fixture =
                new Fixture(
                        LyingDisk.over(
                                disk,
                                (method, path, honest) -> {
                                    boolean checkpoint = path.toString().endsWith("checkpoint.tmp");
                                    if (full[0] && checkpoint && method.equals("open")) {
                                        throw new IOException("injected: no space");
                                    }
                                    return honest.run();
                                }),
                        DATA);
        TopicConfig config = Configs.segments(10_000).build();
        PartitionLog log = fixture.open(config);
        for (int i = 0; i < 3; i++) {
            fixture.append(log, Batches.plain(7, 1_000L));
            rollAndFlush(fixture, log);
        }
        PartitionLog failing = log;
        fixture.on(() -> {
            failing.highWatermark(failing.endOffset());
            failing.advanceStartOffset(1L);
        });
        fixture.store().checkpointStarts(log.directory());
        full[0] = true;
        fixture.on(() -> failing.advanceStartOffset(14L));
        assertThatThrownBy(() -> fixture.store().checkpointStarts(failing.directory()))
                .hasMessageContaining("no space");
        fixture.run();
        fixture.kill();
        disk.repair();
        full[0] = false;
        log = fixture.open(config);
        assertThat(log.segments().getFirst().baseOffset()).isZero();
        assertThat(log.endOffset()).isEqualTo(21L);
    }

    /**
     * Seed 63951: a name that could not be made durable was relied on, and the other copy dropped.
     */
    @Test
    void aMoveWhoseLastSyncFailedLosesNothing() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            boolean[] armed = new boolean[1];
            Fixture fixture =
                    new Fixture(
                            LyingDisk.over(
                                    disk,
                                    (method, path, honest) -> {
                                        Object result = honest.run();
                                        boolean future = path.toString().endsWith("-future");
                                        if (armed[0] && future && method.equals("rename")) {
                                            armed[0] = false;
                                            disk.faultAt(
                                                    disk.calls() + 1, SimDisk.Fault.FORCE_FAILS);
                                        }
                                        return result;
                                    }),
                            DATA,
                            OTHER);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.plain(1, 1_000L));
            fixture.flush(log);
            Fixture.Outcome<Uuid> there = new Fixture.Outcome<>();
            fixture.store().move(log, OTHER, there);
            fixture.await(there);
            armed[0] = true;
            Fixture.Outcome<Uuid> andBack = new Fixture.Outcome<>();
            fixture.store().move(log, DATA, andBack);
            assertThatThrownBy(() -> fixture.await(andBack)).hasMessageContaining("sync");
            fixture.kill();
            disk.repair();
            log = fixture.open(config);
            fixture.append(log, Batches.plain(1, 2_000L));
            fixture.flush(log);
            fixture.kill();
            disk.crash();
            assertThat(fixture.open(config).endOffset()).as("seed %d", seed).isEqualTo(2L);
        }
    }

    /** Seed 104773: the flush that failed was that of the file which tells whose the folder is. */
    @Test
    void whoseAFolderIsIsWrittenAgainAfterAFlushThatFailed() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture =
                    new Fixture(
                            LyingDisk.over(
                                    disk,
                                    (method, path, honest) -> {
                                        if (path.endsWith(LogFolder.METADATA)
                                                && method.equals("force")) {
                                            disk.faultAt(
                                                    disk.calls() + 1, SimDisk.Fault.FORCE_FAILS);
                                        }
                                        return honest.run();
                                    }),
                            DATA);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog failing = fixture.open(config);
            fixture.append(failing, Batches.plain(1, 1_000L));
            assertThatThrownBy(() -> fixture.flush(failing)).hasMessageContaining("flush");
            fixture.kill();
            disk.repair();
            Fixture whole = new Fixture(disk, DATA);
            PartitionLog log = whole.open(config);
            whole.append(log, Batches.plain(1, 2_000L));
            whole.flush(log);
            whole.kill();
            disk.crash();
            assertThat(whole.open(config).endOffset()).as("seed %d", seed).isEqualTo(2L);
        }
    }

    /** Seed 138174: it counted as there since the log began at it, but had no file. */
    @Test
    void theNameOfASegmentThatWasLostIsMadeDurableAgain() throws IOException {
        for (long seed = 0; seed < 10 * CRASHES; seed++) {
            Random random = new Random(seed);
            SimDisk disk = new SimDisk(random);
            boolean[] failing = new boolean[1];
            Fixture fixture =
                    new Fixture(
                            LyingDisk.over(
                                    disk,
                                    (method, path, honest) -> {
                                        boolean folder = path.endsWith(Fixture.T0.toString());
                                        if (failing[0] && folder && method.startsWith("sync")) {
                                            throw new IOException("injected: sync failed");
                                        }
                                        boolean segment = path.toString().endsWith(Segment.LOG);
                                        failing[0] |= segment && method.equals("rename");
                                        return honest.run();
                                    }),
                            DATA);
            fixture.ioDelay = () -> random.nextInt(3) * 100_000L;
            fixture.kill(); // the delay counts from here on
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.plain(1, 1_000L));
            fixture.flush(log);
            PartitionLog first = log;
            fixture.on(() -> {
                first.highWatermark(1L);
                first.roll(1_000L);
                first.advanceStartOffset(1L);
            });
            fixture.run();
            fixture.kill();
            disk.crash();
            failing[0] = false;
            log = fixture.open(config);
            fixture.append(log, Batches.plain(1, 2_000L));
            fixture.flush(log);
            fixture.kill();
            disk.crash();
            assertThat(fixture.open(config).endOffset()).as("seed %d", seed).isEqualTo(2L);
        }
    }

    /** Seeds 122045 and 144102: the index went with its segment, and the segment came back. */
    @Test
    void aSnapshotReliesOnNoIndexOfASegmentThatMayComeBack() throws IOException {
        for (long seed = 0; seed < CRASHES; seed++) {
            Random random = new Random(seed);
            SimDisk disk = new SimDisk(random);
            Fixture fixture = new Fixture(disk, DATA);
            fixture.ioDelay = () -> random.nextInt(3) * 100_000L;
            fixture.kill(); // the delay counts from here on
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            fixture.append(log, Batches.transactional(1, (short) 0, 0, "a", "v", 1_000L));
            fixture.append(log, Batches.marker(1, (short) 1, false, 1_000L));
            fixture.flush(log);
            PartitionLog first = log;
            fixture.on(() -> {
                first.highWatermark(2L);
                first.roll(1_000L);
                first.advanceStartOffset(2L);
            });
            fixture.flush(log);
            fixture.kill();
            disk.crash();
            log = fixture.open(config);
            if (log.startOffset() == 0) {
                List<AbortedTransaction> aborted = log.aborted(0L, log.endOffset());
                assertThat(aborted).as("seed %d: it was aborted", seed).hasSize(1);
            }
        }
    }

    /** Seed 146949: an index of old, with growing entries, was believed without a look. */
    @Test
    void aLogWhoseIndexLiesCanBeCut() throws IOException {
        SimDisk disk = new SimDisk(new Random(1));
        Fixture fixture = new Fixture(disk, DATA);
        TopicConfig config = Configs.segments(10_000).build();
        PartitionLog log = fixture.open(config);
        for (int i = 0; i < 20; i++) {
            fixture.append(log, Batches.plain(1, 1_000L + i));
        }
        fixture.flush(log);
        fixture.on(() -> fixture.store().housekeeping().checkpoint());
        fixture.run();
        Path index = log.path().resolve(SegmentFile.name(0) + Segment.INDEX);
        assertThat(disk.size(index)).isGreaterThan(2L * OffsetIndex.ENTRY_BYTES);
        long lies = log.segmentList().last().offsets().lastOffset(1);
        fixture.kill();
        try (DiskFile file = disk.open(index, Disk.Mode.WRITE)) {
            ByteBuffer position = ByteBuffer.allocate(4);
            file.read(position, OffsetIndex.ENTRY_BYTES + 4L);
            position.putInt(0, position.getInt(0) - 8).flip();
            file.write(position, OffsetIndex.ENTRY_BYTES + 4L);
        }
        log = fixture.open(config);
        fixture.truncate(log, lies + 1);
        assertThat(log.endOffset()).isEqualTo(lies + 1);
        assertThat(log.segmentList().last().latestTimestamp()).isEqualTo(1_000L + lies);
    }

    /**
     * What came between a snapshot and its flush is in memory alone, and the next one's to force.
     */
    @Test
    void whatAnIndexWasToldBeforeItsForceIsKept() throws IOException {
        for (int seed = 1; seed < 60; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = new Fixture(disk, DATA);
            TopicConfig config = Configs.segments(10_000).build();
            PartitionLog log = fixture.open(config);
            PartitionLog first = log;
            fixture.append(log, Batches.hidden(0L, 1_000L));
            fixture.on(() -> first.snapshot());
            Fixture.Outcome<Long> flushed = fixture.flushLater(log);
            fixture.append(log, Batches.hidden(0L, 1_000L));
            fixture.append(log, Batches.marker(1, (short) 1, false, 1_000L));
            fixture.await(flushed);
            rollAndFlush(fixture, log);
            fixture.kill();
            disk.crash();
            log = fixture.open(config);
            assertThat(log.nextScheduled(1L)).as("seed %d", seed).isEqualTo(1L);
        }
    }
}
