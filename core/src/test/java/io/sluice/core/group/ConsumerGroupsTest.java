package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupCommand.Beat;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.ConsumersDescribed;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Fetched;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.Left;
import io.sluice.core.group.GroupReply.Listed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.Synced;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Groups whose partitions the broker assigns (KIP-848), by example. */
class ConsumerGroupsTest {

    private static final String GROUP = "g";
    private static final int SESSION_MS = Room.CONSUMERS.times().sessionMs();
    private static final int REBALANCE_MS = 3_000;

    private final Room room = new Room(Room.SETTINGS);
    private final Uuid orders = room.topics.put("orders", 4);

    private static Beat join(String id, List<String> topics) {
        return beat(id, 0).wants(topics).owns(PartitionSet.NONE).timeout(REBALANCE_MS).made();
    }

    private static BeatMaker beat(String id, int epoch) {
        return new BeatMaker(GROUP, id, epoch);
    }

    private Beaten say(Beat beat) {
        return room.now(beat, Beaten.class);
    }

    private Beaten joined(String id) {
        Beaten told = say(join(id, List.of("orders")));
        assertThat(told.error()).as(told.why()).isEqualTo(ErrorCode.NONE);
        return told;
    }

    private List<Integer> partitions(Beaten told) {
        return told.assignment().orElseThrow().partitions(orders);
    }

    private PartitionSet set(int... partitions) {
        PartitionSet.Builder set = new PartitionSet.Builder();
        for (int partition : partitions) {
            set.add(orders, partition);
        }
        return set.build();
    }

    private ConsumersDescribed described() {
        return room.now(new GroupCommand.DescribeConsumers(GROUP), ConsumersDescribed.class);
    }

