package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.AllocateProducerIds;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ControllerHostTest {

    private static final long SESSION_MS = 3_000;

    private static final Controller.Defaults DEFAULTS =
            new Controller.Defaults() {
                @Override
                public int partitions() {
                    return 1;
                }

                @Override
                public int replicationFactor() {
                    return 1;
                }

                @Override
                public boolean topicDeletion() {
                    return true;
                }
            };

    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(new ManualClock(0));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final MemoryMetadataLog.Kept kept = new MemoryMetadataLog.Kept();
    private final MemoryMetadataLog log = new MemoryMetadataLog(kept, loop);
    private final ControllerHost host = new ControllerHost(loop, log, DEFAULTS);
    private final List<ControllerReply> replies = new ArrayList<>();
    private final List<ClusterImage> images = new ArrayList<>();
    private long nextId;

    @BeforeEach
    void start() {
        host.subscribe((before, after) -> images.add(after));
        assertThat(started(host)).isEmpty();
        submit(new ControllerCommand.InitializeCluster(new Uuid(1, 1)));
        submit(
                new ControllerCommand.RegisterBroker(
                        1, new Uuid(2, 2), Optional.empty(), List.of(), List.of(), -1L, true));
        scheduler.runReady();
        replies.clear();
        images.clear();
    }

    /** Why the start failed, or empty. */
    private Optional<String> started(ControllerHost one) {
        List<String> faults = new ArrayList<>();
        List<ClusterImage> done = new ArrayList<>();
        one.start(
                Completion.of(
                        image -> done.add(image),
                        fault -> faults.add(String.valueOf(fault.getMessage()))));
        scheduler.runReady();
        assertThat(done.size() + faults.size()).isEqualTo(1);
        return faults.stream().findFirst();
    }

    private void submit(ControllerCommand command) {
        host.submit(command, loop, replies::add);
    }

    private CreateTopics create(String name) {
        return new CreateTopics(
                List.of(new NewTopic(name, new Uuid(3, nextId++), -1, -1, Map.of(), Map.of())),
                false);
    }

    private List<ErrorCode> errors() {
        return replies.stream().map(reply -> reply.outcomes().getFirst().error()).toList();
    }

    @Test
    void aReplyComesWithTheImageThatShowsIt() {
        log.hold();
        host.submit(
                create("t"),
                loop,
                reply -> {
                    assertThat(host.image().topics()).containsKey("t");
                    replies.add(reply);
                });
        scheduler.runReady();
        assertThat(replies).isEmpty();
        assertThat(host.image().topics()).isEmpty();
        log.commit();
        scheduler.runReady();
        assertThat(errors()).containsExactly(ErrorCode.NONE);
    }

    @Test
    void whatGathersIsCommittedTogetherAndSeesWhatCameBefore() {
        log.hold();
        submit(create("first"));
        submit(create("a"));
        submit(create("a"));
        submit(new AllocateProducerIds(1, 10));
        submit(new AllocateProducerIds(1, 10));
        scheduler.runReady();
        assertThat(log.underWay()).isEqualTo(1);
        log.commit();
        scheduler.runReady();
        assertThat(replies).hasSize(1);
        log.commit();
        scheduler.runReady();
        assertThat(log.underWay()).isZero();
        assertThat(errors())
                .containsExactly(
                        ErrorCode.NONE,
                        ErrorCode.NONE,
                        ErrorCode.TOPIC_ALREADY_EXISTS,
                        ErrorCode.NONE,
                        ErrorCode.NONE);
        assertThat(replies.get(3).producerIds()).isZero();
        assertThat(replies.get(4).producerIds()).isEqualTo(10);
        assertThat(images).hasSize(2);
        assertThat(images).extracting(ClusterImage::index).isSorted();
    }

    @Test
    void aFailedEntryEndsIt() {
        List<IOException> told = new ArrayList<>();
        host.onFailure(told::add);
        log.hold();
        submit(create("a"));
        submit(create("b"));
        scheduler.runReady();
        log.fail(new IOException("disk gone"));
        submit(create("c"));
        scheduler.runReady();
        assertThat(errors()).hasSize(3).containsOnly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(replies.getFirst().outcomes().getFirst().detail()).contains("disk gone");
        assertThat(told).hasSize(1);
        assertThat(log.underWay()).isZero();
        assertThat(host.image().topics()).isEmpty();
    }

    /** Another broker, whose log has what this one's has. */
    private ControllerHost follower(MemoryMetadataLog its) {
        ControllerHost other = new ControllerHost(loop, its, DEFAULTS);
        assertThat(started(other)).isEmpty();
        its.follows(log);
        for (int i = 0; i < kept.entries.size(); i++) {
            its.follow();
        }
        return other;
    }

    @Test
    void aCommandIsDecidedByWhoeverLeadsAndAnsweredWhereItIsApplied() {
        MemoryMetadataLog its = new MemoryMetadataLog(new MemoryMetadataLog.Kept(), loop);
        ControllerHost other = follower(its);
        other.submit(create("t"), loop, replies::add);
        other.submit(create("t"), loop, replies::add);
        scheduler.runReady();
        assertThat(host.image().topics()).containsKey("t");
        assertThat(other.image().topics()).isEmpty();
        assertThat(replies).as("not before the image shows it").isEmpty();
        its.follow();
        scheduler.runReady();
        assertThat(other.image()).isEqualTo(host.image());
        assertThat(errors()).containsExactly(ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS);
    }

    @Test
    void whereNobodyAnswersTheOutcomeIsUnknown() {
        MemoryMetadataLog its = new MemoryMetadataLog(new MemoryMetadataLog.Kept(), loop);
        ControllerHost other = follower(its);
        log.leadership(false, 2);
        other.submit(create("t"), loop, replies::add);
        log.close();
        other.submit(create("t"), loop, replies::add);
        scheduler.runReady();
        assertThat(errors())
                .containsExactly(ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REQUEST_TIMED_OUT);
    }

    @Test
    void theOneThatLeadsTellsOfTheQuorumAndIfItDoesNotAnswerNobodyIsSaidToLead() {
        submit(create("t"));
        scheduler.runReady();
        MemoryMetadataLog its = new MemoryMetadataLog(new MemoryMetadataLog.Kept(), loop);
        ControllerHost other = follower(its);
        log.leadership(true, 4);
        List<Quorum> told = new ArrayList<>();
        other.quorum(loop, told::add);
        host.quorum(loop, told::add);
        scheduler.runReady();
        assertThat(told).containsExactly(log.quorum(), log.quorum());
        assertThat(log.quorum()).isNotEqualTo(its.quorum());
        log.close();
        other.quorum(loop, told::add);
        scheduler.runReady();
        assertThat(told.getLast().leader()).isEqualTo(Quorum.NOBODY);
    }

    @Test
    void oneThatLeadsWithoutKnowingThatItDoesNoMoreTellsNothingOfTheQuorum() {
        submit(create("t"));
        scheduler.runReady();
        log.close(); // nobody confirms its office, and it was not told so
        List<Quorum> told = new ArrayList<>();
        host.quorum(loop, told::add);
        List<Boolean> current = new ArrayList<>();
        host.catchUp(loop, current::add);
        scheduler.runReady();
        assertThat(told.getFirst().leader()).isEqualTo(Quorum.NOBODY);
        assertThat(current).containsExactly(false);
    }

    @Test
    void catchingUpWaitsForWhatTheLeaderHasApplied() {
        MemoryMetadataLog its = new MemoryMetadataLog(new MemoryMetadataLog.Kept(), loop);
        ControllerHost other = follower(its);
        submit(create("t"));
        scheduler.runReady();
        List<Boolean> current = new ArrayList<>();
        host.catchUp(loop, current::add);
        scheduler.runReady();
        assertThat(current).containsExactly(true);
        if (other.image().index() < host.image().index()) {
            other.catchUp(loop, current::add);
            scheduler.runReady();
            assertThat(current).containsExactly(true);
        }
    }

    @Test
    void anAnswerAboutTheQuorumIsReadAsItWasWritten() {
        Quorum quorum =
                new Quorum(
                        2,
                        7L,
                        99L,
                        List.of(
                                new Quorum.Member(1, 98L, 5L, "one.example:9093"),
                                new Quorum.Member(2, 99L, -1L, "[::1]:9093")),
                        List.of(new Quorum.Member(4, Quorum.UNKNOWN, Quorum.UNKNOWN)));
        assertThat(QuorumQuestion.read(QuorumQuestion.answer(quorum))).contains(quorum);
        int withoutAddresses = 28 + 3 * 20;
        assertThat(QuorumQuestion.read(QuorumQuestion.answer(quorum).limit(withoutAddresses)))
                .as("of a leader that does not tell them")
                .hasValueSatisfying(older ->
                        assertThat(older.voters())
                                .extracting(Quorum.Member::address)
                                .containsExactly("", ""));
        assertThat(QuorumQuestion.read(QuorumQuestion.answer(quorum).limit(30))).isEmpty();
        assertThat(QuorumQuestion.readIndex(QuorumQuestion.answer(12L))).contains(12L);
    }

    @Test
    void aLeaderThatLosesItsTermKnowsNotWhatWasUnderWayAndLeadsAgainInAnother() {
        log.hold();
        submit(create("a"));
        scheduler.runReady();
        log.fail(new LeadershipLostException("elsewhere"));
        scheduler.runReady();
        assertThat(errors()).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
        log.leadership(true, 3);
        submit(create("b"));
        scheduler.runReady();
        log.commit();
        scheduler.runReady();
        assertThat(errors()).endsWith(ErrorCode.NONE);
        assertThat(host.image().topics()).containsOnlyKeys("b");
    }

    @Test
    void aSnapshotTakesThePlaceOfWhatIsKnown() {
        submit(create("gone"));
        scheduler.runReady();
        log.leadership(false, 2);
        Controller elsewhere = new Controller(DEFAULTS);
        kept.entries
                .subList(0, 2)
                .forEach(entry ->
                        MetadataEventCodec.decode(ByteBuffer.wrap(entry))
                                .forEach(elsewhere::apply));
        elsewhere.decide(create("kept")).events().forEach(elsewhere::apply);
        log.listening().restore(50L, MetadataEventCodec.encode(elsewhere.snapshot()));
        assertThat(host.image()).isEqualTo(elsewhere.image(50L));
        assertThat(images.getLast().topics()).containsOnlyKeys("kept");
    }

    @Test
    void aTermIsNotEndedByWhatFailsOfAnEarlierOne() {
        log.hold();
        submit(create("a"));
        scheduler.runReady();
        log.leadership(false, 1);
        log.leadership(true, 3);
        log.fail(new LeadershipLostException("the term is over"));
        submit(create("b"));
        scheduler.runReady();
        log.commit();
        scheduler.runReady();
        assertThat(errors()).containsExactly(ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NONE);
        assertThat(host.image().topics()).containsOnlyKeys("b");
    }

    @Test
    void waitingIsBounded() {
        log.hold();
        for (int i = 0; i < ControllerHost.MAX_WAITING + 2; i++) {
            submit(new AllocateProducerIds(1, 1));
        }
        scheduler.runReady();
        assertThat(errors()).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
    }

    @Test
    void aReplyMayAskForMore() {
        int[] left = {20_000};
        Runnable[] again = new Runnable[1];
        again[0] =
                () ->
                        host.submit(
                                new ControllerCommand.InitializeCluster(new Uuid(9, 9)),
                                loop,
                                reply -> {
                                    if (left[0]-- > 0) {
                                        again[0].run();
                                    }
                                });
        loop.enter(again[0]);
        scheduler.runReady();
        assertThat(left[0]).isEqualTo(-1);
    }

    @Test
    void aDefectiveCommandIsAnsweredAndTheOthersGoOn() {
        NewTopic broken = new NewTopic("x", new Uuid(5, 5), 1, 1, Map.of(), brokenMap());
        submit(create("a"));
        submit(new CreateTopics(List.of(broken), false));
        submit(create("b"));
        scheduler.runReady();
        assertThat(errors())
                .containsExactlyInAnyOrder(
                        ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.NONE, ErrorCode.NONE);
        assertThat(host.image().topics()).containsOnlyKeys("a", "b");
    }

    private static Map<String, String> brokenMap() {
        return new java.util.AbstractMap<>() {
            @Override
            public java.util.Set<Entry<String, String>> entrySet() {
                throw new UnsupportedOperationException("a defect");
            }
        };
    }

    @Test
    void aRestartShowsTheSameCluster() {
        for (int i = 0; i < 50; i++) {
            submit(create("t" + i));
            scheduler.runReady();
        }
        ControllerHost again =
                new ControllerHost(loop, new MemoryMetadataLog(kept, loop), DEFAULTS);
        assertThat(started(again)).isEmpty();
        assertThat(again.image()).isEqualTo(host.image());
    }

    @Test
    void theStateIsStoredNowAndThen() {
        for (int i = 0; i < ControllerHost.SNAPSHOT_ENTRIES + 5; i++) {
            submit(new AllocateProducerIds(1, 1));
            scheduler.runReady();
        }
        assertThat(kept.snapshotIndex).isEqualTo(ControllerHost.SNAPSHOT_ENTRIES - 1L);
        ControllerHost again =
                new ControllerHost(loop, new MemoryMetadataLog(kept, loop), DEFAULTS);
        assertThat(started(again)).isEmpty();
        assertThat(again.image()).isEqualTo(host.image());
    }

    @Test
    void metadataOfAnotherVersionStopsTheStart() {
        kept.entries.add(new byte[] {9, 0, 0, 0, 0});
        ControllerHost again =
                new ControllerHost(loop, new MemoryMetadataLog(kept, loop), DEFAULTS);
        assertThat(started(again).orElse(""))
                .contains("metadata entry 2 cannot be applied: metadata of format 9");
    }

    @Test
    void aBrokerThatIsKnownToBeGoneIsFencedBeforeItsLeaseEnds() {
        ControllerHost deciding =
                new ControllerHost(
                        loop,
                        new MemoryMetadataLog(new MemoryMetadataLog.Kept(), loop),
                        DEFAULTS,
                        SESSION_MS);
        assertThat(started(deciding)).isEmpty();
        for (int id = 1; id <= 2; id++) {
            deciding.submit(
                    new ControllerCommand.RegisterBroker(
                            id, new Uuid(2, id), Optional.empty(), List.of(), List.of(), -1L, true),
                    loop,
                    replies::add);
        }
        scheduler.runReady();
        long epoch = epochOf(deciding, 2);
        deciding.gone(new ControllerCommand.BrokerEpoch(2, epoch - 1));
        scheduler.runReady();
        assertThat(isFenced(deciding, 2)).as("an earlier run is gone").isFalse();
        deciding.gone(new ControllerCommand.BrokerEpoch(2, epoch));
        scheduler.advanceMs(1);
        assertThat(isFenced(deciding, 2)).isTrue();
        assertThat(isFenced(deciding, 1)).isFalse();
    }

    private static long epochOf(ControllerHost of, int broker) {
        return java.util.Objects.requireNonNull(of.image().brokers().get(broker)).epoch();
    }

    private static boolean isFenced(ControllerHost of, int broker) {
        return java.util.Objects.requireNonNull(of.image().brokers().get(broker)).fenced();
    }
}
