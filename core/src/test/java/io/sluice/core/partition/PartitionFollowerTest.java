package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.PartitionFollower.Answer;
import io.sluice.core.partition.PartitionFollower.Input;
import io.sluice.core.partition.PartitionFollower.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A follower, rule by rule. It begins with ten records: 0 to 5 of epoch 1, 6 to 9 of epoch 3. */
class PartitionFollowerTest {

    private static final ReplicaPolicy COMMIT = new ReplicaPolicy(true, Long.MAX_VALUE, 1);

    private final List<BatchHeader> log = new ArrayList<>();
    private long heldBackTo = Long.MAX_VALUE;
    private final List<String> effects = new ArrayList<>();
    private final ProducerStates producers = new ProducerStates();
    private final Recorder recorder = new Recorder();
    private PartitionFollower follower =
            new PartitionFollower(producers, recorder, COMMIT, 0, 0, 0, 0, 0);

    @BeforeEach
    void follows() {
        log.addAll(List.of(batch(0, 6, 1), batch(6, 4, 3)));
        follower = new PartitionFollower(producers, recorder, COMMIT, 0L, 10L, 8L, 5L, 0L);
        step(new Input.BecomeFollower(2, 7));
        effects.clear();
    }

    private static BatchHeader batch(long offset, int records, int epoch) {
        return Headers.plain(records).at(offset, epoch);
    }

    private void step(Input input) {
        follower.step(input, recorder);
    }

    private Question question() {
        return Objects.requireNonNull(follower.question());
    }

    /** The question as it is now, asked in that epoch and at that offset. */
    private Question asked(int epoch, long offset) {
        Question now = question();
        return new Question(2, epoch, offset, now.lastEpoch(), now.durableEnd(), now.logStart());
    }

    private void answer(int epoch, long offset, long highWatermark, BatchHeader... batches) {
        step(
                new Input.Fetched(
                        new Answer(
                                asked(epoch, offset),
                                ErrorCode.NONE,
                                highWatermark,
                                0L,
                                -1,
                                -1L,
                                List.of(batches))));
    }

    private void diverges(int epoch, long end) {
        diverges(question(), epoch, end);
    }

    private void diverges(Question asked, int epoch, long end) {
        step(new Input.Fetched(new Answer(asked, ErrorCode.NONE, 0L, 0L, epoch, end, List.of())));
    }

    private void outOfRange(long leadersStart) {
        step(
                new Input.Fetched(
                        new Answer(
                                question(),
                                ErrorCode.OFFSET_OUT_OF_RANGE,
                                -1L,
                                leadersStart,
                                -1,
                                -1L,
                                List.of())));
    }

    @Test
    void asksFromTheEndWithTheEpochOfTheLastRecordAndTellsWhatIsDurable() { // KIP-595
        assertThat(question()).isEqualTo(new Question(2, 7, 10L, 3, 8L, 0L));
    }

    @Test
    void storesBatchesAsTheyAreAndLearnsTheHighWatermark() {
        answer(7, 10L, 12L, batch(10, 1, 3), batch(11, 3, 7));
        assertThat(log).extracting(BatchHeader::leaderEpoch).containsExactly(1, 3, 3, 7);
        assertThat(follower.highWatermark()).isEqualTo(12L);
        assertThat(question()).isEqualTo(new Question(2, 7, 14L, 7, 8L, 0L));
        assertThat(effects).containsExactly("append 2", "flush", "ask");
        step(new Input.Flushed(14L));
        assertThat(effects).endsWith("tell");
        assertThat(question().durableEnd()).isEqualTo(14L);
    }

    @Test
    void theHighWatermarkIsNeverAboveTheLogNorGoesBack() {
        answer(7, 10L, 99L);
        assertThat(follower.highWatermark()).isEqualTo(10L);
        answer(7, 10L, 4L);
        assertThat(follower.highWatermark()).isEqualTo(10L);
    }

    @Test
    void anAnswerOfAnotherEpochOrOffsetChangesNothing() { // KIP-320
        answer(6, 10L, 10L, batch(10, 1, 6));
        answer(7, 9L, 10L, batch(9, 1, 7));
        assertThat(effects).isEmpty();
        step(new Input.BecomeFollower(3, 6)); // late
        assertThat(question().leader()).isEqualTo(2);
    }

    @Test
    void cutsWhereTheEpochEndedAtTheLeader() { // KIP-101: not at the high watermark, 5
        diverges(3, 7L);
        assertThat(effects).containsExactly("truncate 7");
        assertThat(follower.question()).isNull();
        assertThat(follower.isCutting()).isTrue();
        step(new Input.Cut(0L, 6L, 6L));
        assertThat(question()).isEqualTo(new Question(2, 7, 6L, 1, 6L, 0L));
    }

    /** Simulator, seed 800686: two requests were under way when the log was cut. */
    @Test
    void aLateAnswerDoesNotCutWhatWasFetchedInThePlaceOfWhatWasCut() { // KIP-320
        Question first = question();
        diverges(3, 7L);
        log.removeLast();
        log.add(batch(6, 1, 3));
        step(new Input.Cut(0L, 7L, 7L));
        answer(7, 7L, 10L, batch(7, 3, 5));
        assertThat(question().fetchOffset()).isEqualTo(first.fetchOffset());
        effects.clear();
        diverges(first, 3, 7L);
        assertThat(effects).isEmpty();
        assertThat(follower.highWatermark()).isEqualTo(10L);
    }

    @Test
    void cutsAnEpochThatTheLeaderNeverHad() { // KIP-279: epoch 2 is unknown here, 3 is foreign
        diverges(2, 9L);
        assertThat(effects).containsExactly("truncate 6");
        step(new Input.Cut(0L, 6L, 6L));
        diverges(1, 4L); // and again, until both agree
        assertThat(effects).endsWith("truncate 4");
    }

