package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Transactions in one partition, by example. */
class OpenTransactionTest {

    private static final int TRANSACTIONAL = 0x10;
    private static final int CONTROL = 0x30;
    private static final short V1 = 1;
    private static final short V2 = 2;

    private final RecordingOutbox outbox = new RecordingOutbox();
    private PartitionLeader<Integer> leader = leading(false);
    private int tickets;

    private PartitionLeader<Integer> leading(boolean flushBeforeAck) {
        PartitionLeader<Integer> made =
                new PartitionLeader<>(
                        outbox.producers,
                        new ReplicaPolicy(flushBeforeAck, Long.MAX_VALUE, 1),
                        0L,
                        0L,
                        0L,
                        0L);
        made.step(new LeaderInput.BecomeLeader<>(3), 0L, outbox);
        return made;
    }

    private static BatchHeader batch(long producer, int epoch, int sequence, int records) {
        return Headers.header(producer, epoch, sequence, records, 5L, TRANSACTIONAL);
    }

    private long guard(BatchHeader batch) {
        return leader.beginTransaction(batch, true) instanceof Admission.Guarded(long guard)
                ? guard
                : PartitionLeader.NO_GUARD;
    }

    private int send(BatchHeader batch, long guard) {
        int ticket = ++tickets;
        leader.step(
                new LeaderInput.Append<>(ticket, List.of(batch), -1, (short) -1, 100L, guard),
                0L,
                outbox);
        return ticket;
    }

    private ErrorCode append(BatchHeader batch, long guard) {
        return outbox.replyTo(send(batch, guard)).error();
    }

    /** With the coordinator's word. */
    private ErrorCode append(BatchHeader batch) {
        return append(batch, guard(batch));
    }

    private int end(TransactionMarker marker) {
        int ticket = ++tickets;
        outbox.markers.put(ticket, marker);
        BatchHeader header =
                Headers.header(marker.producerId(), marker.producerEpoch(), -1, 1, 6L, CONTROL);
        leader.step(new LeaderInput.End<>(ticket, marker, header, 100L), 0L, outbox);
        return ticket;
    }

    private ErrorCode end(
            long producer, int epoch, int coordinator, boolean commit, short version) {
        return outbox.replyTo(
                        end(
                                new TransactionMarker(
                                        producer, (short) epoch, coordinator, commit, version)))
                .error();
    }

    @Test
    void theLastStableOffsetStaysAtTheOldestOpenTransaction() {
        append(Headers.plain(2));
        append(batch(1, 0, 0, 3));
        append(batch(2, 0, 0, 1));
        assertThat(leader.highWatermark()).isEqualTo(6L);
        assertThat(leader.lastStableOffset()).isEqualTo(2L);
        end(2, 1, 0, true, V2);
        assertThat(leader.lastStableOffset()).isEqualTo(2L);
        end(1, 1, 0, false, V2);
        assertThat(leader.lastStableOffset()).isEqualTo(8L);
        assertThat(outbox.aborted).containsExactly(new AbortedTransaction(1, 2L, 7L, 8L));
    }

    @Test
    void anAbortTellsFromWhereLaterOnesBegin() {
        append(batch(1, 0, 0, 1));
        append(batch(2, 0, 0, 1));
        end(1, 1, 0, false, V2);
        assertThat(outbox.aborted).containsExactly(new AbortedTransaction(1, 0L, 2L, 1L));
    }

    @Test
    void anEndCountsWhenItsMarkerIsCommitted() {
        leader = leading(true);
        send(batch(1, 0, 0, 1), guard(batch(1, 0, 0, 1)));
        leader.step(new LeaderInput.Flushed<>(1L), 0L, outbox);
        assertThat(leader.highWatermark()).isEqualTo(1L);
        int ticket = end(new TransactionMarker(1, (short) 1, 0, true, V2));
        assertThat(outbox.replies).doesNotContainKey(ticket);
        assertThat(leader.lastStableOffset()).isZero();
        leader.step(new LeaderInput.Flushed<>(2L), 0L, outbox);
        assertThat(outbox.replyTo(ticket).error()).isEqualTo(ErrorCode.NONE);
        assertThat(leader.lastStableOffset()).isEqualTo(2L);
    }

