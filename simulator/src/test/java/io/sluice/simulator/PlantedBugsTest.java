package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.world.Trace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every mistake made on purpose is found, or the simulator's silence proves nothing. */
final class PlantedBugsTest {

    private static final int SEEDS = 1000;

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isFound(Bug bug) {
        long seed = 1;
        while (seed <= SEEDS && isSilent(bug, seed)) {
            seed++;
        }
        assertThat(seed).as("the seed that finds %s", bug).isLessThanOrEqualTo(SEEDS);
    }

    private static boolean isSilent(Bug bug, long seed) {
        return Simulation.run(seed, bug, new Trace()).violation() == null;
    }
}
