package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Stored;
import io.sluice.system.cluster.TransactionHistory.Read;
import io.sluice.system.cluster.TransactionHistory.Transaction;
import io.sluice.system.cluster.TransactionHistory.Written;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge of transactions sees one of each kind of mistake, and lets a good history pass. */
final class TransactionCheckerTest {

    private final TransactionHistory history = new TransactionHistory();
    private Map<Integer, List<Stored>> finalReads =
            Map.of(
                    0, List.of(new Stored(0, 10), new Stored(3, 12)),
                    1, List.of(new Stored(0, 11)));

    /** Values 10 and 11 in one transaction, 12 in another; 20 is aborted; markers between. */
    private void good() {
        ended(Outcome.OK, 5, new Written(0, 10), new Written(1, 11));
        ended(Outcome.OK, 8, new Written(0, 12));
        ended(Outcome.FAIL, Transaction.NEVER, new Written(0, 20));
        read(0, 0, 10, 6);
        read(1, 0, 11, 7);
        read(0, 3, 12, 9);
    }

    private void ended(Outcome outcome, long endNanos, Written... written) {
        history.ended(new Transaction(1, List.of(written), endNanos, outcome));
    }

    private void read(int partition, long offset, long value, long nanos) {
        history.read(new Read(1, partition, offset, value, nanos));
    }

    private void hasViolation(String name) {
        assertThat(TransactionChecker.violations(history, finalReads))
                .anyMatch(violation -> violation.startsWith(name + ":"));
    }

    @Test
    void aGoodHistoryPasses() {
        good();
        ended(Outcome.INFO, 9, new Written(0, 30), new Written(1, 31));
        assertThat(TransactionChecker.violations(history, finalReads)).isEmpty();
    }

    @Test
    void whatWasCommittedIsThere() {
        good();
        ended(Outcome.OK, 9, new Written(0, 30));
        hasViolation("lost transaction");
    }

    @Test
    void whatWasAbortedIsNot() {
        good();
        ended(Outcome.FAIL, Transaction.NEVER, new Written(1, 11));
        hasViolation("aborted and visible");
    }

    @Test
    void ofATransactionThereIsAllOrNothing() {
        good();
        ended(Outcome.INFO, 9, new Written(0, 10), new Written(1, 40));
        hasViolation("torn");
    }

    @Test
    void whatReadersSawStaysCommitted() {
        good();
        read(0, 4, 20, 10);
        hasViolation("read and not committed");
    }

    @Test
    void nobodyReadsBeforeTheCommitWasAskedFor() {
        good();
        history.read(new Read(2, 0, 0, 10, 4));
        hasViolation("dirty read");
    }

    @Test
    void readersGoNeitherBackNorAhead() {
        good();
        read(0, 0, 10, 11);
        hasViolation("went back");
        finalReads =
                Map.of(
                        0, List.of(new Stored(0, 10), new Stored(1, 13), new Stored(3, 12)),
                        1, List.of(new Stored(0, 11)));
        hasViolation("skipped");
    }

    @Test
    void whatLiesTwiceIsADuplicate() {
        good();
        finalReads =
                Map.of(
                        0, List.of(new Stored(0, 10), new Stored(3, 12)),
                        1, List.of(new Stored(0, 11), new Stored(2, 12)));
        hasViolation("duplicate");
    }

    @Test
    void aProducersRecordsLieInItsOrder() {
        good();
        finalReads =
                Map.of(
                        0, List.of(new Stored(0, 12), new Stored(3, 10)),
                        1, List.of(new Stored(0, 11)));
        hasViolation("out of order");
    }

    @Test
    void nothingProvesNothing() {
        assertThat(TransactionChecker.violations(history, Map.of()))
                .hasSize(3)
                .allMatch(violation -> violation.startsWith("vacuous"));
    }
}
