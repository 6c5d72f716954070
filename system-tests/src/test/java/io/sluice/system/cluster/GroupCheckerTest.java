package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.cluster.GroupHistory.Committed;
import io.sluice.system.cluster.GroupHistory.Delivered;
import io.sluice.system.cluster.GroupHistory.Found;
import io.sluice.system.cluster.GroupHistory.Owned;
import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Stored;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge of groups sees one of each kind of mistake, and lets a good history pass. */
final class GroupCheckerTest {

    private final GroupHistory history = new GroupHistory();
    private final Map<Integer, List<Stored>> finalReads =
            Map.of(0, List.of(new Stored(0, 10), new Stored(1, 11), new Stored(2, 12)));

    /** Member 1 reads two records and leaves; member 2 goes on. */
    private void good() {
        history.owned(new Owned(1, 1, 0));
        history.found(new Found(1, 0, -1, 0, 1));
        deliver(0);
        deliver(1);
        commit(1, 2, 2, 3, Outcome.OK);
        history.owned(new Owned(2, 2, 0));
        history.found(new Found(2, 0, 2, 4, 5));
        deliver(2);
        commit(2, 3, 6, 7, Outcome.OK);
    }

    private void deliver(long offset) {
        history.delivered(new Delivered(0, offset));
    }

    private void commit(int member, long offset, long start, long end, Outcome outcome) {
        history.committed(new Committed(member, 0, offset, start, end, outcome));
    }

    private void hasViolation(String name) {
        assertThat(GroupChecker.violations(history, finalReads))
                .anyMatch(violation -> violation.startsWith(name + ":"));
    }

    @Test
    void aGoodHistoryPasses() {
        good();
        assertThat(GroupChecker.violations(history, finalReads)).isEmpty();
    }

    @Test
    void inOneGenerationAPartitionHasOneOwner() {
        good();
        history.owned(new Owned(3, 2, 0));
        hasViolation("two owners");
    }

    @Test
    void whatWasCommittedIsNotFoundEarlier() {
        good();
        history.found(new Found(3, 0, 2, 8, 9));
        hasViolation("committed offset went back");
    }

    @Test
    void whatWasCommittedIsNotForgotten() {
        good();
        history.found(new Found(3, 0, -1, 8, 9));
        hasViolation("committed offset went back");
    }

    @Test
    void aCommitOfWhichNobodyKnowsMayComeLate() {
        good();
        commit(1, 2, 2, 3, Outcome.INFO);
        history.found(new Found(3, 0, 2, 8, 9));
        assertThat(GroupChecker.violations(history, finalReads)).isEmpty();
    }

    @Test
    void whatWasPassedOverWasSeen() {
        history.owned(new Owned(1, 1, 0));
        deliver(0);
        deliver(2);
        commit(1, 3, 2, 3, Outcome.OK);
        hasViolation("unseen");
    }

    @Test
    void nothingProvesNothing() {
        assertThat(GroupChecker.violations(history, finalReads))
                .hasSize(3)
                .allMatch(violation -> violation.startsWith("vacuous"));
    }
}
