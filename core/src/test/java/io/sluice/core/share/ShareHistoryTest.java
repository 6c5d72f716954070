package io.sluice.core.share;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random histories of one queue; I-22 to I-26 after every step, and an end for every record. */
class ShareHistoryTest {
    private static final int SEEDS = Integer.getInteger("sluice.share.seeds", 2_000);
    private static final int FIRST_SEED = Integer.getInteger("sluice.share.seed", 0);
    private static final int BUG_SEEDS = 1_000;

    @Test
    void everyHistoryKeepsTheInvariants() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            play(seed, ShareWorld.Bug.NONE);
        }
    }

    private static ShareWorld play(long seed, ShareWorld.Bug bug) {
        ShareWorld world = new ShareWorld(seed, bug);
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
    void historiesAreNotEmpty() {
        int accepted = 0;
        int failovers = 0;
        int refused = 0;
        int dead = 0;
        for (long seed = 0; seed < 100; seed++) {
            ShareWorld world = play(seed, ShareWorld.Bug.NONE);
            accepted += world.accepted();
            failovers += world.failovers();
            refused += world.lateRefused();
            dead += world.deadLetters();
        }
        assertThat(accepted).isGreaterThan(5_000);
        assertThat(failovers).isGreaterThan(300);
        assertThat(refused).isGreaterThan(300);
        assertThat(dead).isGreaterThan(300);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMistakeMadeOnPurposeIsFound(ShareWorld.Bug bug) {
        boolean found = false;
        for (long seed = 0; seed < BUG_SEEDS && !found; seed++) {
            try {
                new ShareWorld(seed, bug).run();
            } catch (AssertionError | RuntimeException e) {
                found = true;
            }
        }
        assertThat(found).as("%s within %d seeds", bug, BUG_SEEDS).isTrue();
    }
}
