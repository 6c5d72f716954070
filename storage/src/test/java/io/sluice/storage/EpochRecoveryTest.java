package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.config.TopicConfig;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What recovery finds behind the last flush counts as durable from then on, its epochs too. */
final class EpochRecoveryTest {

    private static final TopicConfig CONFIG = Configs.segments(1_000).build();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void epochsThatRecoveryFoundOutliveTheNextCrash(long seed) throws IOException {
        SimDisk disk = new SimDisk(new Random(seed));
        Fixture fixture = new Fixture(disk, Path.of("/disks/a"));
        PartitionLog log = fixture.open(CONFIG);
        begin(fixture, log, 0);
        fixture.append(log, Batches.plain(2, 1_000L));
        fixture.flush(log);
        begin(fixture, log, 3);
        fixture.append(log, Batches.plain(2, 2_000L));
        // The records reach the device, the file that tells their epoch does not.
        disk.faultAt(disk.calls() + 1, SimDisk.Fault.WRITE_FAILS);
        assertThatThrownBy(() -> fixture.flush(log)).isInstanceOf(IOException.class);
        for (int life = 0; life < 3; life++) {
            fixture.kill();
            disk.crash();
            PartitionLog again = fixture.open(CONFIG);
            assertThat(again.endOffset()).isEqualTo(4L);
            assertThat(again.epochAt(1L)).isZero();
            assertThat(again.epochAt(2L)).isEqualTo(3);
        }
    }

    private static void begin(Fixture fixture, PartitionLog log, int epoch) throws IOException {
        fixture.on(() -> log.startEpoch(epoch));
    }
}
