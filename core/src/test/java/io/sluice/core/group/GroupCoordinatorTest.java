package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.Synced;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupCoordinatorTest {

    private static final String GROUP = "g";
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final Caller NOBODY = new Caller(-1, "", Optional.empty());

    private final Room room = new Room(Room.SETTINGS);

    GroupCoordinatorTest() {
        room.topics.put("t", 1);
    }

    static GroupCommand.Join join(String id, String newId, Optional<String> instance) {
        return new GroupCommand.Join(
                GROUP,
                id,
                instance,
                newId,
                "client",
                "/host",
                6_000,
                10_000,
                "consumer",
                List.of(new GroupCommand.Protocol("range", new Bytes(new byte[] {0, 1}))),
                false,
                true);
    }

    private static Caller caller(Joined joined) {
        return new Caller(joined.generation(), joined.memberId(), Optional.empty());
    }

    private static GroupCommand.Sync sync(Joined joined, GroupCommand.Assignment... assignments) {
        return new GroupCommand.Sync(
                GROUP,
                caller(joined),
                Optional.of("consumer"),
                Optional.of("range"),
                List.of(assignments));
    }

    private static GroupCommand.Assignment part(String member, int content) {
        return new GroupCommand.Assignment(member, new Bytes(new byte[] {(byte) content}));
    }

    /** One member, stable. */
    private Joined alone(String id) {
        Joined joined = room.now(join("", id, Optional.empty()), Joined.class);
        assertThat(joined.leader()).isEqualTo(id);
        Synced synced = room.now(sync(joined, part(id, 1)), Synced.class);
        assertThat(synced.error()).isEqualTo(ErrorCode.NONE);
        return joined;
    }

    private ErrorCode heartbeat(Caller caller) {
        return room.now(new GroupCommand.Heartbeat(GROUP, caller), Done.class).error();
    }

    private ErrorCode commit(Caller caller, long offset, String metadata) {
        return room.now(
                        new GroupCommand.Commit(
                                GROUP,
                                caller,
                                List.of(new GroupCommand.Offset(PARTITION, offset, 3, metadata))),
                        PerPartition.class)
                .errors()
                .getFirst();
    }

    private Optional<Long> committed() {
        return Optional.ofNullable(
                        room.now(
                                        new GroupCommand.Fetch(
                                                GROUP, Optional.empty(), Optional.empty(), false),
                                        GroupReply.Fetched.class)
                                .offsets()
                                .get(PARTITION))
                .map(GroupReply.Committed::offset);
    }

    @Test
    void aSecondMemberMakesTheFirstJoinAgain() {
        Joined first = alone("a");
        long second = room.ask(join("", "b", Optional.empty()));
        assertThat(room.answers).doesNotContainKey(second);
        assertThat(heartbeat(caller(first))).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);

        Joined again = room.now(join("a", "", Optional.empty()), Joined.class);
        Joined other = room.answer(second, Joined.class).orElseThrow();
        assertThat(again.generation()).isEqualTo(first.generation() + 1);
        assertThat(again.members()).hasSize(2);
        assertThat(other.members()).isEmpty();
        assertThat(other.leader()).isEqualTo("a");

        long waits = room.ask(sync(other));
        assertThat(room.answers).doesNotContainKey(waits);
        Synced mine = room.now(sync(again, part("a", 1), part("b", 2)), Synced.class);
        assertThat(mine.assignment()).isEqualTo(new Bytes(new byte[] {1}));
        assertThat(room.answer(waits, Synced.class).orElseThrow().assignment())
                .isEqualTo(new Bytes(new byte[] {2}));
        assertThat(heartbeat(caller(first))).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    }

    @Test
    void whoDoesNotJoinAgainInTimeIsLeftOut() {
        alone("a");
        long second = room.ask(join("", "b", Optional.empty()));
        room.advance(10_000);
        Joined joined = room.answer(second, Joined.class).orElseThrow();
        assertThat(joined.leader()).isEqualTo("b");
        assertThat(joined.members()).hasSize(1);
    }

    @Test
    void aMemberWithoutASignOfLifeIsRemoved() {
        Joined joined = alone("a");
        room.advance(5_000);
        assertThat(heartbeat(caller(joined))).isEqualTo(ErrorCode.NONE);
        room.advance(5_999);
        assertThat(heartbeat(caller(joined))).isEqualTo(ErrorCode.NONE);
        room.advance(6_001);
        assertThat(heartbeat(caller(joined))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(room.machine.state(GROUP)).contains(GroupState.EMPTY);
    }

    @Test
    void aLeaderThatNeverAssignsIsRemoved() {
        Joined joined = room.now(join("", "a", Optional.empty()), Joined.class);
        assertThat(room.machine.state(GROUP)).contains(GroupState.COMPLETING);
        room.advance(10_000);
        assertThat(heartbeat(caller(joined))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aStaticMemberComesBackWithoutARebalanceAndFencesItsEarlierSelf() {
        Optional<String> instance = Optional.of("one");
        Joined joined = room.now(join("", "a", instance), Joined.class);
        Caller before = new Caller(joined.generation(), "a", instance);
        room.now(
                new GroupCommand.Sync(
                        GROUP, before, Optional.empty(), Optional.empty(), List.of(part("a", 7))),
                Synced.class);
        Joined back = room.now(join("", "b", instance), Joined.class);
        assertThat(back.generation()).isEqualTo(joined.generation());
        assertThat(back.skip()).isTrue();
        assertThat(heartbeat(before)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(commit(before, 1, "")).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        Synced synced =
                room.now(
                        new GroupCommand.Sync(
                                GROUP,
                                new Caller(back.generation(), "b", instance),
                                Optional.empty(),
                                Optional.empty(),
                                List.of()),
                        Synced.class);
        assertThat(synced.assignment()).isEqualTo(new Bytes(new byte[] {7}));
    }

    @Test
    void commitsAreTakenFromThisGenerationAlone() {
        assertThat(commit(NOBODY, 5, "")).isEqualTo(ErrorCode.NONE);
        Joined joined = alone("a");
        assertThat(commit(NOBODY, 6, "")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(commit(caller(joined), 7, "note")).isEqualTo(ErrorCode.NONE);
        assertThat(commit(caller(joined), 8, "x".repeat(21)))
                .isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        Caller old = new Caller(joined.generation() - 1, "a", Optional.empty());
        assertThat(commit(old, 9, "")).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(committed()).contains(7L);
    }

    @Test
    void aGroupIsAsItWasAfterALoad() {
        for (boolean compacted : new boolean[] {false, true}) {
            Room other = new Room(Room.SETTINGS);
            Joined joined = other.now(join("", "a", Optional.empty()), Joined.class);
            other.now(sync(joined, part("a", 4)), Synced.class);
            other.reload(compacted);
            other.advance(5_000);
            assertThat(
                            other.now(new GroupCommand.Heartbeat(GROUP, caller(joined)), Done.class)
                                    .error())
                    .isEqualTo(ErrorCode.NONE);
            assertThat(other.now(sync(joined), Synced.class).assignment())
                    .isEqualTo(new Bytes(new byte[] {4}));
            other.reload(compacted);
            other.advance(6_001);
            assertThat(other.machine.state(GROUP))
                    .as("a member that does not come back")
                    .contains(GroupState.EMPTY);
        }
    }

    @Test
    void offsetsExpireOnceTheGroupIsEmptyForLong() {
        Joined joined = alone("a");
        commit(caller(joined), 7, "");
        for (int i = 0; i < 50; i++) {
            room.advance(5_000);
            assertThat(heartbeat(caller(joined))).isEqualTo(ErrorCode.NONE);
        }
        room.now(
                new GroupCommand.Leave(
                        GROUP, List.of(new GroupCommand.Leaver("a", Optional.empty()))),
                GroupReply.Left.class);
        commit(NOBODY, 7, "");
        room.advance(90_000);
        assertThat(committed()).contains(7L);
        room.advance(30_000);
        assertThat(committed()).isEmpty();
        assertThat(room.machine.state(GROUP)).isEmpty();
        room.reload(true);
        assertThat(room.machine.state(GROUP)).isEmpty();
    }

    @Test
    void aGroupWithMembersIsNotDeletedAndOneWithoutLeavesNothing() {
        Joined joined = alone("a");
        commit(caller(joined), 7, "");
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        room.now(
                new GroupCommand.Leave(
                        GROUP, List.of(new GroupCommand.Leaver("a", Optional.empty()))),
                GroupReply.Left.class);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NONE);
        assertThat(committed()).isEmpty();
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    }

    @Test
    void offsetsOfATopicThatIsGoneGo() {
        commit(NOBODY, 7, "");
        room.now(new GroupCommand.TopicsGone(Set.of("t")), Done.class);
        assertThat(committed()).isEmpty();
    }

    @Test
    void offsetsOfATopicThatWentUnheardOfGo() {
        commit(NOBODY, 7, "");
        room.topics.delete("t");
        room.reload(true);
        room.advance(1);
        assertThat(committed()).isEmpty();
    }

    @Test
    void offsetsOfATopicThatWentWhileTheLogWasReadAreNotThoseOfTheNextOfThatName() {
        commit(NOBODY, 7, "");
        room.reload(true);
        room.topics.delete("t");
        room.topics.put("t", 1);
        commit(NOBODY, 3, "");
        assertThat(committed()).contains(3L);
        room.reload(true);
        room.advance(1);
        assertThat(committed()).as("the next one's stay").isPresent();
    }

    @Test
    void offsetsOfATopicThatIsMadeAgainWhileTheLogWasReadAreGone() {
        commit(NOBODY, 7, "");
        room.reload(true);
        room.topics.delete("t");
        room.topics.put("t", 1);
        room.advance(1);
        assertThat(committed()).isEmpty();
    }

    /** The broker died between the two, and nobody could be told. */
    @Test
    void offsetsOfATopicThatWasMadeAgainUnheardOfAreNotServed() {
        commit(NOBODY, 7, "");
        room.topics.delete("t");
        room.topics.put("t", 1);
        room.reload(true);
        assertThat(committed()).isEmpty();
        room.advance(Room.SETTINGS.retentionCheckMs());
        assertThat(room.machine.state(GROUP)).as("they are let go").isEmpty();
    }

    /** As brokers wrote them that did not know of ids. */
    @Test
    void offsetsWithoutAnIdAreServed() throws RecordFormatException {
        GroupEvent event =
                new GroupEvent.Offset(
                        GROUP,
                        new TopicPartition("t", 0),
                        new GroupReply.Committed(7, 1, "m", 5, Uuid.ZERO));
        byte[] value =
                new EventWriter().int8((byte) 0).int64(7).int32(1).text("m").int64(5).bytes();
        assertThat(GroupEventFormat.value(event)).isEqualTo(value);
        GroupEvent read =
                GroupEventFormat.read(
                        ByteBuffer.wrap(GroupEventFormat.key(event)), ByteBuffer.wrap(value));
        assertThat(read).isEqualTo(event);
        room.machine.apply(event);
        assertThat(committed()).contains(7L);
    }

    /** So many that one decision does not let them all go, in several groups. */
    @Test
    void oldOffsetsGoInDecisionsOfBoundedSize() {
        for (int group = 0; group < 5; group++) {
            List<GroupCommand.Offset> offsets = new ArrayList<>();
            for (int i = 0; i < 700; i++) {
                offsets.add(new GroupCommand.Offset(new TopicPartition("t", i), 1, 0, ""));
            }
            room.ask(new GroupCommand.Commit("g" + group, NOBODY, offsets));
        }
        room.nowMs += 2 * Room.SETTINGS.retentionMs();
        int gone = 0;
        while (room.machine.nextDeadlineMs() <= room.nowMs) {
            var decision = room.machine.onDeadline(room.nowMs);
            assertThat(decision.events()).hasSizeBetween(1, 1_100);
            decision.events().forEach(room.machine::apply);
            gone += decision.events().size();
        }
        assertThat(gone).as("offsets and groups").isEqualTo(5 * 701);
        assertThat(room.now(new GroupCommand.ListAll(), GroupReply.Listed.class).groups())
                .isEmpty();
    }

    @Test
    void aGroupIsBoundedAndWantsOneProtocolInCommon() {
        for (int i = 0; i < Room.SETTINGS.maxMembers(); i++) {
            room.ask(join("", "m" + i, Optional.empty()));
        }
        assertThat(room.now(join("", "more", Optional.empty()), Joined.class).error())
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        GroupCommand.Join base = join("", "other", Optional.empty());
        GroupCommand.Join other =
                new GroupCommand.Join(
                        GROUP,
                        "",
                        Optional.empty(),
                        "other",
                        "c",
                        "/h",
                        base.sessionMs(),
                        base.rebalanceMs(),
                        "consumer",
                        List.of(new GroupCommand.Protocol("mine", Bytes.NONE)),
                        false,
                        false);
        assertThat(room.now(other, Joined.class).error())
                .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void aNewGroupWaitsForCompany() {
        Room waiting =
                new Room(
                        new GroupSettings(
                                1_000,
                                60_000,
                                3_000,
                                5,
                                20,
                                100_000L,
                                10_000L,
                                Room.CONSUMERS,
                                Room.STREAMS,
                                Room.SHARES));
        long first = waiting.ask(join("", "a", Optional.empty()));
        waiting.advance(2_000);
        long second = waiting.ask(join("", "b", Optional.empty()));
        waiting.advance(2_000);
        assertThat(waiting.answers).as("company has come, more may").doesNotContainKey(first);
        waiting.advance(3_000);
        assertThat(waiting.answer(first, Joined.class).orElseThrow().members()).hasSize(2);
        assertThat(waiting.answer(second, Joined.class).orElseThrow().generation()).isEqualTo(1);
    }
}
