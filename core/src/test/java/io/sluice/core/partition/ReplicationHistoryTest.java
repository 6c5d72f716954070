package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.partition.ReplicationWorld.Bug;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of one partition's replicas, see {@link ReplicationWorld}. Bugs that history
 * knows, planted one at a time, are each found: so the checks see.
 */
class ReplicationHistoryTest {

    private static final int SEEDS = Integer.getInteger("sluice.replication.seeds", 1_000);
    private static final boolean VERBOSE = Boolean.getBoolean("sluice.replication.verbose");
    private static final int STEPS = 500;

    @Test
    void everyHistoryKeepsTheInvariants() {
        long acknowledged = 0;
        long epochs = 0;
        long inDoubt = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            ReplicationWorld world = run(seed, Bug.NONE);
            acknowledged += world.acknowledgedCount();
            epochs += world.leaderEpochs();
            inDoubt += world.inDoubt();
        }
        // Else the histories prove nothing.
        assertThat(acknowledged).isGreaterThan(3L * SEEDS);
        assertThat(epochs).isGreaterThan(3L * SEEDS);
        assertThat(inDoubt).isGreaterThan(3L * SEEDS);
    }

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(Bug bug) {
        for (long seed = 0; seed < 1_000; seed++) {
            try {
                run(seed, bug);
            } catch (AssertionError found) {
                if (VERBOSE) {
                    System.out.println(bug + ": " + found.getMessage());
                }
                return;
            }
        }
        throw new AssertionError(bug + " was not found");
    }

    private static ReplicationWorld run(long seed, Bug bug) {
        ReplicationWorld world = new ReplicationWorld(seed, bug);
        try {
            world.run(STEPS);
            world.heal();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", " + e.getMessage(), e);
        }
        return world;
    }
}
