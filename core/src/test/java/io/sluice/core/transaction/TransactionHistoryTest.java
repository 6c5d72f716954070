package io.sluice.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.transaction.TransactionHistory.Bug;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories keep what is promised of transactions (I-15 to I-17), and mistakes made on
 * purpose are found by them.
 */
class TransactionHistoryTest {

    private static final int SEEDS = Integer.getInteger("sluice.transaction.seeds", 3_000);

    @Test
    void everyHistoryKeepsThePromises() {
        long base = new Random().nextLong();
        int committed = 0;
        for (int i = 0; i < SEEDS; i++) {
            TransactionHistory history = new TransactionHistory(base + i, Bug.NONE);
            try {
                history.run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + (base + i), e);
            }
            committed += history.committed();
        }
        assertThat(committed).isGreaterThan(SEEDS);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyPlantedBugIsFound(Bug bug) {
        for (long seed = 0; seed < 3_000; seed++) {
            try {
                new TransactionHistory(seed, bug).run();
            } catch (AssertionError | IllegalStateException found) {
                return;
            }
        }
        throw new AssertionError(bug + " was not found");
    }
}
