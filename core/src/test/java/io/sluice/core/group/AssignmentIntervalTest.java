package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.ConsumersDescribed;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Targets are made once an interval while members come and go (KIP-1263). */
class AssignmentIntervalTest {

    private static final String GROUP = "g";
    private static final int INTERVAL_MS = 1_000;
    private static final int USUAL_MS = Room.CONSUMERS.times().heartbeatMs();

    private final Room room = new Room(Room.SETTINGS);

    AssignmentIntervalTest() {
        room.topics.put("orders", 4);
        interval(INTERVAL_MS);
    }

    private void interval(int ms) {
        room.topics.configure(GROUP, "consumer.assignment.interval.ms", Integer.toString(ms));
    }

    private Beaten say(BeatMaker beat) {
        Beaten told = room.now(beat.made(), Beaten.class);
        assertThat(told.error()).as(told.why()).isEqualTo(ErrorCode.NONE);
        return told;
    }

    private Beaten join(String id) {
        return say(
                new BeatMaker(GROUP, id, 0)
                        .wants(List.of("orders"))
                        .owns(PartitionSet.NONE)
                        .timeout(3_000));
    }

    private Beaten beat(String id, int epoch) {
        return say(new BeatMaker(GROUP, id, epoch));
    }

    private ConsumersDescribed group() {
        return room.now(new GroupCommand.DescribeConsumers(GROUP), ConsumersDescribed.class);
    }

    private int target(String id) {
        return group().members().stream()
                .filter(one -> one.id().equals(id))
                .mapToInt(one -> one.target().size())
                .sum();
    }

    @Test
    void theFirstIsMadeAtOnceAndTheNextForAllWhoCameMeanwhile() {
        assertThat(join("a").assignment().orElseThrow().size()).isEqualTo(4);
        room.advance(100);
        Beaten second = join("b");
        assertThat(second.epoch()).isEqualTo(1);
        assertThat(second.assignment().orElseThrow().isEmpty()).isTrue();
        join("c");
        join("d");
        assertThat(group().state()).isEqualTo(GroupState.ASSIGNING);
        assertThat(group().epoch()).isEqualTo(4);
        assertThat(beat("a", 1).heartbeatMs())
                .as("who is settled comes back soon, too")
                .isLessThan(USUAL_MS);
        room.advance(INTERVAL_MS - 101);
        beat("b", 1);
        assertThat(group().targetEpoch()).isEqualTo(1);
        room.advance(1);
        assertThat(group().targetEpoch()).as("made though nobody was heard of").isEqualTo(4);
        assertThat(group().members()).allSatisfy(one -> assertThat(target(one.id())).isOne());
    }

    @Test
    void whenTheIntervalIsOverTheNextChangeMakesOneAtOnce() {
        join("a");
        room.advance(INTERVAL_MS);
        assertThat(join("b").epoch()).isEqualTo(2);
        room.advance(INTERVAL_MS - 1);
        assertThat(join("c").epoch()).isEqualTo(2);
    }

    @Test
    void aTopicThatGrowsWaitsForTheIntervalToo() {
        join("a");
        room.topics.put("orders", 6);
        assertThat(beat("a", 1).epoch()).isEqualTo(1);
        assertThat(group().state()).isEqualTo(GroupState.ASSIGNING);
        room.advance(INTERVAL_MS);
        assertThat(target("a")).isEqualTo(6);
        assertThat(beat("a", 1).assignment().orElseThrow().size()).isEqualTo(6);
    }

    @Test
    void whoLeavesBeforeItsTargetWasMadeLeavesNothingToWaitFor() {
        join("a");
        join("b");
        say(new BeatMaker(GROUP, "b", -1));
        say(new BeatMaker(GROUP, "a", -1));
        assertThat(group().state()).isEqualTo(GroupState.EMPTY);
        room.advance(2 * INTERVAL_MS);
        assertThat(join("c").assignment().orElseThrow().size()).isEqualTo(4);
    }

    @Test
    void aMachineThatWasLoadedDoesNotWait() {
        join("a");
        join("b");
        room.reload(true);
        assertThat(group().state()).isEqualTo(GroupState.ASSIGNING);
        Beaten told = beat("b", 1);
        assertThat(told.epoch()).isEqualTo(2);
        assertThat(target("b")).isEqualTo(2);
    }

    @Test
    void withoutAnIntervalEveryChangeMakesOne() {
        interval(0);
        join("a");
        assertThat(join("b").epoch()).isEqualTo(2);
        assertThat(join("c").epoch()).isEqualTo(3);
    }
}
