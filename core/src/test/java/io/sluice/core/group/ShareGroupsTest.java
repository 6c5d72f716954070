package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Listed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.SharesDescribed;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups whose members share partitions, by example (KIP-932). */
class ShareGroupsTest {
    private static final String GROUP = "workers";

    private final Room room = new Room(Room.SETTINGS);
    private Uuid jobs = Uuid.ZERO;

    @BeforeEach
    void thereIsATopic() {
        jobs = room.topics.put("jobs", 2);
    }

    private Beaten beat(String member, int epoch, String... topics) {
        return room.now(
                new GroupCommand.ShareBeat(
                        GROUP,
                        member,
                        epoch,
                        Optional.empty(),
                        "client",
                        "/host",
                        topics.length == 0 ? Optional.empty() : Optional.of(List.of(topics))),
                Beaten.class);
    }

    private PartitionSet both() {
        return new PartitionSet.Builder().add(jobs, 0).add(jobs, 1).build();
    }

    private SharesDescribed described() {
        return room.now(new GroupCommand.DescribeShares(GROUP), SharesDescribed.class);
    }

    @Test
    void whoJoinsReadsAtOnce() {
        Beaten joined = beat("a", 0, "jobs");
        assertThat(joined.error()).isEqualTo(ErrorCode.NONE);
        assertThat(joined.epoch()).isEqualTo(1);
        assertThat(joined.heartbeatMs()).isEqualTo(1_000);
        assertThat(joined.assignment()).contains(both());
        assertThat(beat("a", 1).assignment()).as("nothing new").isEmpty();
    }

    @Test
    void moreMembersThanPartitionsShareThem() {
        for (String member : List.of("a", "b", "c", "d")) {
            assertThat(beat(member, 0, "jobs").assignment().orElseThrow().size()).isPositive();
        }
        assertThat(beat("a", 1).assignment().orElseThrow().size()).isEqualTo(1);
        assertThat(described().members())
                .allSatisfy(one -> assertThat(one.standing().assigned().size()).isEqualTo(1));
    }

    @Test
    void whoGoesLeavesItsPartitionsToTheOthers() {
        beat("a", 0, "jobs");
        beat("b", 0, "jobs");
        assertThat(beat("a", -1).error()).isEqualTo(ErrorCode.NONE);
        assertThat(beat("b", 2).assignment()).contains(both());
        assertThat(beat("a", 1).error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void whoIsSilentIsOut() {
        beat("a", 0, "jobs");
        room.advance(3_000);
        beat("b", 0, "jobs");
        room.advance(2_000);
        assertThat(described().members()).extracting(ShareMember::id).containsExactly("b");
        assertThat(beat("b", 2).assignment()).contains(both());
    }

    @Test
    void anAnswerThatWasLostIsGivenAgain() {
        beat("a", 0, "jobs");
        beat("b", 0, "jobs");
        assertThat(beat("a", 1).epoch()).isEqualTo(2);
        Beaten again = beat("a", 1);
        assertThat(again.epoch()).isEqualTo(2);
        assertThat(again.assignment()).isPresent();
        assertThat(beat("a", 7).error()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    }

    @Test
    void topicsThatComeAndGrowAreReadAsSoonAsTheyAreThere() {
        assertThat(beat("a", 0, "jobs", "mail").assignment()).contains(both());
        Uuid mail = room.topics.put("mail", 1);
        assertThat(beat("a", 1).assignment())
                .contains(new PartitionSet.Builder().add(mail, 0).build().plus(both()));
        room.topics.delete("jobs");
        assertThat(beat("a", 2).assignment())
                .contains(new PartitionSet.Builder().add(mail, 0).build());
    }

    @Test
    void itIsAllThereAfterARestart() {
        beat("a", 0, "jobs");
        beat("b", 0, "jobs");
        SharesDescribed before = described();
        room.reload(true);
        assertThat(described()).isEqualTo(before);
        assertThat(beat("a", 1).error()).isEqualTo(ErrorCode.NONE);
        room.advance(4_000);
        assertThat(described().members()).hasSize(2);
        room.advance(6_000);
        assertThat(described().members()).isEmpty();
    }

    @Test
    void nonsenseIsRefused() {
        assertThat(beat("a", 0).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(beat("", 0, "jobs").error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(beat("a", -3, "jobs").error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(beat("a", 5, "jobs").error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        for (int i = 0; i < 6; i++) {
            beat("m" + i, 0, "jobs");
        }
        assertThat(beat("one too many", 0, "jobs").error())
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    }

    @Test
    void aNameBelongsToOneKindOfGroupAtATime() {
        beat("a", 0, "jobs");
        GroupCommand.Caller nobody = new GroupCommand.Caller(-1, "", Optional.empty());
        GroupCommand.Offset offset =
                new GroupCommand.Offset(new TopicPartition("jobs", 0), 5, -1, "");
        assertThat(
                        room.now(
                                        new GroupCommand.Commit(GROUP, nobody, List.of(offset)),
                                        PerPartition.class)
                                .error())
                .isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups())
                .extracting(GroupReply.ListedGroup::type)
                .containsExactly(GroupType.SHARE);
        beat("a", -1);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NONE);
        assertThat(described().state()).isEqualTo(GroupState.DEAD);
    }

    @Test
    void timesMayBeSetOnOneGroup() {
        room.topics.configure(GROUP, "share.heartbeat.interval.ms", "300");
        room.topics.configure(GROUP, "share.session.timeout.ms", "900");
        assertThat(beat("a", 0, "jobs").heartbeatMs()).isEqualTo(300);
        room.advance(900);
        assertThat(described().members()).isEmpty();
    }
}
