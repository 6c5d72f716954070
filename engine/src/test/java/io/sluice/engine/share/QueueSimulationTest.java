package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random lives of queues on a broker, with a store, disks and leaders that fail: I-22 to I-26 after
 * every delivery, and an end for every record.
 */
class QueueSimulationTest {
    private static final int SEEDS = Integer.getInteger("sluice.queue.seeds", 100);
    private static final int FIRST_SEED = Integer.getInteger("sluice.queue.seed", 0);
    private static final int BUG_SEEDS = 100;

    private static QueueWorld play(long seed, WorldPlan.Bug bug) {
        QueueWorld world = new QueueWorld(seed, bug);
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
        int accepted = 0;
        int redelivered = 0;
        int refused = 0;
        int letters = 0;
        int thrownAway = 0;
        int ordered = 0;
        int ending = 0;
        int ordersChanged = 0;
        int asked = 0;
        int answered = 0;
        int notAnswers = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            QueueWorld world = play(seed, WorldPlan.Bug.NONE);
            crashes += world.crashes;
            accepted += world.accepted;
            redelivered += world.redelivered;
            refused += world.lateRefused;
            letters += world.letters;
            thrownAway += world.thrownAway;
            ordered += world.ordered;
            ending += world.ending;
            ordersChanged += world.ordersChanged;
            asked += world.questions.questions;
            answered += world.questions.settled;
            notAnswers += world.questions.refused;
        }
        assertThat(crashes).as("crashes").isGreaterThan(2 * SEEDS);
        assertThat(accepted).as("accepted").isGreaterThan(100 * SEEDS);
        assertThat(redelivered).as("redelivered").isGreaterThan(20 * SEEDS);
        assertThat(refused).as("refused").isGreaterThan(SEEDS);
        assertThat(letters).as("dead letters").isGreaterThan(SEEDS);
        assertThat(ordered).as("deliveries in the order of keys").isGreaterThan(20 * SEEDS);
        assertThat(ending).as("deliveries before an end").isGreaterThan(5 * SEEDS);
        assertThat(ordersChanged).as("changes of the order").isGreaterThan(SEEDS);
        assertThat(asked).as("questions").isGreaterThan(SEEDS);
        assertThat(answered).as("answers that count").isGreaterThan(SEEDS / 2);
        assertThat(notAnswers).as("answers that do not").isGreaterThan(SEEDS);
        assertThat(thrownAway).as("times that no queue was at work").isGreaterThan(SEEDS);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aMistakeMadeOnPurposeIsFound(WorldPlan.Bug bug) {
        boolean found = false;
        for (long seed = 0; seed < BUG_SEEDS && !found; seed++) {
            try {
                new QueueWorld(seed, bug).run();
            } catch (AssertionError | RuntimeException e) {
                found = true;
            }
        }
        assertThat(found).as("%s within %d seeds", bug, BUG_SEEDS).isTrue();
    }
}
