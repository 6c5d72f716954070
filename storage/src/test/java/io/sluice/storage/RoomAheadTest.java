package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A log that is flushed often has a file that is longer than what it holds. */
final class RoomAheadTest {

    private static final Path DATA = Path.of("/disks/a");
    private static final Path FILE = DATA.resolve("orders-0/00000000000000000000.log");
    private static final int FLUSHES = LogStoreSettings.DEFAULT.flushesForRoom() + 1;
    private static final int CRASHES = 200;
    private static final TopicConfig CONFIG = Configs.segments(1 << 20).build();

    private final SimDisk disk = new SimDisk(new Random(1));
    private final Fixture fixture = new Fixture(disk, DATA);

    private static PartitionLog flushedOften(Fixture fixture) throws IOException {
        PartitionLog log = fixture.open(CONFIG);
        for (int i = 0; i < FLUSHES; i++) {
            fixture.append(log, Batches.plain(1, 1_000L + i));
            fixture.flush(log);
        }
        return log;
    }

    private long length() throws IOException {
        return disk.size(FILE);
    }

    @Test
    void aLogThatIsSeldomFlushedHasNone() throws IOException {
        PartitionLog log = fixture.open(CONFIG);
        fixture.append(log, Batches.plain(1, 1_000L));
        fixture.flush(log);
        fixture.append(log, Batches.plain(1, 2_000L));
        assertThat(length()).isEqualTo(log.sizeInBytes());
    }

    @Test
    void smallWritesGoIntoTheRoomOfTheFirst() throws IOException {
        PartitionLog log = flushedOften(fixture);
        long length = length();
        assertThat(length).isBetween(log.sizeInBytes() + 15_000L, log.sizeInBytes() + 17_000L);
        for (int i = 0; i < 50; i++) {
            fixture.append(log, Batches.plain(1, 2_000L + i));
        }
        assertThat(length()).as("no longer by what came").isEqualTo(length);
        fixture.append(log, Batches.sized(50_000, 3_000L));
        assertThat(length()).as("a large one makes none").isEqualTo(log.sizeInBytes());
        fixture.append(log, Batches.plain(1, 4_000L));
        assertThat(length()).as("more").isGreaterThan(log.sizeInBytes() + 15_000L);
    }

    @Test
    void aSealedSegmentAndALogThatIsClosedEndWithTheirLastBatch() throws IOException {
        PartitionLog log = flushedOften(fixture);
        fixture.on(() -> log.roll(5_000L));
        assertThat(length()).isEqualTo(log.sizeInBytes());
        fixture.append(log, Batches.plain(1, 6_000L));
        Path second = DATA.resolve("orders-0/%020d.log".formatted(FLUSHES));
        assertThat(disk.size(second)).isGreaterThan(15_000L);
        long second0 = log.sizeInBytes() - length();
        fixture.close();
        assertThat(disk.size(second)).isEqualTo(second0);
        assertThat(fixture.open(CONFIG).endOffset()).isEqualTo(FLUSHES + 1L);
    }

    @Test
    void itIsNotTakenForATornTailAfterAKill() throws IOException {
        PartitionLog log = flushedOften(fixture);
        fixture.append(log, Batches.plain(2, 9_000L));
        long size = log.sizeInBytes();
        fixture.kill();
        PartitionLog again = fixture.open(CONFIG);
        assertThat(again.endOffset()).isEqualTo(FLUSHES + 2L);
        assertThat(length()).as("what tools see").isEqualTo(size);
    }

    /** Of small writes into the room any may be lost, and a later one be there. */
    @Test
    void nothingBehindALostBatchReturns() throws IOException {
        int lost = 0;
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk torn = new SimDisk(new Random(seed));
            Fixture one = new Fixture(torn, DATA);
            PartitionLog log = flushedOften(one);
            for (int i = 0; i < 5; i++) {
                one.append(log, Batches.plain(1 + i, 2_000L + i));
            }
            PartitionLog again = one.afterPowerCut(torn, CONFIG);
            long end = again.endOffset();
            assertThat(end).as("seed %d", seed).isBetween((long) FLUSHES, FLUSHES + 15L);
            lost += end < FLUSHES + 15L ? 1 : 0;
            // What comes now may end where one of those began that were lost.
            one.append(again, Batches.plain(1, 8_000L));
            one.flush(again);
            PartitionLog last = one.afterPowerCut(torn, CONFIG);
            assertThat(last.endOffset()).as("seed %d", seed).isEqualTo(end + 1L);
            List<BatchHeader> headers = one.headers(last, 0L);
            assertThat(headers.getLast().maxTimestamp()).as("seed %d", seed).isEqualTo(8_000L);
        }
        assertThat(lost).isGreaterThan(CRASHES / 4);
    }
}
