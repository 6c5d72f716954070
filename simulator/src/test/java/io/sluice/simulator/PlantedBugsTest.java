package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.world.Trace;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every mistake made on purpose is found, or the simulator's silence proves nothing. */
final class PlantedBugsTest {

    private static final int SEEDS = 1000;

    /** Seeds that found what others did not find soon; they are tried first, to save time. */
    private static final Map<Bug, Long> FOUND_BY =
            Map.of(
                    Bug.FENCE_FORGOTTEN,
                    115L,
                    Bug.OLD_TERM_COMMITTED,
                    67L,
                    Bug.FOLLOWER_COUNTED_BEFORE_ITS_FLUSH,
                    88L,
                    Bug.QUEUE_LEADER_NOT_FENCED,
                    88L,
                    Bug.TOPICS_KNOWN_BY_NAME,
                    75L,
                    Bug.DAMAGE_SERVED,
                    170L,
                    Bug.PAUSES_FORGOTTEN,
                    33L);

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isFound(Bug bug) {
        Long before = FOUND_BY.get(bug);
        if (before != null && !isSilent(bug, before)) {
            return;
        }
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