    @Test
    void readersOfWhatIsCommittedWakeWhenTheLastStableOffsetMoves() {
        List<String> woken = new ArrayList<>();
        leader.readers(false).add(new FetchWaitlist.Waiter(0L, () -> woken.add("any")));
        leader.readers(true).add(new FetchWaitlist.Waiter(0L, () -> woken.add("committed")));
        append(batch(1, 0, 0, 1));
        assertThat(woken).containsExactly("any");
        end(1, 1, 0, true, V2);
        assertThat(woken).containsExactly("any", "committed");
    }

    @Test
    void aBatchOpensATransactionOnlyWithItsGuard() {
        BatchHeader first = batch(1, 0, 0, 1);
        assertThat(append(first, PartitionLeader.NO_GUARD)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        long guard = guard(first);
        assertThat(append(first, guard + 1)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(append(first, guard)).isEqualTo(ErrorCode.NONE);
        assertThat(leader.beginTransaction(batch(1, 0, 1, 1), true))
                .isEqualTo(new Admission.Open());
        assertThat(append(batch(1, 0, 1, 1), PartitionLeader.NO_GUARD)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMarkerMakesTheGuardVoid() {
        BatchHeader late = batch(1, 0, 0, 1);
        long guard = guard(late);
        end(1, 0, 0, false, V1);
        assertThat(append(late, guard)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(leader.lastStableOffset()).isEqualTo(leader.logEnd());
    }

    @Test
    void aRepeatedMarkerLeavesTheNextTransactionsGuardAlone() {
        append(batch(1, 0, 0, 1));
        end(1, 1, 0, true, V2);
        BatchHeader next = batch(1, 1, 0, 1);
        long guard = guard(next);
        assertThat(end(1, 1, 0, true, V2)).isEqualTo(ErrorCode.NONE);
        assertThat(append(next, guard)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void theNextTransactionMayAskBeforeTheMarkerIsThere() {
        append(batch(1, 0, 0, 1));
        BatchHeader next = batch(1, 1, 0, 1);
        long guard = guard(next);
        assertThat(guard).isNotEqualTo(PartitionLeader.NO_GUARD);
        assertThat(append(next, guard)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        end(1, 1, 0, true, V2);
        assertThat(append(next, guard)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aLateBatchOfTheTransactionBeforeLeavesTheNextOnesGuardAlone() {
        append(batch(1, 0, 0, 1));
        BatchHeader next = batch(1, 1, 0, 1);
        long guard = guard(next);
        assertThat(append(batch(1, 0, 1, 1), PartitionLeader.NO_GUARD)).isEqualTo(ErrorCode.NONE);
        end(1, 1, 0, false, V2);
        assertThat(append(next, guard)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anotherLeadershipMakesGuardsVoid() {
        BatchHeader first = batch(1, 0, 0, 1);
        long guard = guard(first);
        leader.step(new LeaderInput.BecomeLeader<>(4), 0L, outbox);
        assertThat(append(first, guard)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void aZombieTakesNobodysGuardAway() {
        BatchHeader first = batch(1, 5, 0, 1);
        long guard = guard(first);
        guard(batch(1, 4, 0, 1));
        assertThat(append(first, guard)).isEqualTo(ErrorCode.NONE);
        assertThat(append(batch(1, 4, 0, 1), PartitionLeader.NO_GUARD))
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void requestsOnTheirWayTogetherShareAGuard() {
        long guard = guard(batch(1, 0, 0, 1));
        assertThat(guard(batch(1, 0, 1, 1))).isEqualTo(guard);
        assertThat(append(batch(1, 0, 1, 1), guard))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(batch(1, 0, 0, 1), guard)).isEqualTo(ErrorCode.NONE);
        assertThat(append(batch(1, 0, 1, 1), guard)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anUnknownProducerOfVersionTwoBeginsAtZero() {
        BatchHeader late = batch(1, 0, 7, 1);
        assertThat(append(late, guard(late))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        BatchHeader old = batch(2, 0, 7, 1);
        Admission admission = leader.beginTransaction(old, false);
        assertThat(append(old, ((Admission.Guarded) admission).guard())).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMarkerOfVersionTwoNeedsALargerEpoch() {
        append(batch(1, 4, 0, 1));
        assertThat(end(1, 4, 0, true, V2)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(1, 3, 0, true, V1)).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(1, 5, 0, true, V2)).isEqualTo(ErrorCode.NONE);
        assertThat(end(1, 5, 0, true, V2)).isEqualTo(ErrorCode.NONE);
        assertThat(append(batch(1, 4, 1, 1), PartitionLeader.NO_GUARD))
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    void aMarkerOfVersionOneHasTheEpochOfTheRecords() {
        append(batch(1, 4, 0, 1));
        assertThat(end(1, 4, 0, false, V1)).isEqualTo(ErrorCode.NONE);
        assertThat(append(batch(1, 4, 1, 1))).isEqualTo(ErrorCode.NONE);
        assertThat(leader.lastStableOffset()).isEqualTo(2L);
    }

    @Test
    void anOlderCoordinatorIsFenced() {
        append(batch(1, 0, 0, 1));
        end(1, 0, 7, true, V1);
        append(batch(1, 0, 1, 1));
        assertThat(end(1, 0, 6, true, V1)).isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(leader.lastStableOffset()).isEqualTo(2L);
    }

    @Test
    void whatIsNotInTheTransactionWaitsForItsEnd() {
        append(batch(1, 0, 0, 1));
        assertThat(append(Headers.idempotent(1, 0, 1, 1), PartitionLeader.NO_GUARD))
                .isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void aRepeatedBatchIsAnsweredAfterTheEndToo() {
        append(batch(1, 0, 0, 1));
        end(1, 0, 0, true, V1);
        assertThat(leader.beginTransaction(batch(1, 0, 0, 1), false))
                .isEqualTo(new Admission.Open());
        assertThat(append(batch(1, 0, 0, 1), PartitionLeader.NO_GUARD)).isEqualTo(ErrorCode.NONE);
        assertThat(outbox.log).hasSize(2);
    }

    @Test
    void anOpenTransactionIsNeverForgotten() {
        append(batch(1, 0, 0, 1));
        outbox.producers.expireBefore(Long.MAX_VALUE);
        assertThat(outbox.producers.firstOpen()).isZero();
        for (int producer = 2; producer < ProducerStates.MAX_PRODUCERS + 10; producer++) {
            append(Headers.idempotent(producer, 0, 0, 1), PartitionLeader.NO_GUARD);
        }
        assertThat(outbox.producers.size()).isLessThanOrEqualTo(ProducerStates.MAX_PRODUCERS);
        assertThat(outbox.producers.transactionStart(1)).isZero();
        end(1, 1, 0, true, V2);
        outbox.producers.expireBefore(Long.MAX_VALUE);
        assertThat(outbox.producers.size()).isZero();
    }

    @Test
    void deletedRecordsOfAnOpenTransactionHoldNobodyBack() {
        append(batch(1, 0, 0, 4));
        leader.step(new LeaderInput.StartMoved<>(3L), 0L, outbox);
        assertThat(leader.lastStableOffset()).isEqualTo(3L);
        end(1, 1, 0, false, V2);
        assertThat(leader.lastStableOffset()).isEqualTo(5L);
    }

    @Test
    void afterARestartNothingIsStableThatMayNotBeCommitted() {
        append(batch(1, 0, 0, 1));
        end(1, 1, 0, true, V2);
        append(Headers.plain(1));
        leader =
                new PartitionLeader<>(
                        outbox.producers,
                        new ReplicaPolicy(true, Long.MAX_VALUE, 1),
                        0L,
                        3L,
                        0L,
                        1L);
        leader.step(new LeaderInput.BecomeLeader<>(9), 0L, outbox);
        leader.step(new LeaderInput.Flushed<>(2L), 0L, outbox);
        assertThat(leader.highWatermark()).isEqualTo(2L);
        assertThat(leader.lastStableOffset()).isEqualTo(1L);
        leader.step(new LeaderInput.Flushed<>(3L), 0L, outbox);
        assertThat(leader.lastStableOffset()).isEqualTo(3L);
    }
}
