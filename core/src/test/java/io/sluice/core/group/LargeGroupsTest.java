package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.ConsumersDescribed;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.Listed;
import io.sluice.core.group.GroupReply.Synced;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A thousand members in one group, and two thousand groups at once. */
class LargeGroupsTest {

    private static final int MEMBERS = 1_000;
    private static final int GROUPS = 2_000;
    private static final int SESSION_MS = 10_000;

    private static final GroupSettings SETTINGS =
            new GroupSettings(
                    1_000,
                    60_000,
                    3_000,
                    MEMBERS,
                    100,
                    1L << 40,
                    1L << 40,
                    new GroupSettings.Consumers(
                            MEMBERS,
                            new GroupSettings.Times(SESSION_MS, 1_000, 1_000),
                            List.of("uniform"),
                            true,
                            true,
                            Set.of()),
                    Room.STREAMS,
                    Room.SHARES);

    private final Room room = new Room(SETTINGS);

    private static GroupCommand.Join join(String group, String id) {
        return new GroupCommand.Join(
                group,
                "",
                Optional.empty(),
                id,
                "client",
                "/host",
                SESSION_MS,
                SESSION_MS,
                "consumer",
                List.of(new GroupCommand.Protocol("range", new Bytes(new byte[200]))),
                false,
                true);
    }

    private static GroupCommand.Caller caller(Joined joined) {
        return new GroupCommand.Caller(joined.generation(), joined.memberId(), Optional.empty());
    }

    private Joined joined(long token) {
        return room.answer(token, Joined.class).orElseThrow();
    }

    @Test
    void aThousandMembersOfTheClassicProtocol() {
        List<Long> joins = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            joins.add(room.ask(join("g", "m" + i)));
        }
        room.advance(SESSION_MS);
        assertThat(room.now(join("g", "one-more"), Joined.class).error())
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        List<GroupCommand.Assignment> parts = new ArrayList<>();
        joins.forEach(token ->
                parts.add(
                        new GroupCommand.Assignment(
                                joined(token).memberId(), new Bytes(new byte[] {1}))));
        List<Long> syncs = new ArrayList<>();
        for (long token : joins) {
            Joined joined = joined(token);
            boolean leads = joined.leader().equals(joined.memberId());
            assertThat(joined.members()).hasSize(leads ? MEMBERS : 0);
            syncs.add(
                    room.ask(
                            new GroupCommand.Sync(
                                    "g",
                                    caller(joined),
                                    Optional.empty(),
                                    Optional.empty(),
                                    leads ? parts : List.of())));
        }
        syncs.forEach(token ->
                assertThat(room.answer(token, Synced.class).orElseThrow().assignment().size())
                        .isEqualTo(1));
        List<Joined> members = joins.stream().map(this::joined).toList();
        room.reload(true);
        members.forEach(one ->
                assertThat(
                                room.now(new GroupCommand.Heartbeat("g", caller(one)), Done.class)
                                        .error())
                        .isEqualTo(ErrorCode.NONE));
    }

    @Test
    void aThousandMembersThatTheBrokerAssigns() {
        room.topics.put("t", MEMBERS);
        int[] epochs = new int[MEMBERS];
        PartitionSet[] owned = new PartitionSet[MEMBERS];
        for (int i = 0; i < MEMBERS; i++) {
            BeatMaker join = new BeatMaker("g", "m" + i, 0);
            join.wants(List.of("t")).owns(PartitionSet.NONE).timeout(SESSION_MS);
            Beaten told = room.now(join.made(), Beaten.class);
            epochs[i] = told.epoch();
            owned[i] = told.assignment().orElse(PartitionSet.NONE);
        }
        for (int round = 0; round < 4; round++) {
            room.advance(1_000);
            for (int i = 0; i < MEMBERS; i++) {
                BeatMaker beat = new BeatMaker("g", "m" + i, epochs[i]);
                Beaten told = room.now(beat.owns(owned[i]).made(), Beaten.class);
                assertThat(told.error()).as(told.why()).isEqualTo(ErrorCode.NONE);
                epochs[i] = told.epoch();
                owned[i] = told.assignment().orElse(owned[i]);
            }
        }
        ConsumersDescribed group =
                room.now(new GroupCommand.DescribeConsumers("g"), ConsumersDescribed.class);
        assertThat(group.state()).isEqualTo(GroupState.STABLE);
        assertThat(group.members())
                .hasSize(MEMBERS)
                .allSatisfy(one -> assertThat(one.standing().assigned().size()).isEqualTo(1));
        room.reload(true);
        assertThat(room.now(new GroupCommand.DescribeConsumers("g"), ConsumersDescribed.class))
                .isEqualTo(group);
    }

    @Test
    void twoThousandGroups() {
        room.topics.put("t", 1);
        List<Long> joins = new ArrayList<>();
        for (int i = 0; i < GROUPS; i++) {
            if (i % 2 == 0) {
                joins.add(room.ask(join("classic-" + i, "m")));
            } else {
                BeatMaker join = new BeatMaker("consumer-" + i, "m", 0);
                join.wants(List.of("t")).owns(PartitionSet.NONE).timeout(SESSION_MS);
                assertThat(room.now(join.made(), Beaten.class).assignment().orElseThrow().size())
                        .isEqualTo(1);
            }
        }
        room.advance(4_000);
        joins.forEach(token -> assertThat(joined(token).error()).isEqualTo(ErrorCode.NONE));
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups()).hasSize(GROUPS);
        room.advance(2 * SESSION_MS + 4_000);
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups())
                .as("all members vanished")
                .allMatch(one -> one.state() == GroupState.EMPTY);
    }
}
