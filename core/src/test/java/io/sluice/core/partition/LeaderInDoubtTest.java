package io.sluice.core.partition;

import static io.sluice.core.partition.Headers.idempotent;
import static io.sluice.core.partition.Headers.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ReplicaSet.Replica;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A leader whose broker is not heard by the controller. Broker 1 leads; 2 and 3 follow. */
final class LeaderInDoubtTest {

    private static final int EPOCH = 5;
    private static final long SESSION_MS = 3_000L;
    private static final List<Replica> ALL =
            List.of(
                    new Replica(1, 101L, true),
                    new Replica(2, 102L, true),
                    new Replica(3, 103L, true));

    private final RecordingOutbox outbox = new RecordingOutbox();
    private final Lease lease = Lease.of(SESSION_MS);
    private PartitionLeader<Integer> leader = leading(false, List.of(1, 2, 3), List.of());
    private long nowMs;
    private int tickets;

    private PartitionLeader<Integer> leading(
            boolean unclean, List<Integer> isr, List<Integer> eligible) {
        ReplicaPolicy policy = new ReplicaPolicy(false, Long.MAX_VALUE, 1, 30_000L, unclean);
        PartitionLeader<Integer> made =
                new PartitionLeader<>(outbox.producers, policy, 0L, 0L, 0L, 0L, lease);
        ReplicaSet set = new ReplicaSet(1, 7, ALL, isr, eligible);
        made.step(new LeaderInput.BecomeLeader<>(EPOCH, set), 0L, outbox);
        return made;
    }

    private void step(LeaderInput<Integer> input) {
        leader.step(input, nowMs, outbox);
    }

    private void fetched(int replica) {
        fetched(replica, nowMs);
    }

    /** It asks when it has heard an answer of that time. */
    private void fetched(int replica, long followedMs) {
        long end = leader.logEnd();
        step(
                new LeaderInput.ReplicaFetched<>(
                        replica, 100L + replica, EPOCH, end, end, followedMs));
    }

    private int append(int acks) {
        return append(plain(1), acks, 60_000L);
    }

    private int appendIdempotent(int sequence) {
        return append(idempotent(9, 0, sequence, 1), -1, 2_000L);
    }

    private int append(BatchHeader batch, int acks, long timeoutMs) {
        int ticket = ++tickets;
        step(
                new LeaderInput.Append<>(
                        ticket,
                        List.of(batch),
                        BatchHeader.NO_LEADER_EPOCH,
                        (short) acks,
                        nowMs + timeoutMs,
                        PartitionLeader.NO_GUARD));
        return ticket;
    }

