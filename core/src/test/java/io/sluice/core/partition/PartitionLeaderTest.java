package io.sluice.core.partition;

import static io.sluice.core.partition.Headers.idempotent;
import static io.sluice.core.partition.Headers.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionLeaderTest {

    private static final ReplicaPolicy COMMIT = new ReplicaPolicy(true, Long.MAX_VALUE, 1);
    private static final ReplicaPolicy OS = new ReplicaPolicy(false, Long.MAX_VALUE, 1);

    private final RecordingOutbox outbox = new RecordingOutbox();
    private PartitionLeader<Integer> leader = leading(COMMIT);

    private PartitionLeader<Integer> leading(ReplicaPolicy policy) {
        PartitionLeader<Integer> made =
                new PartitionLeader<>(outbox.producers, policy, 0L, 0L, 0L, 0L);
        made.step(new LeaderInput.BecomeLeader<>(3), 0L, outbox);
        return made;
    }

    private void append(int ticket, int acks, BatchHeader... batches) {
        step(
                new LeaderInput.Append<>(
                        ticket,
                        List.of(batches),
                        BatchHeader.NO_LEADER_EPOCH,
                        (short) acks,
                        1_000L,
                        PartitionLeader.NO_GUARD));
    }

    private void step(LeaderInput<Integer> input) {
        leader.step(input, 0L, outbox);
    }

    private void assertReply(int ticket, ErrorCode error, long baseOffset) {
        assertThat(outbox.replyTo(ticket).error()).isEqualTo(error);
        assertThat(outbox.replyTo(ticket).baseOffset()).isEqualTo(baseOffset);
    }

    @Test
    void acksAllWaitsForTheFlushAndAcksOneDoesNot() {
        append(1, -1, plain(3));
        append(2, 1, plain(2));
        assertThat(outbox.replies).containsOnlyKeys(2);
        assertReply(2, ErrorCode.NONE, 3L);
        assertThat(leader.highWatermark()).isZero();
        step(new LeaderInput.Flushed<>(3L));
        assertReply(1, ErrorCode.NONE, 0L);
        assertThat(leader.highWatermark()).isEqualTo(3L);
        assertThat(outbox.flushesAsked).isEqualTo(2);
    }

    @Test
    void offsetsAreDenseAndCarryTheEpoch() {
        append(1, 1, plain(3), plain(4));
        append(2, 1, plain(1));
        assertThat(outbox.log).extracting(BatchHeader::baseOffset).containsExactly(0L, 3L, 7L);
        assertThat(outbox.log).extracting(BatchHeader::leaderEpoch).containsOnly(3);
        assertThat(leader.logEnd()).isEqualTo(8L);
    }

    @Test
    void underOsThePageCacheCounts() {
        leader = leading(OS);
        append(1, -1, plain(3));
        assertReply(1, ErrorCode.NONE, 0L);
        assertThat(leader.highWatermark()).isEqualTo(3L);
        assertThat(outbox.flushesAsked).isZero();
    }

    @Test
    void flushMessagesAsksForAFlushNowAndThen() {
        leader = leading(new ReplicaPolicy(false, 5, 1));
        for (int i = 0; i < 5; i++) {
            append(i, 1, plain(2));
        }
        assertThat(outbox.flushesAsked).isEqualTo(1);
        append(6, 1, plain(2));
        assertThat(outbox.flushesAsked).isEqualTo(2);
    }

    @Test
    void aDuplicateIsNotStoredAndWaitsForTheFirstOne() {
        append(1, -1, idempotent(9, 0, 0, 2));
        append(2, -1, idempotent(9, 0, 2, 2));
        append(3, -1, idempotent(9, 0, 0, 2));
        assertThat(outbox.log).hasSize(2);
        assertThat(outbox.replies).isEmpty();
        step(new LeaderInput.Flushed<>(2L));
        assertReply(1, ErrorCode.NONE, 0L);
        assertReply(3, ErrorCode.NONE, 0L);
        assertThat(outbox.replies).doesNotContainKey(2);
        append(4, -1, idempotent(9, 0, 0, 2));
        assertReply(4, ErrorCode.NONE, 0L);
    }

    @Test
    void aGapIsRefused() {
        append(1, 1, idempotent(9, 0, 0, 2));
        append(2, 1, idempotent(9, 0, 3, 1));
        assertReply(2, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1L);
        assertThat(outbox.log).hasSize(1);
    }

    @Test
    void severalBatchesOfAnIdempotentProducerAreRefused() {
        append(1, 1, idempotent(9, 0, 0, 1), idempotent(9, 0, 1, 1));
        assertReply(1, ErrorCode.INVALID_RECORD, -1L);
        assertThat(outbox.log).isEmpty();
    }

    private static BatchHeader piece(int sequence, int records, int attributes) {
        return Headers.header(9, 0, sequence, records, 1_000L, attributes);
    }

    @Test
    void thePiecesOfABatchAreStoredTogetherAndOnce() {
        int hidden = BatchHeader.HIDDEN | BatchHeader.CONTROL | BatchHeader.CONTINUED;
        BatchHeader[] pieces = {
            piece(0, 2, 0), piece(2, 3, hidden), piece(5, 1, BatchHeader.CONTINUED)
        };
        append(1, 1, pieces);
        assertReply(1, ErrorCode.NONE, 0L);
        assertThat(outbox.log).extracting(BatchHeader::baseOffset).containsExactly(0L, 2L, 5L);
        append(2, 1, pieces);
        assertReply(2, ErrorCode.NONE, 0L);
        append(3, 1, idempotent(9, 0, 0, 6));
        assertReply(3, ErrorCode.NONE, 0L);
        assertThat(outbox.log).hasSize(3);
        append(4, 1, idempotent(9, 0, 6, 1));
        assertReply(4, ErrorCode.NONE, 6L);
    }

    @Test
    void ofABatchThatWasTornTheRestIsStoredByTheRetry() {
        int hidden = BatchHeader.HIDDEN | BatchHeader.CONTROL;
        append(1, 1, plain(4));
        append(2, 1, piece(0, 2, hidden)); // a crash took the rest
        append(3, 1, piece(0, 2, hidden), piece(2, 3, BatchHeader.CONTINUED));
        assertReply(3, ErrorCode.NONE, 4L);
        assertThat(outbox.log).extracting(BatchHeader::baseOffset).containsExactly(0L, 4L, 6L);
        append(4, 1, idempotent(9, 0, 0, 5));
        assertReply(4, ErrorCode.NONE, 4L);
    }

    /** Simulator, seed 4001772: another record's offset was told for the one that came later. */
    @Test
    void whereOthersCameBetweenThePiecesNoOffsetIsTold() {
        append(1, 1, piece(0, 2, 0));
        append(2, 1, plain(4));
        append(3, 1, piece(0, 2, 0), piece(2, 3, BatchHeader.CONTINUED));
        assertReply(3, ErrorCode.DUPLICATE_SEQUENCE_NUMBER, -1L);
        assertThat(outbox.log).extracting(BatchHeader::baseOffset).containsExactly(0L, 2L, 6L);
        append(4, 1, idempotent(9, 0, 0, 5));
        assertReply(4, ErrorCode.DUPLICATE_SEQUENCE_NUMBER, -1L);
        assertThat(outbox.log).hasSize(3);
        append(5, 1, idempotent(9, 0, 5, 1));
        assertReply(5, ErrorCode.NONE, 9L);
    }

    @Test
    void aWaitEndsAtItsDeadlineAndTheRecordsStay() {
        append(1, -1, plain(1));
        assertThat(leader.nextDeadlineMs()).isEqualTo(1_000L);
        leader.step(new LeaderInput.Tick<>(), 999L, outbox);
        assertThat(outbox.replies).isEmpty();
        leader.step(new LeaderInput.Tick<>(), 1_000L, outbox);
        assertReply(1, ErrorCode.REQUEST_TIMED_OUT, -1L);
        assertThat(leader.nextDeadlineMs()).isEqualTo(PartitionLeader.NO_DEADLINE);
        step(new LeaderInput.Flushed<>(1L));
        assertThat(leader.highWatermark()).isEqualTo(1L);
    }

    @Test
    void minInsyncReplicasHoldsBackAcksAllAndTheHighWatermark() {
        leader = leading(new ReplicaPolicy(true, Long.MAX_VALUE, 2));
        ReplicaSet.Replica local = new ReplicaSet.Replica(0, 1L, true);
        ReplicaSet.Replica other = new ReplicaSet.Replica(1, 1L, false);
        ReplicaSet two = new ReplicaSet(0, 1, List.of(local, other), List.of(0));
        step(new LeaderInput.ReplicasChanged<>(two));
        append(1, -1, plain(1));
        assertReply(1, ErrorCode.NOT_ENOUGH_REPLICAS, -1L);
        append(2, 1, plain(1));
        assertReply(2, ErrorCode.NONE, 0L);
        step(new LeaderInput.Flushed<>(1L));
        assertThat(leader.highWatermark()).isZero();
        step(new LeaderInput.Reconfigured<>(COMMIT));
        assertThat(leader.highWatermark()).isEqualTo(1L);
    }

    @Test
    void aFailedAppendFailsWhoWaitsAndWhoComes() {
        append(1, -1, plain(1));
        outbox.failAppends = true;
        append(2, -1, plain(1));
        assertReply(1, ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        assertReply(2, ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        outbox.failAppends = false;
        step(new LeaderInput.BecomeLeader<>(9));
        append(3, 0, plain(1));
        assertReply(3, ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        step(new LeaderInput.Flushed<>(1L));
        assertThat(leader.highWatermark()).isZero();
    }

    @Test
    void aFailedFlushAcknowledgesNothing() {
        append(1, -1, plain(1));
        step(new LeaderInput.DiskFailed<>());
        assertReply(1, ErrorCode.KAFKA_STORAGE_ERROR, -1L);
        assertThat(leader.refusal()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    @Test
    void resigningAnswersWhoWaitsAndWakesReaders() {
        boolean[] woken = new boolean[1];
        leader.readers(false).add(new FetchWaitlist.Waiter(0, () -> woken[0] = true));
        append(1, -1, plain(1));
        step(new LeaderInput.Resign<>(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        assertReply(1, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1L);
        assertThat(woken[0]).isTrue();
        append(2, 1, plain(1));
        assertReply(2, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1L);
    }

    @Test
    void aNewEpochAnswersWhoWaitsAndAnOldOneChangesNothing() {
        append(1, -1, plain(1));
        step(new LeaderInput.BecomeLeader<>(2));
        step(new LeaderInput.BecomeLeader<>(3));
        assertThat(outbox.replies).isEmpty();
        step(new LeaderInput.BecomeLeader<>(4));
        assertReply(1, ErrorCode.NOT_LEADER_OR_FOLLOWER, -1L);
        append(2, 1, plain(1));
        assertThat(outbox.log.getLast().leaderEpoch()).isEqualTo(4);
        assertThat(leader.checkEpoch(3)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(leader.checkEpoch(4)).isEqualTo(ErrorCode.NONE);
        assertThat(leader.checkEpoch(5)).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void anAppendThatMeansAnotherEpochIsRefused() {
        step(
                new LeaderInput.Append<>(
                        1, List.of(plain(1)), 2, (short) 1, 1_000L, PartitionLeader.NO_GUARD));
        assertReply(1, ErrorCode.FENCED_LEADER_EPOCH, -1L);
        assertThat(outbox.log).isEmpty();
    }

    @Test
    void theReadableEndIsUnknownUntilWhatWasThereIsDurable() {
        leader = new PartitionLeader<>(outbox.producers, COMMIT, 0L, 10L, 7L, 5L);
        assertThat(leader.highWatermark()).isEqualTo(5L);
        step(new LeaderInput.BecomeLeader<>(1));
        assertThat(leader.highWatermark()).isEqualTo(7L);
        assertThat(leader.readableEndKnown()).isFalse();
        assertThat(outbox.flushesAsked).isEqualTo(1);
        step(new LeaderInput.Flushed<>(10L));
        assertThat(leader.readableEndKnown()).isTrue();
    }

    @Test
    void theBrokersTimestampComesBackWithTheOffset() {
        append(1, 1, Headers.header(-1, -1, -1, 1, 777L, 0x08));
        assertThat(outbox.replyTo(1).appendTimeMs()).isEqualTo(777L);
        append(2, 1, plain(1));
        assertThat(outbox.replyTo(2).appendTimeMs()).isEqualTo(BatchHeader.NO_TIMESTAMP);
    }
}