    @Test
    void beginsAnewWhenTheLeaderHasForgottenWhatComesNext() {
        outOfRange(50L);
        assertThat(effects).containsExactly("restart 50");
        step(new Input.Cut(50L, 50L, 50L));
        assertThat(question()).isEqualTo(new Question(2, 7, 50L, -1, 50L, 50L));
        assertThat(follower.highWatermark()).isEqualTo(50L);
    }

    @Test
    void neverDropsALogThatIsNotBehind() {
        outOfRange(5L);
        assertThat(effects).containsExactly("later OFFSET_OUT_OF_RANGE");
        assertThat(question().fetchOffset()).isEqualTo(10L);
    }

    @Test
    void anEmptyLogBeginsWhereTheLeadersFirstBatchDoes() { // DeleteRecords to 52, inside 50 to 54
        outOfRange(52L);
        step(new Input.Cut(52L, 52L, 52L));
        answer(7, 52L, 60L, batch(50, 5, 7));
        assertThat(effects).endsWith("restart 50");
        step(new Input.Cut(50L, 50L, 50L));
        assertThat(question().fetchOffset()).isEqualTo(52L);
        log.clear();
        answer(7, 52L, 60L, batch(50, 5, 7));
        assertThat(question().fetchOffset()).isEqualTo(55L);
    }

    @Test
    void theStartFollowsTheLeaders() {
        step(
                new Input.Fetched(
                        new Answer(question(), ErrorCode.NONE, 10L, 3L, -1, -1L, List.of())));
        assertThat(effects).containsExactly("start 3", "ask");
        assertThat(follower.logStart()).isEqualTo(3L);
    }

    @Test
    void aStartThatIsHeldBackIsNotTakenForTheLeaders() {
        heldBackTo = 2L;
        step(
                new Input.Fetched(
                        new Answer(question(), ErrorCode.NONE, 10L, 3L, -1, -1L, List.of())));
        assertThat(follower.logStart()).isEqualTo(2L);
        step(new Input.StartMoved(3L));
        assertThat(follower.logStart()).isEqualTo(3L);
    }

    @Test
    void aLeaderThatIsNotReadyIsAskedLater() {
        step(
                new Input.Fetched(
                        new Answer(
                                question(),
                                ErrorCode.UNKNOWN_LEADER_EPOCH,
                                -1L,
                                -1L,
                                -1,
                                -1L,
                                List.of())));
        assertThat(effects).containsExactly("later UNKNOWN_LEADER_EPOCH");
    }

    @Test
    void batchesThatCannotFollowAreNotStored() {
        answer(7, 10L, 10L, batch(9, 2, 7));
        answer(7, 10L, 10L, batch(10, 2, 2));
        answer(7, 10L, 10L, batch(10, 2, 8));
        assertThat(effects)
                .containsExactly(
                        "later CORRUPT_MESSAGE", "later CORRUPT_MESSAGE", "later CORRUPT_MESSAGE");
        answer(7, 10L, 10L, batch(12, 2, 7)); // compaction leaves gaps
        assertThat(follower.logEnd()).isEqualTo(14L);
    }

    @Test
    void aFailedDiskAsksNothing() {
        step(new Input.DiskFailed());
        assertThat(follower.question()).isNull();
        assertThat(follower.refusal()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        step(new Input.BecomeFollower(2, 9));
        assertThat(follower.question()).isNull();
    }

    @Test
    void aReaderIsWokenByTheHighWatermark() {
        int[] woken = new int[1];
        follower.readers(false).add(new FetchWaitlist.Waiter(5L, () -> woken[0]++));
        answer(7, 10L, 5L);
        assertThat(woken[0]).isZero();
        answer(7, 10L, 6L);
        assertThat(woken[0]).isEqualTo(1);
    }

    @Test
    void aNewEpochWaitsForTheCutOfTheOldOne() {
        diverges(3, 7L);
        step(new Input.BecomeFollower(1, 8));
        assertThat(follower.question()).isNull();
        step(new Input.Cut(0L, 6L, 6L));
        assertThat(question()).isEqualTo(new Question(1, 8, 6L, 1, 6L, 0L));
    }

    /** Writes down what is to be done; appends to the list. */
    private final class Recorder implements PartitionFollower.Outbox, PartitionFollower.Epochs {

        @Override
        public boolean append(List<BatchHeader> batches, int from, int to) {
            log.addAll(batches.subList(from, to));
            effects.add("append " + (to - from));
            return true;
        }

        @Override
        public void flush() {
            effects.add("flush");
        }

        @Override
        public void truncate(long offset) {
            effects.add("truncate " + offset);
        }

        @Override
        public void restartAt(long offset) {
            effects.add("restart " + offset);
        }

        @Override
        public long advanceStart(long offset) {
            effects.add("start " + offset);
            return Math.min(offset, heldBackTo);
        }

        @Override
        public void ask() {
            effects.add("ask");
        }

        @Override
        public void askLater(ErrorCode why, String detail) {
            effects.add("later " + why);
        }

        @Override
        public void tellDurable() {
            effects.add("tell");
        }

        @Override
        public void wake(FetchWaitlist.Waiter waiter) {
            waiter.wake();
        }

        @Override
        public int epochAt(long offset) {
            return offset < 6 ? 1 : 3;
        }

        @Override
        public int epochUpTo(int epoch) {
            return epoch < 3 ? 1 : 3;
        }

        @Override
        public long endOf(int epoch) {
            return epoch < 3 ? 6L : 10L;
        }
    }
}
