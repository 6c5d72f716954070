package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ReplicaDecisionsTest {

    private final Brokers brokers = new Brokers(4);
    private final Given given = brokers.given;

    @BeforeEach
    void aTopic() {
        brokers.topic(Map.of(), 1, 2, 3);
    }

    private ErrorCode tell(int leader, IsrChange change) {
        return brokers.tell(leader, change).error();
    }

    @Test
    void theLeaderTellsWhoIsInSync() {
        Outcome outcome = brokers.inSync(2, 1);
        assertThat(outcome.error()).isEqualTo(ErrorCode.NONE);
        assertThat(outcome.partition()).hasValue(brokers.partition());
        assertThat(brokers.partition().isr()).as("in replica order").containsExactly(1, 2);
        assertThat(brokers.partition().partitionEpoch()).isEqualTo(1);
        assertThat(brokers.partition().leaderEpoch()).isZero();
    }

    @Test
    void whatIsProposedAsItIsMakesEarlierProposalsVoid() {
        IsrChange underWay = brokers.change(1, 2);
        brokers.inSync(1, 2, 3);
        assertThat(brokers.partition().isr()).containsExactly(1, 2, 3);
        assertThat(brokers.partition().partitionEpoch()).isEqualTo(1);
        assertThat(tell(1, underWay)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
    }

    @Test
    void onlyWhoKnowsThePartitionAsItIsMayChangeIt() {
        IsrChange now = brokers.change(1, 2);
        assertThat(tell(2, now)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        brokers.inSync(1, 3);
        assertThat(tell(1, now)).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
        brokers.fence(1);
        brokers.start(1);
        assertThat(tell(1, now)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        PartitionImage image = brokers.partition();
        IsrChange later =
                new IsrChange(
                        given.find("t").id(),
                        0,
                        image.leaderEpoch(),
                        image.partitionEpoch() + 1,
                        now.isr());
        assertThat(tell(image.leader(), later)).isEqualTo(ErrorCode.NOT_CONTROLLER);
        assertThat(brokers.partition()).isEqualTo(image);
    }

    @Test
    void aLeaderOfAnEarlierEpochIsFencedThoughItLeadsAgain() {
        brokers.inSync(1);
        IsrChange now = brokers.change(1, 2);
        brokers.fence(1);
        brokers.start(1);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        assertThat(tell(1, now)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    }

    @Test
    void whatCannotBeIsRefused() {
        IsrChange good = brokers.change(1, 2);
        assertThat(tell(1, brokers.change(2, 3))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(tell(1, brokers.change(1, 4))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(tell(1, brokers.change(1, 2, 2))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(tell(1, brokers.change())).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(tell(1, new IsrChange(given.id(), 0, 0, 0, good.isr())))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(tell(1, new IsrChange(good.topicId(), 1, 0, 0, good.isr())))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(
                        given.run(new AlterPartitions(1, brokers.epoch(1) + 9, List.of(good, good)))
                                .outcomes())
                .extracting(Outcome::error)
                .containsExactly(ErrorCode.STALE_BROKER_EPOCH, ErrorCode.STALE_BROKER_EPOCH);
    }

    @Test
    void aReplicaOfAnEarlierRunIsNotInSync() {
        BrokerEpoch earlier = new BrokerEpoch(3, brokers.epoch(3));
        brokers.fence(3);
        assertThat(brokers.inSync(1, 2, 3).error()).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        brokers.start(3);
        IsrChange now = brokers.change(1, 2);
        IsrChange old =
                new IsrChange(
                        now.topicId(),
                        0,
                        now.leaderEpoch(),
                        now.partitionEpoch(),
                        List.of(now.isr().get(0), now.isr().get(1), earlier));
        assertThat(tell(1, old)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(brokers.inSync(1, 2, 3).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void thePreferredLeaderLeadsOnceItIsInSync() {
        assertThat(brokers.elect(false).error()).isEqualTo(ErrorCode.ELECTION_NOT_NEEDED);
        brokers.fence(1);
        brokers.start(1);
        assertThat(brokers.elect(false).error())
                .isEqualTo(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
        brokers.inSync(1, 2, 3);
        assertThat(brokers.elect(false).error()).isEqualTo(ErrorCode.NONE);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(2);
    }

    @Test
    void anUncleanElectionIsOrderedAndRecorded() {
        assertThat(brokers.elect(true).error()).isEqualTo(ErrorCode.ELECTION_NOT_NEEDED);
        brokers.inSync(1);
        brokers.fence(1);
        assertThat(brokers.partition().uncleanEpoch()).isEqualTo(PartitionImage.NEVER);
        brokers.fence(2, 3);
        assertThat(brokers.elect(true).error()).isEqualTo(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE);
        brokers.start(3);
        Outcome outcome = brokers.elect(true);
        assertThat(outcome.error()).isEqualTo(ErrorCode.NONE);
        assertThat(outcome.detail()).contains("broker 3 was not in sync");
        PartitionImage now = outcome.partition().orElseThrow();
        assertThat(now.leader()).isEqualTo(3);
        assertThat(now.isr()).containsExactly(3);
        assertThat(now.uncleanEpoch()).isEqualTo(now.leaderEpoch()).isEqualTo(2);
    }

    @Test
    void aReassignmentEndsWhenAllThatAreWantedAreInSync() {
        assertThat(brokers.reassign(4, 2, 3).error()).isEqualTo(ErrorCode.NONE);
        PartitionImage moving = brokers.partition();
        assertThat(moving.replicas()).containsExactly(4, 2, 3, 1);
        assertThat(moving.adding()).containsExactly(4);
        assertThat(moving.removing()).containsExactly(1);
        assertThat(moving.leader()).isEqualTo(1);
        assertThat(moving.directoryOf(1)).isEqualTo(Brokers.directory(1));
        assertThat(moving.target()).containsExactly(4, 2, 3);
        brokers.inSync(1, 2, 4);
        assertThat(brokers.partition().isMoving()).as("3 is not in sync").isTrue();
        Outcome last = brokers.inSync(1, 2, 3, 4);
        assertThat(last.error()).isEqualTo(ErrorCode.NEW_LEADER_ELECTED);
        PartitionImage done = brokers.partition();
        assertThat(done.isMoving()).isFalse();
        assertThat(done.replicas()).containsExactly(4, 2, 3);
        assertThat(done.isr()).containsExactly(4, 2, 3);
        assertThat(done.leader()).isEqualTo(4);
        assertThat(done.leaderEpoch()).isEqualTo(1);
        assertThat(done.directories()).hasSize(3).contains(Brokers.directory(2));
    }

    @Test
    void aReassignmentIsCancelled() {
        assertThat(brokers.reassign(Optional.empty(), true).error())
                .isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        brokers.reassign(4, 2);
        brokers.inSync(1, 2, 4);
        assertThat(brokers.partition().isMoving()).isFalse();
        brokers.reassign(1, 3);
        brokers.inSync(2, 4, 1);
        assertThat(brokers.partition().replicas()).containsExactly(1, 3, 4, 2);
        assertThat(brokers.reassign(Optional.empty(), true).error()).isEqualTo(ErrorCode.NONE);
        assertThat(brokers.partition().replicas()).containsExactlyInAnyOrder(4, 2);
        assertThat(brokers.partition().isr()).containsExactlyInAnyOrder(4, 2);
        assertThat(brokers.partition().isMoving()).isFalse();
    }

    @Test
    void aReassignmentIsReplacedByAnother() {
        brokers.reassign(4, 2, 3);
        brokers.inSync(1, 2, 3);
        brokers.reassign(1, 2, 3);
        assertThat(brokers.partition().replicas()).containsExactly(1, 2, 3);
        assertThat(brokers.partition().isMoving()).isFalse();
    }

    /** It hears late that it was none, deletes what it has, and counts by what it told before. */
    @Test
    void whatAReplicaToldThatComesBackDoesNotCount() {
        brokers.reassign(1, 2);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(1);
        brokers.reassign(1, 2, 3);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(1);
        brokers.reassign(1, 2);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(2);
    }

    @Test
    void anOrderAndFewerReplicasNeedNobodyToCatchUp() {
        brokers.reassign(3, 1, 2);
        assertThat(brokers.partition().replicas()).containsExactly(3, 1, 2);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        brokers.reassign(3, 2);
        assertThat(brokers.partition().replicas()).containsExactly(3, 2);
        assertThat(brokers.partition().leader()).isEqualTo(3);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(1);
    }

    @Test
    void impossibleReassignmentsAreRefused() {
        assertThat(brokers.reassign().error()).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(brokers.reassign(1, 1).error()).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(brokers.reassign(1, 9).error()).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(brokers.reassign(Optional.of(List.of(1, 2)), false).error())
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(brokers.partition().partitionEpoch()).isZero();
    }

    @Test
    void aBrokerThatGoesDoesNotEndAReassignmentEarly() {
        brokers.reassign(4, 2, 3);
        brokers.fence(1);
        assertThat(brokers.partition().isMoving()).isTrue();
        assertThat(brokers.partition().leader()).isEqualTo(2);
        brokers.inSync(2, 3, 4);
        assertThat(brokers.partition().replicas()).containsExactly(4, 2, 3);
        assertThat(brokers.partition().leader()).isEqualTo(2);
    }
}
