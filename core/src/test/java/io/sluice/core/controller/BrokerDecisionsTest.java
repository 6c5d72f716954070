package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.controller.ControllerCommand.UnregisterBroker;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BrokerDecisionsTest {

    private final Brokers brokers = new Brokers(3);
    private final Given given = brokers.given;

    private static final Map<String, String> TWO = Map.of("min.insync.replicas", "2");
    private static final Map<String, String> TWO_UNFLUSHED =
            Map.of("min.insync.replicas", "2", "sluice.flush", "os");

    private ErrorCode register(int id, List<Uuid> directories, long stoppedEpoch) {
        return given.run(brokers.registration(id, directories, stoppedEpoch))
                .outcomes()
                .getFirst()
                .error();
    }

    @Test
    void aBrokerBeginsFencedAndServesWithItsFirstHeartbeat() {
        ControllerReply reply =
                given.run(brokers.registration(4, List.of(Brokers.directory(4)), -1));
        assertThat(reply.standing()).isEqualTo(Standing.FENCED);
        assertThat(brokers.broker(4).fenced()).isTrue();
        assertThat(brokers.beat(4, true, false).standing()).isEqualTo(Standing.FENCED);
        assertThat(brokers.beat(4, false, false).standing()).isEqualTo(Standing.ACTIVE);
        assertThat(brokers.broker(4).fenced()).isFalse();
        assertThat(brokers.beat(4, true, false).standing()).isEqualTo(Standing.FENCED);
    }

    @Test
    void aSingleBrokerServesAtOnce() {
        Given alone = new Given(0);
        assertThat(alone.run(Given.register(1, alone.id())).standing()).isEqualTo(Standing.ACTIVE);
        assertThat(alone.image().brokers().get(1)).matches(broker -> !broker.fenced());
    }

    @Test
    void aSingleBrokerThatStoppedLeadsAgainInANewEpoch() {
        Given alone = new Given(1);
        alone.create("t");
        for (int i = 0; i < 2; i++) {
            alone.run(new BrokerHeartbeat(1, 0, 0, false, true, List.of()));
        }
        assertThat(alone.find("t").partitions())
                .allMatch(partition -> partition.leader() == PartitionImage.NO_LEADER);
        alone.run(Given.register(1, alone.id()));
        assertThat(alone.find("t").partitions())
                .allMatch(partition -> partition.leader() == 1 && partition.leaderEpoch() == 2);
    }

    @Test
    void aDirectoryThatWasNotRegisteredIsNotBelieved() {
        brokers.topic(Map.of(), 1, 2);
        assertThat(assign(new Uuid(9, 9)))
                .as("it asks again")
                .isEqualTo(ErrorCode.LOG_DIR_NOT_FOUND);
        assertThat(brokers.partition().directoryOf(1)).isEqualTo(Brokers.directory(1));
    }

    private ErrorCode assign(Uuid directory) {
        return given.run(new AssignDirectories(1, Map.of(new TopicPartition("t", 0), directory)))
                .outcomes()
                .getFirst()
                .error();
    }

    @Test
    void epochsGrowOverAllBrokersAndAreNeverUsedAgain() {
        long last = brokers.epoch(3);
        given.run(new UnregisterBroker(3));
        Controller restored = new Controller(new Given(0).defaults());
        given.controller().snapshot().forEach(restored::apply);
        assertThat(restored.decide(brokers.registration(3, List.of(), -1)).reply().brokerEpoch())
                .isEqualTo(last + 1);
    }

    @Test
    void anotherProcessOfTheSameIdIsRefusedWhileTheFirstServes() {
        Uuid elsewhere = new Uuid(5, 5);
        assertThat(register(1, List.of(elsewhere), -1))
                .isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
        assertThat(register(1, List.of(), -1)).isEqualTo(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
        brokers.fence(1);
        assertThat(register(1, List.of(elsewhere), -1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whoHoldsTheDirectoriesOrStoppedCleanlyNeedNotWait() {
        assertThat(register(1, List.of(Brokers.directory(1)), -1)).isEqualTo(ErrorCode.NONE);
        assertThat(register(2, List.of(), brokers.epoch(2))).isEqualTo(ErrorCode.NONE);
        brokers.beat(3, false, true);
        assertThat(register(3, List.of(), -1)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void theSameStartToldAgainChangesNothing() {
        ControllerCommand.RegisterBroker start =
                brokers.registration(4, List.of(Brokers.directory(4)), -1);
        long epoch = given.run(start).brokerEpoch();
        brokers.beat(4, false, false);
        Controller.Decision again = given.controller().decide(start);
        assertThat(again.events()).isEmpty();
        assertThat(again.reply().brokerEpoch()).isEqualTo(epoch);
        assertThat(again.reply().standing()).isEqualTo(Standing.ACTIVE);
    }

    @Test
    void onlyTheRunInForceIsHeard() {
        assertThat(
                        given.run(new BrokerHeartbeat(9, 0, 0, false, false, List.of()))
                                .outcomes()
                                .getFirst()
                                .error())
                .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
        long old = brokers.epoch(1);
        brokers.start(1);
        assertThat(
                        given.run(new BrokerHeartbeat(1, old, 0, false, false, List.of()))
                                .outcomes()
                                .getFirst()
                                .error())
                .isEqualTo(ErrorCode.STALE_BROKER_EPOCH);
        given.run(new FenceBrokers(List.of(new BrokerEpoch(1, old))));
        assertThat(brokers.broker(1).fenced()).as("a lease of an earlier run").isFalse();
    }

    @Test
    void aFencedLeaderIsFollowedByTheNextInSync() {
        brokers.topic(Map.of(), 1, 2, 3);
        brokers.fence(1);
        PartitionImage now = brokers.partition();
        assertThat(now.leader()).isEqualTo(2);
        assertThat(now.isr()).containsExactly(2, 3);
        assertThat(now.leaderEpoch()).isEqualTo(1);
        assertThat(now.partitionEpoch()).isEqualTo(1);
        brokers.fence(3);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().leaderEpoch()).as("the leader stays").isEqualTo(1);
    }

    @Test
    void theLastInSyncStaysSoAndLeadsWhenItIsBack() {
        brokers.topic(Map.of(), 1, 2);
        brokers.fence(2);
        brokers.fence(1);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        assertThat(brokers.partition().isr()).containsExactly(1);
        brokers.start(2);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        brokers.start(1);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        assertThat(brokers.partition().leaderEpoch()).isEqualTo(2);
    }

    @Test
    void whenAllGoAtOnceWhoeverIsBackFirstLeads() {
        brokers.topic(Map.of(), 1, 2, 3);
        brokers.fence(1, 2, 3);
        assertThat(brokers.partition().isr()).containsExactly(1, 2, 3);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        brokers.start(3);
        assertThat(brokers.partition().leader()).isEqualTo(3);
        assertThat(brokers.partition().isr()).containsExactly(3);
    }

    @Test
    void whoLeftAnIsrThatWasTooSmallToCommitMayLead() {
        brokers.topic(TWO, 1, 2, 3);
        brokers.fence(3);
        assertThat(brokers.partition().eligible()).as("1 and 2 commit").isEmpty();
        brokers.fence(2);
        assertThat(brokers.partition().eligible()).containsExactly(2);
        brokers.fence(1);
        assertThat(brokers.partition().isr()).containsExactly(1);
        brokers.start(3);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        brokers.start(2);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().isr()).containsExactly(2);
        assertThat(brokers.partition().eligible()).containsExactly(1);
        assertThat(brokers.inSync(2, 3).error()).isEqualTo(ErrorCode.NONE);
        assertThat(brokers.partition().eligible()).as("they commit").isEmpty();
    }

    @Test
    void aLowerMinimumMakesNobodyEligible() {
        brokers.topic(TWO, 1, 2);
        brokers.fence(2);
        assertThat(brokers.partition().eligible()).containsExactly(2);
        given.alter(
                ControllerCommand.ResourceType.TOPIC, "t", Given.set("min.insync.replicas", "1"));
        assertThat(brokers.partition().eligible()).isEmpty();
    }

    @Test
    void aCrashCostsTrustOnlyWhereNothingIsFlushed() {
        brokers.topic(TWO, 1, 2);
        brokers.fence(2);
        brokers.start(2);
        assertThat(brokers.partition().eligible()).containsExactly(2);
        Brokers others = new Brokers(2);
        others.topic(TWO_UNFLUSHED, 1, 2);
        others.fence(2);
        others.start(2, List.of(Brokers.directory(2)), others.epoch(2));
        assertThat(others.partition().eligible()).as("a clean stop").containsExactly(2);
        others.start(2);
        assertThat(others.partition().eligible()).isEmpty();
        assertThat(others.partition().lastKnown()).containsExactly(2);
    }

    @Test
    void theLastInSyncThatCrashedGivesWayToOneThatHasAll() {
        brokers.topic(TWO_UNFLUSHED, 1, 2);
        brokers.fence(2);
        brokers.start(1);
        assertThat(brokers.partition().isr()).containsExactly(2);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        brokers.beat(2, false, false);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().lastKnown()).containsExactly(1);
        assertThat(brokers.inSync(1, 2).error()).isEqualTo(ErrorCode.NONE);
        assertThat(brokers.partition().lastKnown()).isEmpty();
    }

    @Test
    void aWipedDiskIsAStranger() {
        brokers.topic(Map.of(), 1, 2);
        brokers.fence(1);
        brokers.start(1, List.of(new Uuid(100, 77)), -1);
        brokers.fence(2);
        assertThat(brokers.partition().isr()).containsExactly(2);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
    }

    @Test
    void theLastInSyncWithoutItsDiskLeadsNothingUntilItIsOrdered() {
        brokers.topic(Map.of(), 1);
        brokers.fence(1);
        Uuid fresh = new Uuid(100, 77);
        brokers.start(1, List.of(fresh), -1);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        assertThat(assign(fresh)).as("it asks again").isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(brokers.partition().directories()).containsExactly(Brokers.directory(1));
        assertThat(brokers.elect(true).error()).isEqualTo(ErrorCode.NONE);
        assertThat(brokers.partition().leader()).isEqualTo(1);
        assertThat(brokers.partition().directories()).containsExactly(Uuid.ZERO);
        given.run(new AssignDirectories(1, Map.of(new TopicPartition("t", 0), fresh)));
        assertThat(brokers.partition().directories()).containsExactly(fresh);
    }

    @Test
    void aReplicaWithoutAKnownDirectoryIsLostWithAllDisks() {
        given.create(given.assigned("t", Map.of(0, List.of(1, 2))));
        brokers.fence(1);
        brokers.start(1, List.of(new Uuid(100, 77)), -1);
        assertThat(brokers.partition().directories().getFirst())
                .isEqualTo(PartitionImage.LOST_DIRECTORY);
        assertThat(brokers.partition().isr()).containsExactly(2);
    }

    @Test
    void aDamagedReplicaLeadsNoMoreAndBeginsAnew() {
        brokers.topic(Map.of(), 1, 2);
        damaged(1);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().isr()).containsExactly(2);
        assertThat(brokers.partition().isLost(1)).isTrue();
        given.run(
                new AssignDirectories(1, Map.of(new TopicPartition("t", 0), Brokers.directory(1))));
        assertThat(brokers.partition().isLost(1)).isFalse();
    }

    @Test
    void theLastReplicaIsNotGivenUpThoughItIsDamaged() {
        brokers.topic(Map.of(), 1, 2);
        brokers.fence(2);
        PartitionImage before = brokers.partition();
        damaged(1);
        assertThat(brokers.partition()).isEqualTo(before);
    }

    private void damaged(int broker) {
        given.run(
                new AssignDirectories(
                        broker, Map.of(new TopicPartition("t", 0), PartitionImage.LOST_DIRECTORY)));
    }

    @Test
    void aFailedDirectoryMovesItsLeadershipsAndNoOthers() {
        Uuid second = new Uuid(100, 50);
        brokers.start(1, List.of(Brokers.directory(1), second), -1);
        brokers.topic(Map.of(), 1, 2);
        given.create(given.assigned("u", Map.of(0, List.of(1, 2))));
        given.run(new AssignDirectories(1, Map.of(new TopicPartition("u", 0), second)));
        given.run(
                new BrokerHeartbeat(
                        1,
                        brokers.epoch(1),
                        0,
                        false,
                        false,
                        List.of(Brokers.directory(1), new Uuid(9, 9))));
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(given.find("u").partitions().getFirst().leader()).isEqualTo(1);
        ControllerReply reply =
                given.run(
                        new BrokerHeartbeat(1, brokers.epoch(1), 0, false, false, List.of(second)));
        assertThat(reply.standing()).isEqualTo(Standing.FENCED);
        assertThat(given.find("u").partitions().getFirst().leader()).isEqualTo(2);
    }

    @Test
    void aBrokerThatWantsToStopLosesItsLeadershipsFirst() {
        brokers.topic(Map.of(), 1, 2);
        assertThat(brokers.beat(1, false, true).standing()).isEqualTo(Standing.SHUTTING_DOWN);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().isr()).containsExactly(2);
        assertThat(brokers.inSync(1, 2).error()).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(brokers.beat(1, false, true).standing()).isEqualTo(Standing.MAY_STOP);
        assertThat(brokers.broker(1).fenced()).isTrue();
        assertThat(brokers.beat(1, false, false).standing()).isEqualTo(Standing.FENCED);
        brokers.start(1, List.of(Brokers.directory(1)), brokers.epoch(1));
        assertThat(brokers.broker(1).isActive()).isTrue();
    }

    @Test
    void anUnregisteredBrokerIsGone() {
        brokers.topic(Map.of(), 1, 2);
        given.run(new UnregisterBroker(1));
        assertThat(given.image().brokers()).containsOnlyKeys(2, 3);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().replicas()).containsExactly(1, 2);
        assertThat(given.run(new UnregisterBroker(1)).outcomes().getFirst().error())
                .isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED);
    }

    /** Its disk may have gone with it: another one that may come back is worth more. */
    @Test
    void whoWasStruckOffIsNotEligibleAnyMore() {
        brokers.topic(Map.of("min.insync.replicas", "2"), 1, 2);
        brokers.inSync(1);
        assertThat(brokers.partition().eligible()).containsExactly(2);
        given.run(new UnregisterBroker(2));
        assertThat(brokers.partition().eligible()).isEmpty();
        brokers.fence(1);
        assertThat(brokers.partition().isr()).containsExactly(1);
        brokers.start(1, List.of(), brokers.epoch(1));
        assertThat(brokers.partition().isr()).as("its directory is gone").containsExactly(1);
        brokers.start(1, List.of(Brokers.directory(1)), brokers.epoch(1));
        assertThat(brokers.partition().leader()).isEqualTo(1);
    }

    /** Where nobody else is left it may be the only one that has anything. */
    @Test
    void whoWasStruckOffStaysTheLastInSync() {
        brokers.topic(Map.of(), 1, 2);
        brokers.inSync(1);
        given.run(new UnregisterBroker(1));
        assertThat(brokers.partition().isr()).containsExactly(1);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
    }

    @Test
    void aTopicMayPreferToServe() {
        brokers.topic(Map.of("unclean.leader.election.enable", "true"), 1, 2);
        brokers.inSync(1);
        brokers.fence(1);
        PartitionImage now = brokers.partition();
        assertThat(now.leader()).isEqualTo(2);
        assertThat(now.isr()).containsExactly(2);
        assertThat(now.uncleanEpoch()).isEqualTo(now.leaderEpoch());
        given.run(
                new ControllerCommand.AlterConfigs(
                        List.of(
                                new ControllerCommand.ConfigChange(
                                        ControllerCommand.ResourceType.TOPIC,
                                        "t",
                                        List.of(),
                                        true)),
                        false));
        brokers.start(1);
        brokers.fence(2);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        given.alter(
                ControllerCommand.ResourceType.TOPIC,
                "t",
                Given.set("unclean.leader.election.enable", "true"));
        assertThat(brokers.partition().leader()).as("at once").isEqualTo(1);
    }

    @Test
    void whereATopicPrefersToServeWhoeverIsBackFirstLeads() {
        brokers.topic(Map.of("unclean.leader.election.enable", "true"), 1, 2);
        brokers.inSync(1);
        brokers.fence(1, 2);
        assertThat(brokers.partition().leader()).isEqualTo(PartitionImage.NO_LEADER);
        brokers.start(2);
        assertThat(brokers.partition().leader()).isEqualTo(2);
        assertThat(brokers.partition().uncleanEpoch()).isEqualTo(2);
    }

    @Test
    void aTopicMadeWhileABrokerIsAwayHasACopyThereAsTheLast() {
        brokers.fence(2);
        assertThat(given.create(given.topic("t", 4, 3)).error()).isEqualTo(ErrorCode.NONE);
        for (PartitionImage partition : given.find("t").partitions()) {
            assertThat(partition.replicas()).containsExactlyInAnyOrder(1, 2, 3).endsWith(2);
            assertThat(partition.isr()).containsExactlyInAnyOrder(1, 3);
        }
        assertThat(given.create(given.topic("u", 1, 4)).error())
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        brokers.fence(1, 3);
        assertThat(given.create(given.topic("v", 1, 1)).error())
                .as("nobody could lead it")
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
    }

    @Test
    void anUncleanElectionPrefersWhoCrashedOverWhoWasBehindAndNotWhoLostItsDisk() {
        brokers.topic(TWO_UNFLUSHED, 1, 2, 3);
        brokers.inSync(1, 3);
        brokers.fence(3);
        brokers.start(3);
        assertThat(brokers.partition().lastKnown()).as("3 crashed").containsExactly(3);
        brokers.fence(1, 2, 3);
        brokers.start(2);
        brokers.start(3);
        assertThat(brokers.elect(true).partition().orElseThrow().leader()).isEqualTo(3);

        Brokers others = new Brokers(3);
        others.topic(TWO_UNFLUSHED, 1, 3, 2);
        others.inSync(1, 3);
        others.fence(3);
        others.start(3);
        others.fence(3);
        Uuid fresh = new Uuid(100, 77);
        others.start(3, List.of(fresh), -1);
        others.given.run(new AssignDirectories(3, Map.of(new TopicPartition("t", 0), fresh)));
        assertThat(others.partition().lastKnown()).as("3 has nothing").isEmpty();
    }
}
