package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.Described;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.Listed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.StreamsBeaten;
import io.sluice.core.group.GroupReply.StreamsDescribed;
import io.sluice.core.group.StreamsStatus.Code;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.Topology.Subtopology;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups whose tasks the broker assigns, by example (KIP-1071). */
class StreamsGroupsTest {

    private static final String GROUP = "app";

    private Room room = new Room(Room.SETTINGS);

    /** Reads "text", writes "words", counts them. */
    private static Topology topology(int epoch) {
        return new Topology(
                epoch,
                List.of(
                        new Subtopology(
                                "0",
                                List.of("text"),
                                List.of("words"),
                                List.of(),
                                List.of(),
                                List.of()),
                        new Subtopology(
                                "1",
                                List.of(),
                                List.of(),
                                List.of(new InternalTopic("words", 0, 0, new TreeMap<>())),
                                List.of(new InternalTopic("counts", 0, 0, new TreeMap<>())),
                                List.of())));
    }

    @BeforeEach
    void allTopicsAreThere() {
        room.topics.put("text", 2);
        room.topics.put("words", 2);
        room.topics.put("counts", 2);
    }

    private StreamsBeaten ask(StreamsBeatMaker beat) {
        return room.now(beat.made(), StreamsBeaten.class);
    }

    private StreamsBeaten join(String member, String process) {
        return ask(StreamsBeatMaker.join(GROUP, member, process, topology(0)));
    }

    private StreamsBeatMaker beat(String member, int epoch) {
        return new StreamsBeatMaker(GROUP, member, epoch);
    }

    private StreamsDescribed described() {
        return room.now(new GroupCommand.DescribeStreams(GROUP), StreamsDescribed.class);
    }

    private static Tasks active(int... tasks) {
        List<Task> all = new java.util.ArrayList<>();
        for (int task : tasks) {
            all.add(new Task(Integer.toString(task / 10), task % 10));
        }
        return Tasks.ofActive(all);
    }

    @Test
    void theFirstMemberGetsAllTasks() {
        StreamsBeaten joined = join("a", "p");
        assertThat(joined.error()).isEqualTo(ErrorCode.NONE);
        assertThat(joined.epoch()).isEqualTo(1);
        assertThat(joined.statuses()).isEmpty();
        assertThat(joined.assignment()).contains(active(0, 1, 10, 11));
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
        assertThat(ask(beat("a", 1)).assignment()).as("nothing new").isEmpty();
    }