    /** Seed 24928347557232 of an hour of faults: it was believed, and records were stored twice. */
    @Test
    void nobodyIsToldThatHisBatchDoesNotFitBeforeItIsCertainThatNobodyElseLeads() {
        lease.renew(0L);
        appendIdempotent(0);
        nowMs = 100;
        int ticket = appendIdempotent(7);
        nowMs = 150;
        for (int i = 0; i < 3; i++) {
            fetched(2, LeaderInput.ReplicaFetched.UNHEARD);
            fetched(2, 101L);
            fetched(3, 100L);
        }
        assertThat(outbox.replies).as("3 may have asked long ago").doesNotContainKey(ticket);
        fetched(3, 101L);
        assertThat(outbox.replyTo(ticket).error())
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private int confirm() {
        int ticket = ++tickets;
        step(new LeaderInput.Confirm<>(ticket, nowMs + 2_000L));
        return ticket;
    }

    /** Seed 7007227: a message was cancelled, and who did it was told that there is none. */
    @Test
    void whatTheHostSaysIsConfirmedLikewise() {
        lease.renew(0L);
        nowMs = 100;
        int ticket = confirm();
        fetched(2);
        fetched(3);
        assertThat(outbox.replies).doesNotContainKey(ticket);
        nowMs = 101;
        fetched(2);
        fetched(3);
        assertThat(outbox.replyTo(ticket).error()).isEqualTo(ErrorCode.NONE);
        int late = confirm();
        nowMs += 2_000;
        step(new LeaderInput.Tick<>());
        assertThat(outbox.replyTo(late).error()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        int passedOver = confirm();
        step(new LeaderInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        assertThat(outbox.replyTo(passedOver).error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(outbox.replyTo(confirm()).error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void whoeverDoesNotFitIsToldToTryAgainWhereThatStaysUncertain() {
        lease.renew(0L);
        appendIdempotent(0);
        int late = appendIdempotent(7);
        assertThat(leader.nextDeadlineMs()).isEqualTo(2_000L);
        nowMs = 2_000;
        step(new LeaderInput.Tick<>());
        assertThat(outbox.replyTo(late).error()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        int passedOver = appendIdempotent(7);
        step(new LeaderInput.Resign<>(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        assertThat(outbox.replyTo(passedOver).error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void whereNobodyCanBeElectedHeIsToldAtOnce() {
        leader = leading(false, List.of(1), List.of(2));
        lease.renew(0L);
        appendIdempotent(0);
        assertThat(outbox.replyTo(appendIdempotent(7)).error())
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private ErrorCode write() {
        return outbox.replyTo(append(1)).error();
    }

    @Test
    void whileTheLeaseHoldsFollowersMayBeSilent() {
        for (nowMs = 0; nowMs < 20_000; nowMs += 500) {
            lease.renew(nowMs);
            step(new LeaderInput.Tick<>());
            assertThat(write()).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void aBrokerThatIsCutOffTakesNoWrites() {
        lease.renew(0L);
        nowMs = SESSION_MS - 1;
        assertThat(write()).isEqualTo(ErrorCode.NONE);
        nowMs = SESSION_MS;
        assertThat(write()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(leader.isInDoubt()).isTrue();
    }

    @Test
    void withoutAControllerAnywhereItLeadsOnWhileAllInSyncFetch() {
        for (nowMs = 0; nowMs < 60_000; nowMs += 500) {
            fetched(2);
            fetched(3);
            step(new LeaderInput.Tick<>());
            assertThat(write()).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void oneThatIsSilentMayLead() {
        for (nowMs = 0; nowMs < SESSION_MS; nowMs += 500) {
            fetched(3);
        }
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isTrue();
        fetched(2);
        assertThat(leader.isInDoubt()).isFalse();
        assertThat(write()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void itSaysWhenItMustBeAskedAgain() {
        nowMs = 1_000;
        fetched(2);
        fetched(3);
        step(new LeaderInput.Tick<>());
        assertThat(leader.nextDeadlineMs()).isEqualTo(1_000 + SESSION_MS);
        nowMs = 2_000;
        fetched(3);
        nowMs = leader.nextDeadlineMs();
        step(new LeaderInput.Tick<>());
        assertThat(nowMs).isEqualTo(1_000 + SESSION_MS);
        assertThat(leader.isInDoubt()).isTrue();
    }

    @Test
    void whatWaitsIsAnsweredAndReadersAreWoken() {
        lease.renew(0L);
        step(new LeaderInput.Tick<>());
        int[] woken = new int[3];
        leader.readers(false).add(new FetchWaitlist.Waiter(99L, () -> woken[0]++));
        leader.readers(true).add(new FetchWaitlist.Waiter(99L, () -> woken[1]++));
        int waiting = append(-1);
        leader.replicaReaders().add(new FetchWaitlist.Waiter(99L, () -> woken[2]++));
        nowMs = SESSION_MS;
        step(new LeaderInput.Tick<>());
        assertThat(outbox.replyTo(waiting).error()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(woken).as("followers wait on: they are served").containsExactly(1, 1, 0);
        assertThat(leader.checkEpoch(EPOCH)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aLeaseThatBeginsAgainEndsTheDoubt() {
        nowMs = SESSION_MS;
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isTrue();
        lease.renew(nowMs);
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isFalse();
        assertThat(leader.leaderEpoch()).isEqualTo(EPOCH);
        assertThat(write()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aReplicaThatCannotBeElectedDoesNotCount() {
        leader = leading(false, List.of(1, 2), List.of());
        nowMs = SESSION_MS;
        fetched(2);
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isFalse();
    }

    @Test
    void anEligibleReplicaAndAnyUnderUncleanElectionCount() { // KIP-966
        leader = leading(false, List.of(1), List.of(2));
        nowMs = SESSION_MS;
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isTrue();
        leader = leading(true, List.of(1), List.of());
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isTrue();
    }

    @Test
    void aloneNobodyCanTakeItsPlace() {
        leader = leading(false, List.of(1), List.of());
        nowMs = 10 * SESSION_MS;
        step(new LeaderInput.Tick<>());
        assertThat(write()).isEqualTo(ErrorCode.NONE);
    }

    private void leads(int epoch) {
        ReplicaSet set = new ReplicaSet(1, 9, ALL, List.of(1, 2, 3));
        step(new LeaderInput.BecomeLeader<>(epoch, set));
    }

    @Test
    void whoeverTellsThatItLeadsInANewEpochIsBelievedWhileTheLeaseHolds() {
        nowMs = SESSION_MS;
        step(new LeaderInput.Tick<>());
        assertThat(leader.isInDoubt()).isTrue();
        lease.renew(nowMs);
        leads(EPOCH + 2);
        assertThat(leader.isInDoubt()).isFalse();
    }

    /** Its process stood still, and when it heard so another led for long (seed 7073899). */
    @Test
    void anEpochThatItHearsOfWithoutALeaseBeginsInDoubt() {
        nowMs = SESSION_MS;
        leads(EPOCH + 1);
        assertThat(leader.isInDoubt()).isTrue();
        assertThat(write()).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        for (int replica : List.of(2, 3)) {
            assertThat(leader.isInDoubt()).isTrue();
            step(
                    new LeaderInput.ReplicaFetched<>(
                            replica, 100L + replica, EPOCH + 1, 0L, 0L, nowMs));
        }
        assertThat(leader.isInDoubt()).isFalse();
        assertThat(write()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void resigningEndsTheDoubt() {
        nowMs = SESSION_MS;
        step(new LeaderInput.Tick<>());
        step(new LeaderInput.Resign<>(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        assertThat(leader.isInDoubt()).isFalse();
        assertThat(leader.refusal()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
}
