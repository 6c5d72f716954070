package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.SimDisk;
import io.sluice.engine.log.LogStore.Replica;
import io.sluice.engine.log.ReplicaLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Logs on disk that are not this broker's any more. */
class StrayLogsTest {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final TopicConfig CONFIG = Configs.DEFAULT.build();
    private static final TopicPartition T1 = new TopicPartition("orders", 1);
    private static final Set<Replica> ONE = Set.of(new Replica(Fixture.TOPIC, 1));

    private SimDisk disk = new SimDisk(new Random(1));

    /** Two logs with three records each, of a process that was killed. */
    private void written() throws IOException {
        Fixture fixture = new Fixture(disk, A, B);
        for (TopicPartition partition : new TopicPartition[] {Fixture.T0, T1}) {
            PartitionLog log = fixture.open(partition, CONFIG);
            fixture.append(log, Batches.plain(3, 1L));
            assertThat(fixture.flush(log)).isEqualTo(3);
        }
        fixture.kill();
    }

    private boolean isThere(TopicPartition partition) throws IOException {
        return disk.isDirectory(A.resolve(partition.toString()))
                || disk.isDirectory(B.resolve(partition.toString()));
    }

    @Test
    void theReplicaThatMovedAwayGoesAndItsNeighbourStays() throws IOException {
        written();
        Fixture fixture = new Fixture(disk, A, B);
        fixture.store().deleteStrays(ONE);
        fixture.run();
        assertThat(isThere(Fixture.T0)).isFalse();
        assertThat(fixture.open(T1, CONFIG).endOffset()).isEqualTo(3);
        assertThat(fixture.open(Fixture.T0, CONFIG).endOffset()).as("moved here again").isZero();
        fixture.close();
        Fixture next = new Fixture(disk, A, B);
        assertThat(next.open(Fixture.T0, CONFIG).endOffset()).isZero();
    }

    @Test
    void whatIsOpenOrAboutToBeStays() throws IOException {
        written();
        Fixture fixture = new Fixture(disk, A, B);
        assertThat(fixture.open(Fixture.T0, CONFIG).endOffset()).isEqualTo(3);
        Fixture.Outcome<ReplicaLog> opening = new Fixture.Outcome<>();
        fixture.store().open(T1, Fixture.TOPIC, Uuid.ZERO, CONFIG, fixture.loop, opening);
        fixture.store().deleteStrays(Set.of());
        fixture.run();
        assertThat(fixture.await(opening).endOffset()).isEqualTo(3);
        assertThat(isThere(Fixture.T0)).isTrue();
        assertThat(isThere(T1)).isTrue();
    }

    @Test
    void aReplicaThatComesBackWhileItGoesIsEmptyAndServes() throws IOException {
        written();
        Fixture fixture = new Fixture(disk, A, B);
        fixture.store().deleteStrays(ONE);
        assertThat(fixture.open(Fixture.T0, CONFIG).endOffset()).isZero();
        assertThat(fixture.failures).isEmpty();
    }

    /** Whatever the power left of the deletion, the log is whole or gone. */
    @Test
    void aPowerCutAtAnyStepLeavesALogThatOpens() throws IOException {
        int cuts = 0;
        boolean through = false;
        while (!through) {
            disk = new SimDisk(new Random(cuts));
            written();
            Fixture fixture = new Fixture(disk, A, B);
            fixture.store();
            fixture.run();
            disk.faultAt(disk.calls() + 1 + cuts, SimDisk.Fault.POWER);
            try {
                fixture.store().deleteStrays(ONE);
                fixture.run();
                through = true;
            } catch (SimDisk.PowerLoss e) {
                cuts++;
            }
            disk.crash();
            disk.repair();
            Fixture next = new Fixture(disk, A, B);
            assertThat(next.open(Fixture.T0, CONFIG).endOffset()).as("cut %d", cuts).isIn(0L, 3L);
            assertThat(next.open(T1, CONFIG).endOffset()).isEqualTo(3);
            assertThat(next.failures).isEmpty();
        }
        assertThat(cuts).as("steps").isGreaterThan(3);
    }
}