    @Test
    void tasksGoOverWhenTheyWereGivenBackAndNotBefore() {
        join("a", "p");
        StreamsBeaten second = join("b", "q");
        assertThat(second.assignment()).contains(Tasks.NONE);
        StreamsBeaten first = ask(beat("a", 1));
        Tasks kept = first.assignment().orElseThrow();
        assertThat(kept.active()).hasSize(2);
        assertThat(first.epoch()).as("not yet there").isEqualTo(1);
        assertThat(ask(beat("b", second.epoch())).assignment()).as("still held").isEmpty();
        assertThat(ask(beat("a", 1).owns(kept)).epoch()).isEqualTo(2);
        Tasks got = ask(beat("b", second.epoch())).assignment().orElseThrow();
        assertThat(got).isEqualTo(active(0, 1, 10, 11).minus(kept));
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void topicsOfTheApplicationAreNamedAndTheTasksComeWithThem() {
        room.topics.delete("words");
        room.topics.delete("counts");
        StreamsBeaten joined = join("a", "p");
        assertThat(joined.statuses().getFirst().code()).isEqualTo(Code.MISSING_INTERNAL_TOPICS);
        assertThat(joined.toMake().stream().map(InternalTopic::name))
                .containsExactly("counts", "words");
        assertThat(joined.toMake()).allMatch(topic -> topic.partitions() == 2);
        assertThat(joined.assignment()).contains(Tasks.NONE);
        assertThat(described().state()).isEqualTo(GroupState.NOT_READY);
        room.topics.put("words", 2);
        room.topics.put("counts", 2);
        StreamsBeaten next = ask(beat("a", joined.epoch()));
        assertThat(next.statuses()).isEmpty();
        assertThat(next.assignment()).contains(active(0, 1, 10, 11));
    }

    @Test
    void aSourceThatGoesTakesTheTasksWithIt() {
        StreamsBeaten joined = join("a", "p");
        room.topics.delete("text");
        StreamsBeaten next = ask(beat("a", joined.epoch()));
        assertThat(next.statuses().getFirst().code()).isEqualTo(Code.MISSING_SOURCE_TOPICS);
        assertThat(next.assignment()).contains(Tasks.NONE);
        ask(beat("a", joined.epoch()).owns(Tasks.NONE));
        room.topics.put("text", 2);
        StreamsBeaten back = ask(beat("a", described().members().getFirst().standing().epoch()));
        assertThat(back.assignment()).contains(active(0, 1, 10, 11));
    }

    @Test
    void standbysAreOfAnotherProcess() {
        room.topics.configure(GROUP, "streams.num.standby.replicas", "1");
        StreamsBeaten a = join("a", "p");
        assertThat(a.assignment().orElseThrow().standby()).as("there is no other").isEmpty();
        StreamsBeaten b = join("b", "q");
        for (int i = 0; i < 4; i++) {
            a = ask(beat("a", a.epoch()).owns(described("a").standing().assigned()));
            b = ask(beat("b", b.epoch()).owns(described("b").standing().assigned()));
        }
        assertThat(described().state()).isEqualTo(GroupState.STABLE);
        Tasks left = described("a").standing().assigned();
        Tasks right = described("b").standing().assigned();
        assertThat(left.standby()).isEqualTo(some(right));
        assertThat(right.standby()).isEqualTo(some(left));
    }

    /** Those with a state. */
    private static Object some(Tasks tasks) {
        return tasks.filter(task -> task.subtopology().equals("1"), task -> false, task -> false)
                .active();
    }

    private StreamsMember described(String id) {
        return described().members().stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aGroupThatBeginsWaitsForCompany() {
        room.topics.configure(GROUP, "streams.initial.rebalance.delay.ms", "2000");
        StreamsBeaten a = join("a", "p");
        assertThat(a.statuses().getFirst().code()).isEqualTo(Code.ASSIGNMENT_DELAYED);
        assertThat(a.assignment()).contains(Tasks.NONE);
        assertThat(a.epoch()).isPositive();
        StreamsBeaten b = join("b", "q");
        room.advance(1_999);
        a = ask(beat("a", a.epoch()));
        assertThat(a.assignment()).isEmpty();
        room.advance(1);
        a = ask(beat("a", a.epoch()));
        b = ask(beat("b", b.epoch()));
        assertThat(a.assignment().orElseThrow().active()).hasSize(2);
        assertThat(b.assignment().orElseThrow().active()).hasSize(2);
    }

    @Test
    void anotherTopologyNeedsAHigherEpochWhileSomebodyRunsTheOld() {
        join("a", "p");
        Topology other = new Topology(0, topology(0).subtopologies().subList(0, 1));
        StreamsBeaten refused = ask(StreamsBeatMaker.join(GROUP, "b", "q", other));
        assertThat(refused.error()).isEqualTo(ErrorCode.STREAMS_INVALID_TOPOLOGY);
        Topology newer = new Topology(1, other.subtopologies());
        StreamsBeaten b = ask(StreamsBeatMaker.join(GROUP, "b", "q", newer));
        assertThat(b.error()).isEqualTo(ErrorCode.NONE);
        StreamsBeaten a = ask(beat("a", 1));
        assertThat(a.statuses().getFirst().code()).isEqualTo(Code.STALE_TOPOLOGY);
        assertThat(a.assignment()).as("the new one takes over").contains(Tasks.NONE);
        ask(beat("a", 1).owns(Tasks.NONE));
        assertThat(ask(beat("b", b.epoch())).assignment()).contains(active(0, 1));
        StreamsBeaten late = join("c", "r");
        assertThat(late.statuses().getFirst().code()).isEqualTo(Code.STALE_TOPOLOGY);
        assertThat(late.assignment()).contains(Tasks.NONE);
    }

    @Test
    void nobodyIsLeftSoAnyTopologyIsTaken() {
        join("a", "p");
        ask(beat("a", -1));
        assertThat(described().state()).isEqualTo(GroupState.EMPTY);
        Topology other = new Topology(0, topology(0).subtopologies().subList(0, 1));
        assertThat(ask(StreamsBeatMaker.join(GROUP, "b", "q", other)).assignment())
                .contains(active(0, 1));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThat(ask(StreamsBeatMaker.join(GROUP, "a", "p", topology(0)).runs(null)).why())
                .contains("topology");
        assertThat(ask(StreamsBeatMaker.join(GROUP, "a", "p", new Topology(0, List.of()))).error())
                .isEqualTo(ErrorCode.STREAMS_INVALID_TOPOLOGY);
        assertThat(ask(StreamsBeatMaker.join(GROUP, "a", "", topology(0))).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(ask(StreamsBeatMaker.join(GROUP, "a", "p", topology(0)).timeout(0)).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(ask(StreamsBeatMaker.join(GROUP, "a", "p", topology(0)).owns(active(0))).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(ask(beat("a", 3)).error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(described().state()).as("nothing came of it").isEqualTo(GroupState.DEAD);
        join("a", "p");
        assertThat(ask(beat("a", 1).runs(topology(0))).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(ask(beat("a", 7)).error()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        assertThat(ask(beat("z", 1)).error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aMemberThatIsNotHeardOfIsOut() {
        join("a", "p");
        join("b", "q");
        room.advance(4_000);
        ask(beat("b", described("b").standing().epoch()));
        room.advance(1_500);
        assertThat(described().members().stream().map(StreamsMember::id)).containsExactly("b");
        assertThat(ask(beat("b", described("b").standing().epoch())).assignment())
                .contains(active(0, 1, 10, 11));
    }

    @Test
    void whoGivesNothingBackInTimeIsOut() {
        join("a", "p");
        StreamsBeaten b = join("b", "q");
        ask(beat("a", 1));
        for (int i = 0; i < 4; i++) {
            room.advance(1_000);
            ask(beat("a", 1));
            b = ask(beat("b", b.epoch()));
        }
        assertThat(described().members().stream().map(StreamsMember::id)).containsExactly("b");
        assertThat(described("b").standing().assigned()).isEqualTo(active(0, 1, 10, 11));
    }

    @Test
    void aStaticMemberComesBackToItsTasks() {
        ask(StreamsBeatMaker.join(GROUP, "a", "p", topology(0)).instance("one"));
        assertThat(ask(StreamsBeatMaker.join(GROUP, "b", "p", topology(0)).instance("one")).error())
                .isEqualTo(ErrorCode.UNRELEASED_INSTANCE_ID);
        ask(beat("a", -2).instance("one"));
        StreamsBeaten back =
                ask(StreamsBeatMaker.join(GROUP, "b", "p", topology(0)).instance("one"));
        assertThat(back.assignment()).contains(active(0, 1, 10, 11));
        assertThat(described().members().stream().map(StreamsMember::id)).containsExactly("b");
    }

    @Test
    void whoAsksForItStopsAll() {
        StreamsBeaten a = join("a", "p");
        StreamsBeaten b = join("b", "q");
        ask(beat("a", a.epoch()).stops());
        assertThat(ask(beat("b", b.epoch())).statuses())
                .anyMatch(status -> status.code() == Code.SHUTDOWN_APPLICATION);
        ask(beat("a", -1));
        ask(beat("b", -1));
        assertThat(join("c", "r").statuses()).as("it begins anew").isEmpty();
    }

    @Test
    void membersHearWhoAnswersForWhat() {
        StreamsBeaten a =
                ask(StreamsBeatMaker.join(GROUP, "a", "p", topology(0)).answersAt("here", 8080));
        StreamsBeaten told = ask(beat("a", a.epoch()).knows(a.endpointEpoch()));
        assertThat(told.answering().orElseThrow())
                .containsExactly(
                        new GroupReply.Answering(
                                new StreamsMember.Endpoint("here", 8080),
                                new TreeMap<>(
                                        Map.of("text", List.of(0, 1), "words", List.of(0, 1))),
                                new TreeMap<>()));
        assertThat(ask(beat("a", a.epoch()).knows(told.endpointEpoch())).answering())
                .as("knows it")
                .isEmpty();
    }

    @Test
    void itsOffsetsAreThoseOfItsMembers() {
        join("a", "p");
        assertThat(commit(1, "a")).isEqualTo(ErrorCode.NONE);
        assertThat(commit(0, "a")).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
        assertThat(commit(1, "z")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(commit(-1, "")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        ask(beat("a", -1));
        assertThat(commit(-1, "")).isEqualTo(ErrorCode.NONE);
        assertThat(room.now(new GroupCommand.Delete(GROUP), Done.class).error())
                .isEqualTo(ErrorCode.NONE);
        room.reload(true);
        assertThat(room.now(new GroupCommand.ListAll(), Listed.class).groups()).isEmpty();
    }

    private ErrorCode commit(int epoch, String member) {
        return room.now(
                        new GroupCommand.Commit(
                                GROUP,
                                new GroupCommand.Caller(epoch, member, Optional.empty()),
                                List.of(
                                        new GroupCommand.Offset(
                                                new TopicPartition("text", 0), 5, 0, ""))),
                        PerPartition.class)
                .errors()
                .getFirst();
    }

    /** A name is that of one kind of group; one that nobody is in becomes another's. */
    @Test
    void aNameBelongsToWhoIsInIt() {
        join("a", "p");
        Beaten consumer = room.now(consumerJoins(), Beaten.class);
        assertThat(consumer.error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(room.now(new GroupCommand.Describe(GROUP), Described.class).state())
                .isEqualTo(GroupState.DEAD);
        assertThat(room.now(classicJoins(), Joined.class).error())
                .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(types()).containsExactly(GroupType.STREAMS);
        commit(1, "a");
        ask(beat("a", -1));
        assertThat(room.now(consumerJoins(), Beaten.class).error()).isEqualTo(ErrorCode.NONE);
        assertThat(types()).containsExactly(GroupType.CONSUMER);
        assertThat(join("a", "p").error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        room.now(new BeatMaker(GROUP, "c", -1).made(), Beaten.class);
        assertThat(join("a", "p").error()).isEqualTo(ErrorCode.NONE);
        assertThat(types()).containsExactly(GroupType.STREAMS);
        room.reload(true);
        assertThat(types()).containsExactly(GroupType.STREAMS);
        assertThat(
                        room.now(
                                        new GroupCommand.Fetch(
                                                GROUP, Optional.empty(), Optional.empty(), false),
                                        GroupReply.Fetched.class)
                                .offsets())
                .as("the offset has outlived it all")
                .hasSize(1);
    }

    private List<GroupType> types() {
        return room.now(new GroupCommand.ListAll(), Listed.class).groups().stream()
                .map(GroupReply.ListedGroup::type)
                .toList();
    }

    private static GroupCommand consumerJoins() {
        return new BeatMaker(GROUP, "c", 0)
                .wants(List.of("text"))
                .owns(PartitionSet.NONE)
                .timeout(3_000)
                .made();
    }

    private static GroupCommand classicJoins() {
        return new GroupCommand.Join(
                GROUP,
                "",
                Optional.empty(),
                "d",
                "client",
                "/host",
                6_000,
                6_000,
                ConsumerProtocol.TYPE,
                List.of(new GroupCommand.Protocol("range", Bytes.NONE)),
                false,
                false);
    }
}
