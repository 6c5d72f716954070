package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of a cluster keep what is promised of leaders and replicas (I-7, I-8, I-11,
 * I-12, I-13), and mistakes made on purpose are found by them.
 */
final class ClusterHistoryTest {

    private static final int SEEDS = Integer.getInteger("sluice.cluster.seeds", 300);

    @Test
    void everyHistoryKeepsThePromises() {
        long base = Long.getLong("sluice.cluster.base", new Random().nextLong());
        int elections = 0;
        for (int i = 0; i < SEEDS; i++) {
            ClusterHistory history = new ClusterHistory(base + i, Bug.NONE);
            try {
                history.run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + (base + i), e);
            }
            elections += history.elections();
        }
        assertThat(elections).isGreaterThan(SEEDS * 5);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyPlantedBugIsFound(Bug bug) {
        for (long seed = 0; seed < 1_000; seed++) {
            try {
                new ClusterHistory(seed, bug).run();
            } catch (AssertionError | IllegalStateException found) {
                return;
            }
        }
        throw new AssertionError(bug + " was not found");
    }
}
