package io.sluice.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random lives of a partition where messages wait: I-27 all along, and an end for every message.
 */
class ScheduleSimulationTest {
    private static final int SEEDS = Integer.getInteger("sluice.schedule.seeds", 100);
    private static final int FIRST_SEED = Integer.getInteger("sluice.schedule.seed", 0);
    private static final int BUG_SEEDS = 100;

    private static ScheduleWorld play(long seed, ScheduleWorld.Bug bug) {
        ScheduleWorld world = new ScheduleWorld(seed, bug);
        try {
            world.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed %d, step %d: %s; %s".formatted(seed, world.step(), e.getMessage(), world),
                    e);
        }
        return world;
    }

    @Test
    void everyLifeKeepsTheInvariants() {
        int crashes = 0;
        int delivered = 0;
        int cancelled = 0;
        int carried = 0;
        int aborted = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            ScheduleWorld world = play(seed, ScheduleWorld.Bug.NONE);
            crashes += world.crashes + world.failovers;
            delivered += world.delivered;
            cancelled += world.cancelled;
            carried += world.carried;
            aborted += world.aborted;
        }
        assertThat(crashes).as("crashes and failovers").isGreaterThan(5 * SEEDS);
        assertThat(delivered).as("delivered").isGreaterThan(50 * SEEDS);
        assertThat(cancelled).as("cancelled").isGreaterThan(3 * SEEDS);
        assertThat(carried).as("carried").isGreaterThan(3 * SEEDS);
        assertThat(aborted).as("aborted").isGreaterThan(SEEDS);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMistakeMadeOnPurposeIsFound(ScheduleWorld.Bug bug) {
        boolean found = false;
        for (long seed = 0; seed < BUG_SEEDS && !found; seed++) {
            try {
                new ScheduleWorld(seed, bug).run();
            } catch (AssertionError | RuntimeException e) {
                found = true;
            }
        }
        assertThat(found).as("%s within %d seeds", bug, BUG_SEEDS).isTrue();
    }
}
