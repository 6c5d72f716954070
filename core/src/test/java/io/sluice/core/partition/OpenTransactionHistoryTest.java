package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Random histories of transactions over several partitions, with clients of both versions, zombies,
 * coordinators that fail over, and messages that come late, twice or never. Checks I-14 to I-16b
 * after every step, and that no transaction hangs once every marker has arrived (I-17).
 */
class OpenTransactionHistoryTest {

    private static final int SEEDS = Integer.getInteger("sluice.partition.seeds", 4_000);

    @Test
    void everyHistoryKeepsTheInvariants() {
        for (long seed = 0; seed < SEEDS; seed++) {
            TransactionWorld world = new TransactionWorld(seed);
            try {
                world.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", step " + world.step(), e);
            }
        }
    }

    @Test
    void historiesAreNotEmpty() {
        int committed = 0;
        int aborted = 0;
        int refused = 0;
        for (long seed = 0; seed < 200; seed++) {
            TransactionWorld world = new TransactionWorld(seed);
            world.run();
            committed += world.ended(true);
            aborted += world.ended(false);
            refused += world.refused();
        }
        assertThat(committed).isGreaterThan(300);
        assertThat(aborted).isGreaterThan(300);
        assertThat(refused).isGreaterThan(100);
    }
}
