package io.sluice.core.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Random histories of one queue; I-22 to I-26 after every step, and an end for every record. */
class ShareHistoryTest {
    private static final int SEEDS = Integer.getInteger("sluice.share.seeds", 2_000);
    private static final int FIRST_SEED = Integer.getInteger("sluice.share.seed", 0);
    private static final int BUG_SEEDS = 1_000;
    private static final int PAIR_SEEDS = Integer.getInteger("sluice.share.pair.seeds", 200);

    @Test
    void everyHistoryKeepsTheInvariants() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            play(seed, PlantedBug.NONE);
        }
    }

    private static ShareWorld play(long seed, PlantedBug bug) {
        ShareWorld world = new ShareWorld(seed, bug);
        run(seed, world);
        return world;
    }

    private static void run(long seed, ShareWorld world) {
        try {
            world.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed %d, step %d: %s; %s".formatted(seed, world.step(), e.getMessage(), world),
                    e);
        }
    }

    /** Delay until a time, priority, order by key, retry, time to live, asking: each with each. */
    @ParameterizedTest
    @MethodSource("pairs")
    void everyTwoFeaturesWorkTogether(Feature one, Feature other) {
        int together = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + PAIR_SEEDS; seed++) {
            ShareWorld world = new ShareWorld(seed, EnumSet.of(one, other));
            run(seed, world);
            together += world.together();
        }
        assertThat(together)
                .as("deliveries of records with %s and %s", one, other)
                .isGreaterThan(PAIR_SEEDS / 2);
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Feature.values())
                .flatMap(one ->
                        Stream.of(Feature.values())
                                .filter(other -> one.compareTo(other) < 0)
                                .map(other -> Arguments.of(one, other)));
    }

    @Test
    void historiesAreNotEmpty() {
        int accepted = 0;
        int failovers = 0;
        int refused = 0;
        int dead = 0;
        int replayed = 0;
        int answered = 0;
        int stale = 0;
        for (long seed = 0; seed < 100; seed++) {
            ShareWorld world = play(seed, PlantedBug.NONE);
            accepted += world.accepted();
            failovers += world.failovers();
            refused += world.lateRefused();
            dead += world.deadLetters();
            replayed += world.replayed();
            answered += world.questions().settled();
            stale += world.questions().stale();
        }
        assertThat(accepted).isGreaterThan(5_000);
        assertThat(failovers).isGreaterThan(300);
        assertThat(refused).isGreaterThan(300);
        assertThat(dead).isGreaterThan(300);
        assertThat(replayed).isGreaterThan(100);
        assertThat(answered).isGreaterThan(100);
        assertThat(stale).isGreaterThan(100);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMistakeMadeOnPurposeIsFound(PlantedBug bug) {
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