    @Test
    void theFirstGetsAllAtOnce() {
        Beaten told = joined("a");
        assertThat(told.epoch()).isEqualTo(1);
        int usual = Room.CONSUMERS.times().heartbeatMs();
        assertThat(told.heartbeatMs()).as("more may come soon").isEqualTo(usual / 5);
        assertThat(partitions(told)).containsExactly(0, 1, 2, 3);
        Beaten settled = say(beat("a", 1).made());
        assertThat(settled.assignment()).as("nothing new").isEmpty();
        assertThat(settled.heartbeatMs()).isEqualTo(usual);
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void partitionsChangeHandsOnlyWhenTheyWereGivenBack() {
        joined("a");
        Beaten second = joined("b");
        assertThat(second.epoch()).as("a new epoch").isEqualTo(2);
        assertThat(partitions(second)).as("all are held").isEmpty();
        assertThat(described().state()).isEqualTo(GroupState.RECONCILING);

        Beaten toldToGive = say(beat("a", 1).made());
        assertThat(toldToGive.epoch()).as("not there yet").isEqualTo(1);
        assertThat(partitions(toldToGive)).hasSize(2);
        List<Integer> kept = partitions(toldToGive);
        assertThat(say(beat("b", 2).made()).assignment()).as("not given back yet").isEmpty();

        PartitionSet left = toldToGive.assignment().orElseThrow();
        Beaten moved = say(beat("a", 1).owns(left).made());
        assertThat(moved.epoch()).isEqualTo(2);
        Beaten got = say(beat("b", 2).made());
        assertThat(partitions(got)).hasSize(2).doesNotContainAnyElementsOf(kept);
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
    }

    /** Simulator, seed 4000512: an older heartbeat came first, and its answer was for nobody. */
    @Test
    void whoDidNotHearWhatItHasIsToldAgain() {
        joined("a");
        joined("b");
        PartitionSet left = say(beat("a", 1).made()).assignment().orElseThrow();
        say(beat("a", 1).owns(left).made());
        say(beat("b", -1).made());
        Beaten lost = say(beat("a", 2).owns(left).made());
        assertThat(partitions(lost)).hasSize(4);

        Beaten again = say(beat("a", 2).owns(left).made());
        assertThat(again.epoch()).isEqualTo(3);
        assertThat(partitions(again)).as("it speaks of its last epoch").hasSize(4);
        assertThat(partitions(say(beat("a", 3).owns(left).made()))).as("it has less").hasSize(4);
        assertThat(say(beat("a", 3).made()).assignment()).as("nothing new").isEmpty();
    }

    @Test
    void whoIsNotConcernedIsNotDisturbed() {
        room.topics.put("payments", 2);
        Beaten other = say(join("p", List.of("payments")));
        assertThat(other.assignment().orElseThrow().size()).isEqualTo(2);
        joined("a");
        Beaten told = say(beat("p", other.epoch()).made());
        assertThat(told.assignment()).as("its partitions are the same").isEmpty();
        assertThat(told.epoch()).as("of the newer target").isEqualTo(2);
    }

    @Test
    void aMemberThatVanishesIsOutAfterItsSession() {
        joined("a");
        joined("b");
        room.advance(SESSION_MS - 1);
        say(beat("b", 2).made());
        room.advance(1);
        assertThat(say(beat("a", 1).made()).error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        Beaten all = say(beat("b", 2).made());
        assertThat(partitions(all)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void whoDoesNotGiveBackInTimeIsOut() {
        joined("a");
        joined("b");
        say(beat("a", 1).made());
        for (int i = 0; i < REBALANCE_MS; i += 1_000) {
            assertThat(say(beat("a", 1).made()).error()).isEqualTo(ErrorCode.NONE);
            say(beat("b", 2).made());
            room.advance(1_000);
        }
        assertThat(say(beat("a", 1).made()).error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void anEpochThatIsNotTheMembersIsFenced() {
        joined("a");
        assertThat(say(beat("a", 7).made()).error()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        joined("b");
        Beaten give = say(beat("a", 1).made());
        say(beat("a", 1).owns(give.assignment().orElseThrow()).made());
        // The answer was lost: the member is at 2 and does not know.
        Beaten again = say(beat("a", 1).owns(give.assignment().orElseThrow()).made());
        assertThat(again.error()).isEqualTo(ErrorCode.NONE);
        assertThat(again.epoch()).isEqualTo(2);
        assertThat(say(beat("a", 1).owns(set(0, 1, 2, 3)).made()).error())
                .as("it holds what it was not given")
                .isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        assertThat(say(beat("c", 1).made()).error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(say(new BeatMaker("none", "c", 1).made()).error())
                .isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    }

    @Test
    void aFencedMemberJoinsAgainAndHasWhatItHad() {
        joined("a");
        Beaten again = joined("a");
        assertThat(partitions(again)).containsExactly(0, 1, 2, 3);
        assertThat(described().members()).hasSize(1);
    }

    @Test
    void aStaticMemberGoesForAMomentAndIsBackUnderAnotherId() {
        Beat first =
                beat("s1", 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(REBALANCE_MS)
                        .instance("i")
                        .made();
        assertThat(partitions(say(first))).hasSize(4);
        Beat second =
                beat("s2", 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(REBALANCE_MS)
                        .instance("i")
                        .made();
        assertThat(say(second).error()).isEqualTo(ErrorCode.UNRELEASED_INSTANCE_ID);
        assertThat(say(beat("s1", -2).instance("i").made()).epoch()).isEqualTo(-2);
        joined("a");
        Beaten back = say(second);
        assertThat(back.error()).as(back.why()).isEqualTo(ErrorCode.NONE);
        assertThat(described().members())
                .extracting(ConsumerMember::id)
                .containsExactlyInAnyOrder("a", "s2");
        assertThat(partitions(back)).as("half of what it left behind").hasSize(2);
        assertThat(say(beat("s1", 1).instance("i").made()).error())
                .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    }

    @Test
    void aStaticMemberThatDoesNotComeBackIsOutInTheEnd() {
        Beat first =
                beat("s1", 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(REBALANCE_MS)
                        .instance("i")
                        .made();
        say(first);
        say(beat("s1", -2).instance("i").made());
        Beaten other = joined("a");
        assertThat(partitions(other)).isEmpty();
        for (int i = 0; i < SESSION_MS; i += 1_000) {
            room.advance(1_000);
            say(beat("a", 2).made());
        }
        assertThat(partitions(joined("a"))).hasSize(4);
    }

    @Test
    void aPatternIsFollowedWhenTopicsComeAndGo() {
        Beat byPattern =
                beat("a", 0).pattern("ord.*").owns(PartitionSet.NONE).timeout(REBALANCE_MS).made();
        Beaten told = say(byPattern);
        assertThat(told.assignment().orElseThrow().size()).isEqualTo(4);
        Uuid more = room.topics.put("orders-2", 3);
        Beaten grown = say(beat("a", 1).made());
        assertThat(grown.epoch()).isEqualTo(2);
        assertThat(grown.assignment().orElseThrow().partitions(more)).hasSize(3);
        room.topics.delete("orders");
        Beaten shrunk = say(beat("a", 2).made());
        assertThat(shrunk.assignment().orElseThrow().topics()).containsExactly(more);
        room.topics.put("__consumer_offsets", 3);
        assertThat(
                        say(beat("a", 2)
                                        .owns(shrunk.assignment().orElseThrow())
                                        .pattern(".*")
                                        .made())
                                .assignment()
                                .orElse(PartitionSet.NONE)
                                .topics())
                .as("never the broker's own topics")
                .isSubsetOf(more);
        assertThat(say(beat("x", 0).pattern("(").owns(PartitionSet.NONE).timeout(1).made()).error())
                .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
    }

    @Test
    void aTopicThatGrowsIsSharedAnew() {
        joined("a");
        room.topics.put("orders", 6);
        assertThat(partitions(say(beat("a", 1).made()))).hasSize(6);
    }

    @Test
    void theAssignorOfTheMajorityIsUsed() {
        Beat byRange =
                beat("a", 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(REBALANCE_MS)
                        .assignor("range")
                        .made();
        say(byRange);
        assertThat(described().assignor()).isEqualTo("range");
        Beat unknown =
                beat("b", 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(REBALANCE_MS)
                        .assignor("mine")
                        .made();
        assertThat(say(unknown).error()).isEqualTo(ErrorCode.UNSUPPORTED_ASSIGNOR);
    }

    @Test
    void whatIsMalformedIsToldInWords() {
        assertThat(say(beat("", 0).made()).why()).contains("member id");
        assertThat(say(beat("a", 0).made()).why()).contains("rebalance timeout");
        assertThat(say(beat("a", 0).timeout(1).made()).why()).contains("owns no partitions");
        assertThat(say(beat("a", 0).timeout(1).owns(PartitionSet.NONE).made()).why())
                .contains("subscribes");
        assertThat(say(beat("a", -2).made()).why()).contains("instance");
        assertThat(say(beat("a", -3).made()).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(described().state()).as("nothing came of it").isEqualTo(GroupState.DEAD);
    }

    @Test
    void offsetsAreTheMembersOfThatEpoch() {
        joined("a");
        assertThat(commit(new Caller(1, "a", Optional.empty()))).isEqualTo(ErrorCode.NONE);
        assertThat(commit(new Caller(0, "a", Optional.empty())))
                .isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
        assertThat(commit(new Caller(1, "b", Optional.empty())))
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(commit(new Caller(-1, "", Optional.empty())))
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(fetch(new Caller(0, "a", Optional.empty())).error())
                .isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
        assertThat(fetch(new Caller(1, "a", Optional.empty())).offsets()).hasSize(1);
        say(beat("a", -1).made());
        assertThat(commit(new Caller(-1, "", Optional.empty()))).isEqualTo(ErrorCode.NONE);
    }

    private ErrorCode commit(Caller caller) {
        return room.now(
                        new GroupCommand.Commit(
                                GROUP,
                                caller,
                                List.of(
                                        new GroupCommand.Offset(
                                                new TopicPartition("orders", 0), 5, 0, ""))),
                        PerPartition.class)
                .errors()
                .getFirst();
    }

    private Fetched fetch(Caller caller) {
        return room.now(
                new GroupCommand.Fetch(GROUP, Optional.of(caller), Optional.empty(), false),
                Fetched.class);
    }

    @Test
    void allIsThereAfterTheLogWasRead() {
        joined("a");
        joined("b");
        commit(new Caller(1, "a", Optional.empty()));
        say(beat("a", 1).made());
        for (boolean compacted : new boolean[] {false, true}) {
            ConsumersDescribed before = described();
            room.reload(compacted);
            assertThat(described()).isEqualTo(before);
            assertThat(fetch(new Caller(1, "a", Optional.empty())).offsets()).hasSize(1);
            assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups()).hasSize(1);
        }
        room.advance(SESSION_MS + REBALANCE_MS);
        assertThat(described().members()).as("nobody came back").isEmpty();
    }

    @Test
    void anEmptyGroupIsDeletedAndAFullOneIsNot() {
        joined("a");
        commit(new Caller(1, "a", Optional.empty()));
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        say(beat("a", -1).made());
        assertThat(described().state()).isEqualTo(GroupState.EMPTY);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NONE);
        room.reload(true);
        assertThat(described().state()).isEqualTo(GroupState.DEAD);
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups()).isEmpty();
    }

    @Test
    void offsetsGoWhenNobodyCameBackForLong() {
        joined("a");
        commit(new Caller(1, "a", Optional.empty()));
        say(beat("a", -1).made());
        room.advance(Room.SETTINGS.retentionMs() + 2 * Room.SETTINGS.retentionCheckMs());
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups()).isEmpty();
    }

    @Test
    void whatIsSetOnTheGroupHoldsForIt() {
        room.topics.configure(GROUP, "consumer.heartbeat.interval.ms", "77");
        room.topics.configure(GROUP, "consumer.session.timeout.ms", "700");
        joined("a");
        assertThat(say(beat("a", 1).made()).heartbeatMs()).isEqualTo(77);
        room.advance(699);
        assertThat(described().members()).hasSize(1);
        room.advance(1);
        assertThat(described().members()).isEmpty();
    }

    // A member of the classic protocol.

    private static Bytes wants(PartitionSet owned, String topic) {
        ByteBuffer bytes = ByteBuffer.allocate(200);
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        bytes.putShort((short) 1).putInt(1).putShort((short) name.length).put(name).putInt(-1);
        bytes.putInt(owned.isEmpty() ? 0 : 1);
        for (Uuid id : owned.topics()) {
            bytes.putShort((short) name.length).put(name).putInt(owned.partitions(id).size());
            owned.partitions(id).forEach(bytes::putInt);
        }
        byte[] all = new byte[bytes.position()];
        bytes.flip().get(all);
        return new Bytes(all);
    }

    private static GroupCommand.Join classicJoin(String id, String newId, PartitionSet owned) {
        return new GroupCommand.Join(
                GROUP,
                id,
                Optional.empty(),
                newId,
                "client",
                "/host",
                6_000,
                REBALANCE_MS,
                "consumer",
                List.of(new GroupCommand.Protocol("cooperative-sticky", wants(owned, "orders"))),
                false,
                true);
    }

    private Synced sync(Joined joined, GroupCommand.Assignment... assignments) {
        return room.now(
                new GroupCommand.Sync(
                        GROUP,
                        new Caller(joined.generation(), joined.memberId(), Optional.empty()),
                        Optional.of("consumer"),
                        joined.protocolName(),
                        List.of(assignments)),
                Synced.class);
    }

    private List<TopicPartition> assigned(Synced synced) {
        assertThat(synced.error()).isEqualTo(ErrorCode.NONE);
        return ConsumerProtocol.assignment(synced.assignment());
    }

    private ErrorCode heartbeat(Joined joined) {
        return room.now(
                        new GroupCommand.Heartbeat(
                                GROUP,
                                new Caller(
                                        joined.generation(), joined.memberId(), Optional.empty())),
                        Done.class)
                .error();
    }

    /** A classic group with one member that has all four partitions. */
    private Joined classic() {
        Joined joined = room.now(classicJoin("", "c", PartitionSet.NONE), Joined.class);
        Bytes all = ConsumerProtocol.assignment(set(0, 1, 2, 3), room.topics.image());
        sync(joined, new GroupCommand.Assignment("c", all));
        return joined;
    }

    @Test
    void aClassicGroupIsTakenOverWithItsMembersAndBack() {
        Joined old = classic();
        Beaten young = joined("n");
        assertThat(partitions(young)).as("the old one holds all").isEmpty();
        assertThat(described().members()).hasSize(2);
        assertThat(room.now(new GroupCommand.Describe(GROUP), GroupReply.Described.class).state())
                .as("it is no classic group any more")
                .isEqualTo(GroupState.DEAD);

        assertThat(heartbeat(old)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        Joined again = room.now(classicJoin("c", "", set(0, 1, 2, 3)), Joined.class);
        assertThat(again.error()).isEqualTo(ErrorCode.NONE);
        List<TopicPartition> fewer = assigned(sync(again));
        assertThat(fewer).as("what it may keep").hasSize(2);
        assertThat(heartbeat(again)).as("to give back").isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        PartitionSet kept = ConsumerProtocol.known(fewer, room.topics.image());
        Joined third = room.now(classicJoin("c", "", kept), Joined.class);
        assertThat(assigned(sync(third))).hasSize(2);
        assertThat(heartbeat(third)).isEqualTo(ErrorCode.NONE);
        assertThat(partitions(say(beat("n", young.epoch()).made()))).hasSize(2);
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
        assertThat(commit(new Caller(third.generation(), "c", Optional.empty())))
                .isEqualTo(ErrorCode.NONE);

        // The new one goes: the other is left to a classic group and joins again.
        say(beat("n", -1).made());
        assertThat(described().state()).isEqualTo(GroupState.DEAD);
        assertThat(
                        heartbeat(
                                new Joined(
                                        ErrorCode.NONE,
                                        third.generation() + 1,
                                        Optional.empty(),
                                        Optional.empty(),
                                        "",
                                        "c",
                                        List.of(),
                                        false)))
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        Joined leader = room.now(classicJoin("c", "", kept), Joined.class);
        assertThat(leader.leader()).isEqualTo("c");
        assertThat(leader.generation()).isGreaterThan(third.generation());
        room.reload(true);
        assertThat(fetch(new Caller(-1, "", Optional.empty())).offsets()).hasSize(1);
    }

    @Test
    void anOldMemberComesToAGroupOfTheNewKind() {
        joined("n");
        Joined old = room.now(classicJoin("", "c", PartitionSet.NONE), Joined.class);
        assertThat(old.error()).isEqualTo(ErrorCode.NONE);
        assertThat(assigned(sync(old))).as("all are held").isEmpty();
        Beaten give = say(beat("n", 1).made());
        say(beat("n", 1).owns(give.assignment().orElseThrow()).made());
        assertThat(heartbeat(old))
                .as("there is more now")
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        Joined again = room.now(classicJoin("c", "", PartitionSet.NONE), Joined.class);
        assertThat(assigned(sync(again))).hasSize(2);
        Left left =
                room.now(
                        new GroupCommand.Leave(
                                GROUP, List.of(new GroupCommand.Leaver("c", Optional.empty()))),
                        Left.class);
        assertThat(left.errors()).containsExactly(ErrorCode.NONE);
        assertThat(partitions(say(beat("n", 2).made()))).hasSize(4);
    }

    @Test
    void anOldMemberThatDoesNotJoinAgainIsOut() {
        Joined old = classic();
        Beaten young = joined("n");
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        for (int i = 0; i < REBALANCE_MS; i += 1_000) {
            room.advance(1_000);
            say(beat("n", young.epoch()).made());
        }
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(partitions(joined("n"))).hasSize(4);
    }

    @Test
    void aGroupOfOthersIsNotTakenOver() {
        GroupCommand.Join connect =
                new GroupCommand.Join(
                        GROUP,
                        "",
                        Optional.empty(),
                        "w",
                        "worker",
                        "/host",
                        6_000,
                        REBALANCE_MS,
                        "connect",
                        List.of(new GroupCommand.Protocol("default", Bytes.NONE)),
                        false,
                        true);
        room.now(connect, Joined.class);
        Beaten refused = say(join("n", List.of("orders")));
        assertThat(refused.error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(refused.why()).contains("classic");
    }

    @Test
    void anEmptyGroupIsWhoseComesFirst() {
        joined("a");
        commit(new Caller(1, "a", Optional.empty()));
        say(beat("a", -1).made());
        Joined joined = classic();
        assertThat(heartbeat(joined)).isEqualTo(ErrorCode.NONE);
        room.now(
                new GroupCommand.Leave(
                        GROUP, List.of(new GroupCommand.Leaver("c", Optional.empty()))),
                Left.class);
        Beaten back = joined("a");
        assertThat(partitions(back)).hasSize(4);
        assertThat(fetch(new Caller(back.epoch(), "a", Optional.empty())).offsets())
                .as("offsets are the name's")
                .hasSize(1);
        room.reload(true);
        assertThat(described().members()).hasSize(1);
    }

    @Test
    void anOldMemberHearsThatATopicGrew() {
        joined("n");
        Joined old = room.now(classicJoin("", "c", PartitionSet.NONE), Joined.class);
        sync(old);
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.NONE);
        room.topics.put("orders", 6);
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        Joined again = room.now(classicJoin("c", "", PartitionSet.NONE), Joined.class);
        assertThat(assigned(sync(again))).as("one of the new ones").hasSize(1);
    }

    @Test
    void anOldMemberDoesNotJoinAgainForATargetThatIsNotMadeYet() {
        room.topics.configure(GROUP, "consumer.assignment.interval.ms", "1000");
        Beaten young = joined("n");
        Joined old = room.now(classicJoin("", "c", PartitionSet.NONE), Joined.class);
        assertThat(assigned(sync(old))).as("its target is not made yet").isEmpty();
        room.topics.put("orders", 6);
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.NONE);
        room.advance(1_000);
        assertThat(heartbeat(old)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        Joined again = room.now(classicJoin("c", "", PartitionSet.NONE), Joined.class);
        assertThat(assigned(sync(again))).as("what nobody had").hasSize(2);
        assertThat(partitions(say(beat("n", young.epoch()).made()))).hasSize(3);
    }

    private static GroupCommand.Join asking(int number) {
        GroupCommand.Join join = classicJoin("", "promised-" + number, PartitionSet.NONE);
        return new GroupCommand.Join(
                join.group(),
                "",
                Optional.empty(),
                join.newMemberId(),
                join.clientId(),
                join.clientHost(),
                join.sessionMs(),
                join.rebalanceMs(),
                join.protocolType(),
                join.protocols(),
                true,
                true);
    }

    @Test
    void idsThatWereHandedOutCountAsMembersUntilTheirTimeIsUp() {
        joined("n");
        int places = Room.CONSUMERS.maxMembers() - 1;
        for (int i = 0; i < places; i++) {
            assertThat(room.now(asking(i), Joined.class).error())
                    .isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
        }
        assertThat(room.now(asking(places), Joined.class).error())
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        GroupCommand.Join promised = classicJoin("promised-0", "", PartitionSet.NONE);
        assertThat(room.now(promised, Joined.class).error()).isEqualTo(ErrorCode.NONE);
        assertThat(room.now(asking(places), Joined.class).error())
                .as("it has its place still")
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        room.advance(promised.sessionMs());
        joined("n");
        assertThat(room.now(asking(places), Joined.class).error())
                .isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
    }
}
