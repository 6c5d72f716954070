package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.partition.ProducerStates.Batch;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What deleted records told is remembered: of their producers, and where an epoch began. */
class DeletedProducersTest {

    private static final Path DATA = Path.of("/data");
    private static final TopicConfig CONFIG = Configs.segments(10_000).build();
    private static final long PRODUCER = 7L;
    private static final long OTHER = 8L;
    private static final int SEEDS = 60;

    private static final Remembered REMEMBERED =
            new Remembered(
                    PRODUCER,
                    (short) 2,
                    List.of(new Batch(4, 6, 40L, 42L, 900L), new Batch(7, 7, 80L, 80L, 950L)),
                    950L,
                    80L,
                    3,
                    ProducerStates.NO_TRANSACTION);

    private static void rollAndFlush(Fixture fixture, PartitionLog log) throws IOException {
        fixture.on(() -> log.roll(1_000L));
        fixture.flush(log);
    }

    private static void delete(Fixture fixture, PartitionLog log, long start) throws IOException {
        fixture.on(() -> {
            log.highWatermark(log.endOffset());
            log.advanceStartOffset(start);
        });
    }

    /** A batch whose answer was lost may come again after its record is deleted (seed 1002332). */
    @Test
    void whoWroteWhatIsDeletedIsKnownAfterAnyPowerCut() throws IOException {
        int gone = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = new Fixture(disk, DATA);
            PartitionLog log = fixture.open(CONFIG);
            fixture.append(log, Batches.idempotent(2, 1_000L, PRODUCER, 0));
            rollAndFlush(fixture, log);
            for (int i = 0; i < 4; i++) {
                fixture.append(log, Batches.plain(2, 1_000L));
                rollAndFlush(fixture, log);
            }
            disk.faultAt(disk.calls() + seed, SimDisk.Fault.POWER);
            try {
                delete(fixture, log, 6L);
                fixture.run();
                fixture.store().checkpointStarts(log.directory());
            } catch (SimDisk.PowerLoss e) {
                // at any step
            }
            PartitionLog again = fixture.afterPowerCut(disk, CONFIG);
            gone += again.segments().getFirst().baseOffset() > 0 ? 1 : 0;
            assertThat(again.producerStates().knows(PRODUCER)).as("seed %d", seed).isTrue();
        }
        assertThat(gone).as("logs whose records were gone").isBetween(SEEDS / 10, SEEDS - 1);
    }

    /** The leader tells it whom it cannot see any more (seed 3005331). */
    @Test
    void whoWroteWhatIsDeletedIsKnownWhereALogBeginsBehindIt() throws IOException {
        int begun = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            Fixture fixture = new Fixture(disk, DATA);
            PartitionLog log = fixture.open(CONFIG);
            fixture.append(log, Batches.idempotent(3, 1_000L, OTHER, 0));
            fixture.flush(log);
            disk.faultAt(disk.calls() + seed, SimDisk.Fault.POWER);
            boolean cut = false;
            try {
                Fixture.Outcome<Long> done = new Fixture.Outcome<>();
                fixture.on(() -> log.restartAt(90L, List.of(REMEMBERED), done));
                fixture.await(done);
                cut = true;
                assertThat(log.producerStates().below(90L)).containsExactly(REMEMBERED);
                fixture.append(log, Batches.plain(2, 1_000L));
                fixture.flush(log);
            } catch (SimDisk.PowerLoss e) {
                // at any step
            }
            PartitionLog again = fixture.afterPowerCut(disk, CONFIG);
            begun += cut ? 1 : 0;
            if (again.startOffset() == 90L) {
                assertThat(again.producerStates().below(90L))
                        .as("seed %d", seed)
                        .containsExactly(REMEMBERED);
            } else {
                assertThat(cut).as("seed %d: it began elsewhere", seed).isFalse();
            }
        }
        assertThat(begun).as("logs that began anew").isBetween(SEEDS / 10, SEEDS - 1);
    }

    /** A follower that has another record there has to hear it, or it follows no more (1052800). */
    @Test
    void anEpochBeginsWhereItsBatchDoesThatTheLogBeginsInside() throws IOException {
        Fixture fixture = new Fixture(new SimDisk(new Random(1)), DATA);
        PartitionLog log = fixture.open(CONFIG);
        fixture.on(() -> log.startEpoch(3));
        fixture.append(log, Batches.plain(2, 1_000L));
        fixture.on(() -> log.startEpoch(4));
        fixture.append(log, Batches.plain(3, 1_000L));
        fixture.flush(log);
        delete(fixture, log, 3L);
        assertThat(log.startOffset()).isEqualTo(3L);
        assertThat(log.endOfEpoch(3).endOffset()).isEqualTo(2L);
        assertThat(log.epochAt(3L)).isEqualTo(4);
    }
}
