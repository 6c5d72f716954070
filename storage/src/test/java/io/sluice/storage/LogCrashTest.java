package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A log on a disk that loses, tears and reorders what was not flushed, cut off at a random call of
 * append, roll, flush, retention, truncation, compaction, move or checkpoint, again and again.
 * After every crash it must hold everything flushed, byte for byte, and end without a hole (I-1 to
 * I-3, I-6); a compacted one the newest value of every key (I-5). Transactions are open that were,
 * and the records of those that were aborted are told to readers, and no others (I-15). Messages
 * that wait are there, and a schedule is told of them (I-27).
 */
final class LogCrashTest {

    private static final int SEEDS = Integer.getInteger("sluice.crash.seeds", 1500);
    private static final long FIRST_SEED = Long.getLong("sluice.crash.seed", 1L);

    @Test
    void holdsEverythingFlushedOverAnyCrash() {
        int hits = 0;
        int compactedAway = 0;
        int markersGone = 0;
        int aborts = 0;
        int waiting = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            try {
                LogHistory history = new LogHistory(seed, UnaryOperator.identity());
                hits += history.play();
                compactedAway += history.compactedAway();
                markersGone += history.markersGone();
                aborts += history.aborts();
                waiting += history.waiting();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e, e);
            }
        }
        assertThat(hits).as("faults that were met").isGreaterThan(SEEDS);
        assertThat(compactedAway).as("batches compacted away").isGreaterThan(SEEDS / 10);
        assertThat(markersGone).as("markers compacted away").isGreaterThan(SEEDS / 100);
        assertThat(waiting).as("messages that wait").isGreaterThan(SEEDS);
        assertThat(aborts).as("aborted transactions").isGreaterThan(SEEDS);
    }
}
