package io.sluice.core.partition;

import static io.sluice.core.partition.Headers.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ReplicaSet.Member;
import io.sluice.core.partition.ReplicaSet.Replica;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A leader with followers, rule by rule. Broker 1 leads; its epoch 5 begins at offset 10. */
class PartitionLeaderReplicationTest {

    private static final long LAG_MS = 1_000L;
    private static final int EPOCH = 5;
    private static final ReplicaPolicy COMMIT = new ReplicaPolicy(true, Long.MAX_VALUE, 2, LAG_MS);
    private static final ReplicaPolicy OS = new ReplicaPolicy(false, Long.MAX_VALUE, 2, LAG_MS);

    private final RecordingOutbox outbox = new RecordingOutbox();
    private PartitionLeader<Integer> leader = leading(COMMIT, 1, 2, 3);
    private long nowMs;

    private PartitionLeader<Integer> leading(ReplicaPolicy policy, Integer... isr) {
        outbox.log.clear();
        outbox.log.add(plain(10));
        PartitionLeader<Integer> made =
                new PartitionLeader<>(outbox.producers, policy, 0L, 10L, 10L, 4L);
        made.step(new LeaderInput.BecomeLeader<>(EPOCH, replicas(7, isr)), 0L, outbox);
        return made;
    }

    private static ReplicaSet replicas(int partitionEpoch, Integer... isr) {
        List<Replica> all = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            all.add(new Replica(id, 100L + id, true));
        }
        return new ReplicaSet(1, partitionEpoch, all, List.of(isr));
    }

    private void step(LeaderInput<Integer> input) {
        leader.step(input, nowMs, outbox);
    }

    private void fetched(int replica, long fetchOffset, long durableEnd) {
        step(
                new LeaderInput.ReplicaFetched<>(
                        replica, 100L + replica, EPOCH, fetchOffset, durableEnd, nowMs));
    }

    private void append(int ticket, int acks, BatchHeader batch) {
        step(
                new LeaderInput.Append<>(
                        ticket,
                        List.of(batch),
                        -1,
                        (short) acks,
                        60_000L,
                        PartitionLeader.NO_GUARD));
    }

    private void append(int ticket) {
        append(ticket, -1, plain(1));
        step(new LeaderInput.Flushed<>(leader.logEnd()));
    }

    @Test
    void theHighWatermarkIsWhatAllInSyncHoldDurably() {
        append(1);
        fetched(2, 11L, 11L);
        fetched(3, 11L, 10L);
        assertThat(leader.highWatermark()).isEqualTo(10L);
        assertThat(outbox.replies).isEmpty();
        fetched(3, 11L, 11L);
        assertThat(leader.highWatermark()).isEqualTo(11L);
        assertThat(outbox.replyTo(1).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void underOsTheFollowersPageCacheCounts() {
        leader = leading(OS, 1, 2, 3);
        append(1, -1, plain(1));
        fetched(2, 11L, 0L);
        fetched(3, 11L, 0L);
        assertThat(leader.highWatermark()).isEqualTo(11L);
    }

    @Test
    void nothingIsKnownOfAFollowerUntilItFetchesInThisEpoch() { // KIP-320
        step(new LeaderInput.ReplicaFetched<>(2, 102L, EPOCH - 1, 10L, 10L, nowMs));
        fetched(3, 10L, 10L);
        assertThat(leader.highWatermark()).isEqualTo(4L);
        fetched(2, 10L, 10L);
        assertThat(leader.highWatermark()).isEqualTo(10L);
        step(new LeaderInput.BecomeLeader<>(EPOCH + 1, replicas(8, 1, 2, 3)));
        append(1);
        fetched(2, 11L, 11L);
        assertThat(leader.highWatermark()).isEqualTo(10L);
    }

    @Test
    void belowMinInsyncReplicasNothingIsTakenAndTheHighWatermarkStands() { // KIP-966
        leader = leading(COMMIT, 1);
        append(1);
        assertThat(outbox.replyTo(1).error()).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS);
        append(2, 1, plain(1));
        step(new LeaderInput.Flushed<>(leader.logEnd()));
        assertThat(outbox.replyTo(2).error()).isEqualTo(ErrorCode.NONE);
        assertThat(leader.highWatermark()).isEqualTo(4L);
    }

    @Test
    void anAppendThatWaitsWhenTheIsrShrinksBelowTheMinimumWaitsOn() { // KIP-966
        append(1);
        step(new LeaderInput.ReplicasChanged<>(replicas(8, 1)));
        assertThat(outbox.replies).isEmpty();
        step(new LeaderInput.ReplicasChanged<>(replicas(9, 1, 2)));
        fetched(2, 11L, 11L);
        assertThat(outbox.replyTo(1).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMinimumAboveTheReplicasMeansAllOfThem() { // KIP-966
        leader = leading(new ReplicaPolicy(true, Long.MAX_VALUE, 9, LAG_MS), 1, 2, 3);
        append(1);
        fetched(2, 11L, 11L);
        fetched(3, 11L, 11L);
        assertThat(outbox.replyTo(1).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aFollowerJoinsWithTheHighWatermarkAndTheStartOfTheEpoch() { // KIP-320
        leader = leading(COMMIT, 1, 2);
        fetched(3, 8L, 8L);
        assertThat(outbox.proposals).isEmpty(); // above the high watermark, 4; the epoch is at 10
        fetched(3, 10L, 9L);
        assertThat(outbox.proposals).isEmpty();
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals)
                .containsExactly(
                        new ReplicaSet.Proposal(
                                EPOCH,
                                7,
                                List.of(
                                        new Member(1, 101L),
                                        new Member(2, 102L),
                                        new Member(3, 103L))));
    }

    @Test
    void oneThatIsAlwaysOneRoundBehindIsWaitedFor() {
        leader = leading(COMMIT, 1, 2);
        for (int i = 0; i < 4 && outbox.proposals.isEmpty(); i++) {
            append(i);
            fetched(2, leader.logEnd(), leader.logEnd());
            fetched(3, leader.logEnd() - 1, leader.logEnd() - 1);
        }
        assertThat(outbox.proposals).hasSize(1);
    }

    @Test
    void oneThatIsWaitedForInVainHoldsNobodyUpForLong() {
        leader = leading(COMMIT, 1, 2);
        for (int i = 0; i < 2; i++) {
            append(i);
            fetched(2, leader.logEnd(), leader.logEnd());
            fetched(3, leader.logEnd() - 1, leader.logEnd() - 1);
        }
        append(2);
        fetched(2, 13L, 13L);
        assertThat(leader.highWatermark()).isEqualTo(12L);
        assertThat(leader.nextDeadlineMs()).isEqualTo(Isr.NEAR_MS);
        nowMs = Isr.NEAR_MS;
        step(new LeaderInput.Tick<>());
        assertThat(leader.highWatermark()).isEqualTo(13L);
        assertThat(outbox.replyTo(2).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whoIsProposedCountsBeforeItIsIn() { // KIP-497
        leader = leading(COMMIT, 1, 2);
        fetched(2, 10L, 10L);
        fetched(3, 10L, 10L);
        append(1);
        fetched(2, 11L, 11L);
        assertThat(leader.highWatermark()).isEqualTo(10L);
        fetched(3, 11L, 11L);
        assertThat(leader.highWatermark()).isEqualTo(11L);
    }

    @Test
    void whoIsProposedToLeaveCountsUntilItIsOut() { // KIP-497
        append(1);
        fetched(2, 11L, 11L);
        nowMs = 5 * LAG_MS;
        fetched(2, 11L, 11L);
        step(new LeaderInput.Tick<>());
        assertThat(outbox.proposals.getLast().isr())
                .extracting(Member::brokerId)
                .containsExactly(1, 2);
        assertThat(leader.highWatermark()).isEqualTo(4L);
        step(new LeaderInput.ReplicasChanged<>(replicas(8, 1, 2)));
        assertThat(leader.highWatermark()).isEqualTo(11L);
    }

    @Test
    void aSilentFollowerThatHasEverythingStays() {
        fetched(2, 10L, 10L);
        fetched(3, 10L, 10L);
        nowMs = 5 * LAG_MS;
        step(new LeaderInput.Tick<>());
        assertThat(outbox.proposals).isEmpty();
    }

    @Test
    void oneThatReachesWhatThereWasAtAnEarlierFetchStays() {
        for (int i = 0; i < 20; i++) { // always one behind, never by more than one round
            append(i, 1, plain(1));
            fetched(2, leader.logEnd() - 1, leader.logEnd() - 1);
            fetched(3, leader.logEnd(), leader.logEnd());
            nowMs += LAG_MS / 2;
            step(new LeaderInput.Tick<>());
        }
        assertThat(outbox.proposals).isEmpty();
    }

    @Test
    void oneThatFallsFurtherBehindGoesHoweverOftenItAsks() {
        for (int i = 0; i < 20; i++) {
            append(i, 1, plain(5));
            fetched(2, 10L + i, 10L + i);
            fetched(3, leader.logEnd(), leader.logEnd());
            nowMs += LAG_MS / 4;
            step(new LeaderInput.Tick<>());
        }
        assertThat(outbox.proposals.getFirst().isr())
                .extracting(Member::brokerId)
                .containsExactly(1, 3);
    }

    @Test
    void aFormerLifeOfABrokerIsNotHeard() { // KIP-903
        leader = leading(COMMIT, 1, 2);
        step(new LeaderInput.ReplicaFetched<>(3, 99L, EPOCH, 10L, 10L, nowMs));
        assertThat(outbox.proposals).isEmpty();
        assertThat(leader.followedBy(3, 99L)).isFalse();
        step(new LeaderInput.ReplicaFetched<>(3, 200L, EPOCH, 10L, 10L, nowMs)); // not known yet
        assertThat(outbox.proposals).isEmpty();
        step(new LeaderInput.ReplicaFetched<>(3, 103L, EPOCH, 10L, 10L, nowMs)); // the life before
        assertThat(outbox.proposals).isEmpty();
    }

    @Test
    void oneThatIsNotEligibleIsNotProposed() { // KIP-841
        List<Replica> all =
                List.of(
                        new Replica(1, 101L, true),
                        new Replica(2, 102L, true),
                        new Replica(3, 103L, false));
        leader = leading(COMMIT, 1, 2);
        step(new LeaderInput.ReplicasChanged<>(new ReplicaSet(1, 7, all, List.of(1, 2))));
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals).isEmpty();
        step(new LeaderInput.ReplicasChanged<>(replicas(7, 1, 2)));
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals).hasSize(1);
    }

    @Test
    void oneProposalAtATimeAndAgainAfterAWhile() {
        leader = leading(COMMIT, 1);
        fetched(2, 10L, 10L);
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals).hasSize(1);
        step(new LeaderInput.ProposalAnswered<>(7, true));
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals).hasSize(1); // too early
        nowMs = Isr.RETRY_MS;
        fetched(3, 10L, 10L);
        assertThat(outbox.proposals).hasSize(2);
        assertThat(outbox.proposals.getLast().isr())
                .extracting(Member::brokerId)
                .containsExactly(1, 3);
    }

    @Test
    void aProposalOfUnknownOutcomeIsRepeatedAndCountsOn() {
        leader = leading(new ReplicaPolicy(true, Long.MAX_VALUE, 1, LAG_MS), 1);
        fetched(2, 10L, 10L);
        step(new LeaderInput.ProposalAnswered<>(7, false));
        append(1);
        assertThat(outbox.replies).isEmpty();
        nowMs = leader.nextDeadlineMs();
        step(new LeaderInput.Tick<>());
        assertThat(outbox.proposals).hasSize(2);
        assertThat(outbox.proposals.getLast()).isEqualTo(outbox.proposals.getFirst());
    }

    @Test
    void oneThatMayComeIntoForceLateIsMadeVoid() {
        leader = leading(new ReplicaPolicy(true, Long.MAX_VALUE, 1, LAG_MS), 1);
        fetched(2, 10L, 10L);
        step(new LeaderInput.ProposalAnswered<>(7, false));
        step(
                new LeaderInput.ProposalAnswered<>(
                        7, true)); // the second try; the first may be on its way
        append(1);
        assertThat(outbox.replies).isEmpty();
        nowMs = leader.nextDeadlineMs();
        step(new LeaderInput.Tick<>());
        assertThat(outbox.proposals.getLast().isr()).containsExactly(new Member(1, 101L));
        step(new LeaderInput.ReplicasChanged<>(replicas(8, 1)));
        assertThat(outbox.replyTo(1).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whatIsNotNewerIsNoNews() {
        step(new LeaderInput.ReplicasChanged<>(replicas(6, 1)));
        append(1);
        assertThat(outbox.replies).isEmpty();
    }

    @Test
    void followersThatWaitAreWokenByAnAppend() {
        int[] woken = new int[1];
        leader.replicaReaders().add(new FetchWaitlist.Waiter(10L, () -> woken[0]++));
        append(1, 1, plain(1));
        assertThat(woken[0]).isEqualTo(1);
    }
}
