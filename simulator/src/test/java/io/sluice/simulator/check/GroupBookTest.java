package io.sluice.simulator.check;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.world.Violation;
import org.junit.jupiter.api.Test;

/** Whose a partition is, by what members were told and when. */
final class GroupBookTest {

    private static final TopicPartition JOBS = new TopicPartition("jobs", 1);

    private final GroupBook book = new GroupBook();

    /** Seed 733767: it went while the answer was on its way. */
    @Test
    void aLateAnswerOfAnEarlierEpochTakesNothingAway() {
        book.holds("new", JOBS, 6);
        book.holds("gone", JOBS, 5);
        book.commits("new", JOBS, 6, 31L).accepted();
    }

    @Test
    void whoWasPassedOverCommitsNothing() {
        book.holds("old", JOBS, 5);
        book.holds("new", JOBS, 6);
        GroupBook.Commit late = book.commits("old", JOBS, 5, 31L);
        assertThatThrownBy(late::accepted).isInstanceOf(Violation.class);
    }

    @Test
    void aLateAnswerGivesNoRightToCommit() {
        book.holds("new", JOBS, 6);
        book.holds("gone", JOBS, 5);
        GroupBook.Commit late = book.commits("gone", JOBS, 5, 31L);
        assertThatThrownBy(late::accepted).isInstanceOf(Violation.class);
    }

    /**
     * Seed 2004797: sent again without an answer, and the first one came after all that followed.
     */
    @Test
    void whatWasSentTwiceMayComeTwice() {
        book.holds("one", JOBS, 5);
        book.commits("one", JOBS, 5, 31L);
        book.commits("one", JOBS, 5, 31L).accepted();
        book.commits("one", JOBS, 5, 32L).accepted();
        book.read("one", JOBS, 31L, 32L);
    }

    @Test
    void whatWasCommittedIsTold() {
        book.holds("one", JOBS, 5);
        book.commits("one", JOBS, 5, 31L).accepted();
        book.commits("one", JOBS, 5, 32L).accepted();
        assertThatThrownBy(() -> book.read("one", JOBS, 31L, 32L)).isInstanceOf(Violation.class);
    }

    @Test
    void inOneEpochAPartitionHasOneMember() {
        book.holds("one", JOBS, 6);
        assertThatThrownBy(() -> book.holds("other", JOBS, 6)).isInstanceOf(Violation.class);
    }
}
