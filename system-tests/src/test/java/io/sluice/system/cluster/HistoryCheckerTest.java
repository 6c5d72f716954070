package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Read;
import io.sluice.system.cluster.History.Send;
import io.sluice.system.cluster.History.Stored;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge is judged first: a good history passes, and one of each kind of bad ones does not. */
final class HistoryCheckerTest {

    private final History history = new History();
    private Map<Integer, List<Stored>> finalReads =
            Map.of(0, List.of(new Stored(0, 10), new Stored(1, 11), new Stored(2, 12)));

    /** Three sends one after the other, and a consumer that saw them; a broker was killed. */
    private void good() {
        history.fault("killed");
        send(10, 0, 1, Outcome.OK, 0);
        send(11, 2, 3, Outcome.OK, 1);
        send(12, 4, 5, Outcome.OK, 2);
        read(0, 10);
        read(1, 11);
        read(2, 12);
    }

    private void send(long value, long start, long end, Outcome outcome, long offset) {
        history.sent(new Send(1, 0, value, start, end, outcome, offset));
    }

    private void read(long offset, long value) {
        history.read(new Read(1, 0, offset, value));
    }

    private void hasViolation(String name) {
        assertThat(HistoryChecker.violations(history, finalReads))
                .anyMatch(violation -> violation.startsWith(name + ":"));
    }

    @Test
    void aGoodHistoryPasses() {
        good();
        send(20, 6, 7, Outcome.INFO, -1);
        send(21, 6, 7, Outcome.FAIL, -1);
        assertThat(HistoryChecker.violations(history, finalReads)).isEmpty();
    }

    @Test
    void whatWasAcknowledgedAndIsNotThereIsLost() {
        good();
        send(13, 6, 7, Outcome.OK, 3);
        hasViolation("lost");
    }

    @Test
    void whatLiesElsewhereIsInconsistent() {
        good();
        finalReads = Map.of(0, List.of(new Stored(0, 11), new Stored(1, 10), new Stored(2, 12)));
        hasViolation("inconsistent offset");
    }

    @Test
    void whatLiesTwiceIsADuplicate() {
        good();
        finalReads =
                Map.of(
                        0,
                        List.of(
                                new Stored(0, 10),
                                new Stored(1, 11),
                                new Stored(2, 12),
                                new Stored(3, 11)));
        hasViolation("duplicate");
    }

    @Test
    void aHoleIsOne() {
        good();
        finalReads = Map.of(0, List.of(new Stored(0, 10), new Stored(1, 11), new Stored(3, 12)));
        hasViolation("hole");
    }

    @Test
    void whatWasRefusedMustNotBeThere() {
        good();
        finalReads =
                Map.of(
                        0,
                        List.of(
                                new Stored(0, 10),
                                new Stored(1, 11),
                                new Stored(2, 12),
                                new Stored(3, 13)));
        send(13, 6, 7, Outcome.FAIL, -1);
        hasViolation("refused and stored");
    }

    @Test
    void whatWasReadMustStay() {
        good();
        read(3, 13);
        hasViolation("read and lost");
    }

    @Test
    void consumersGoNeitherBackNorAhead() {
        good();
        read(1, 11);
        hasViolation("went back");
        history.read(new Read(2, 0, 0, 10));
        history.read(new Read(2, 0, 2, 12));
        hasViolation("skipped");
    }

    @Test
    void aLaterSendLiesBehind() {
        history.fault("killed");
        send(11, 0, 1, Outcome.OK, 1);
        send(10, 2, 3, Outcome.OK, 0);
        hasViolation("out of order");
    }

    @Test
    void nothingProvesNothing() {
        finalReads = Map.of();
        assertThat(HistoryChecker.violations(history, finalReads))
                .hasSize(3)
                .allMatch(violation -> violation.startsWith("vacuous"));
    }
}
