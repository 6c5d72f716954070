package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the next start is told of the end of the last run (KIP-966). */
class CleanStopTest {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final TopicConfig CONFIG = Configs.DEFAULT.build();
    private static final long UNKNOWN = -1L;

    private final SimDisk disk = new SimDisk(new Random(1));

    private Fixture next() {
        return new Fixture(disk, A, B);
    }

    private void stopCleanly() throws IOException {
        Fixture fixture = next();
        fixture.open(CONFIG);
        fixture.close();
    }

    @Test
    void aCleanStopTellsTheNextStartAndNoOther() throws IOException {
        assertThat(next().store().stoppedEpoch()).as("never ran").isEqualTo(UNKNOWN);
        stopCleanly();
        Fixture second = next();
        assertThat(second.store().stoppedEpoch()).isEqualTo(Fixture.BROKER_EPOCH);
        second.kill();
        Fixture third = next();
        assertThat(third.store().stoppedEpoch()).isEqualTo(UNKNOWN);
    }

    @Test
    void theMarkerCountsForOneStartEvenIfThePowerGoes() throws IOException {
        stopCleanly();
        next().store();
        disk.crash();
        assertThat(next().store().stoppedEpoch()).isEqualTo(UNKNOWN);
    }

    @Test
    void aDirectoryWithoutAMarkerMakesTheStopUnclean() throws IOException {
        stopCleanly();
        CleanMarker.remove(disk, B);
        assertThat(next().store().stoppedEpoch()).isEqualTo(UNKNOWN);
    }

    @Test
    void directoriesThatTellOfDifferentRunsMakeItUnclean() throws IOException {
        stopCleanly();
        CleanMarker.write(disk, B, Fixture.BROKER_EPOCH - 1);
        assertThat(next().store().stoppedEpoch()).isEqualTo(UNKNOWN);
    }

    @Test
    void aMarkerWithoutAnEpochTellsNone() throws IOException {
        stopCleanly();
        TextFile.replace(disk, A.resolve(CleanMarker.FILE), "version=0\n");
        TextFile.replace(disk, B.resolve(CleanMarker.FILE), "version=0\n");
        assertThat(next().store().stoppedEpoch()).isEqualTo(UNKNOWN);
    }

    @Test
    void theFormIsKafkas() throws IOException {
        stopCleanly();
        String text =
                StandardCharsets.UTF_8
                        .decode(TextFile.bytes(disk, A.resolve(CleanMarker.FILE)))
                        .toString();
        assertThat(text.strip()).isEqualTo("{\"version\":0,\"brokerEpoch\":77}");
    }
}
