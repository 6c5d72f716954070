package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.world.Trace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeds that every build plays; {@code -Dsluice.simulation.seeds=10000} for more. */
final class SimulationTest {

    private static final long SEEDS = Long.getLong("sluice.simulation.seeds", 60L);
    private static final long FIRST_SEED = Long.getLong("sluice.simulation.seed", 1L);

    /** One seed of so many is played twice. */
    private static final int TWICE = 100;

    /** One in twenty at most. */
    private static int empty(long seeds) {
        return (int) seeds / 20;
    }

    /** As long as the plan stays as it is they play what they found ({@code docs/testing.md}). */
    @ParameterizedTest
    @ValueSource(longs = {730415, 732611, 733767, 740274, 741446, 742856, 800686, 803011, 803200})
    void aSeedThatFailedOncePasses(long seed) {
        Simulation.Result result = Simulation.run(seed, Bug.NONE, new Trace());
        assertThat(result.violation()).as(result.summary()).isNull();
    }

    @Test
    void holdsWhatItPromisesUnderFaults() {
        Coverage coverage = new Coverage();
        int empty = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, Bug.NONE, new Trace());
            if (result.violation() != null) {
                throw new AssertionError(
                        result.summary() + "; bin/sluice-sim --seed " + seed, result.violation());
            }
            coverage.add(result.coverage());
            empty += result.empty() ? 1 : 0;
            if (seed % TWICE == 0) {
                Simulation.Result again = Simulation.run(seed, Bug.NONE, new Trace());
                assertThat(again.hash())
                        .as("the trace of seed %d, played twice", seed)
                        .isEqualTo(result.hash());
            }
        }
        assertThat(empty).as("runs in which nobody felt a fault").isLessThanOrEqualTo(empty(SEEDS));
        assertThat(coverage.of("batches acknowledged")).isGreaterThan(50 * SEEDS);
    }
}
