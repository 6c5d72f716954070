package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.SmallDisk;
import io.sluice.system.network.Network;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers under faults of processes, disks and network, while idempotent and transactional
 * producers, readers and groups are at work; what they saw and what lies on the disks is judged.
 */
final class ClusterFaultsTest {

    /** More than none: the long form, all faults at random. */
    private static final int MINUTES = Integer.getInteger("sluice.cluster.minutes", 0);

    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final int MAX_HOLD_MS = 15_000;
    private static final int SMALL_MB = 128;
    private static final int SMALL_MB_A_MINUTE = 8;

    @TempDir Path home;

    private static void play(Path home, @Nullable Network network, List<Fault> faults)
            throws Exception {
        long seed = seed();
        try (FaultRun run = FaultRun.start(home, network, null, false, seed)) {
            for (Fault fault : faults) {
                run.strike(fault, SHORT);
                run.awaitWhole();
            }
            assertThat(run.judge()).as("seed %d, %s", seed, run.faults()).isEmpty();
        }
    }

    @Test
    void nothingIsLostOverPausesStormsAndWipedDisks() throws Exception {
        play(home, null, List.of(Fault.PAUSE, Fault.WIPE, Fault.STORM));
    }

    private @Nullable SmallDisk smallDisk() {
        Optional<SmallDisk> disk =
                SmallDisk.mount(FaultRun.smallDiskAt(home), SMALL_MB + SMALL_MB_A_MINUTE * MINUTES);
        if (disk.isEmpty()) {
            System.out.println("no full disks: no file system can be mounted here");
        }
        return disk.orElse(null);
    }

    private static long seed() {
        return Long.getLong("sluice.seed", System.nanoTime());
    }

    @Test
    void nothingIsLostOverFaultsOfTheNetwork() throws Exception {
        assumeNetwork();
        try (Network network = Network.create(3, seed())) {
            play(
                    home,
                    network,
                    List.of(Fault.CUT_LEADER, Fault.CUT_ONE_WAY, Fault.VANISH, Fault.FLAP));
        }
    }

    private static void assumeNetwork() {
        Optional<String> missing = Network.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
    }

    /** As {@code docs/testing.md} tells. */
    @Test
    void nothingIsLostOverHoursOfFaults() throws Exception {
        assumeTrue(MINUTES > 0, "the long form: -Dsluice.cluster.minutes=60");
        long seed = seed();
        System.out.println("sluice.seed=" + seed);
        Random random = new Random(seed);
        Optional<String> missing = Network.missing();
        missing.ifPresent(why -> System.out.println("no faults of the network: " + why));
        try (@Nullable Network network =
                        missing.isEmpty() ? Network.create(3, random.nextLong()) : null;
                @Nullable SmallDisk disk = smallDisk();
                FaultRun run = FaultRun.start(home, network, disk, true, random.nextLong())) {
            List<Fault> kinds = Fault.all(network != null, disk != null);
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            while (System.nanoTime() < end) {
                Fault fault = kinds.get(random.nextInt(kinds.size()));
                if (fault.takesADisk() || random.nextInt(3) == 0) {
                    run.awaitWhole(); // of three disks, one may be gone
                }
                run.strike(fault, Duration.ofMillis(random.nextInt(MAX_HOLD_MS)));
            }
            assertThat(run.judge()).as("seed %d, %s", seed, run.faults()).isEmpty();
        }
    }
}
