package io.sluice.core.group.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.Topology.Subtopology;
import io.sluice.core.group.streams.TopologyPlan.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What topologies come to with the topics that are there (KIP-1071, "Internal topics"). */
class TopologyPlanTest {

    private final Map<String, Integer> topics = new TreeMap<>();
    private final List<Subtopology> parts = new ArrayList<>();

    private static InternalTopic internal(String name, int partitions) {
        return new InternalTopic(name, partitions, 0, new TreeMap<>());
    }

    private void part(
            String id,
            List<String> sources,
            List<String> sinks,
            List<InternalTopic> repartitions,
            List<InternalTopic> changelogs,
            List<List<String>> together) {
        parts.add(new Subtopology(id, sources, sinks, repartitions, changelogs, together));
    }

    /** Reads "text", writes "words", counts them. */
    private void wordCount(int wordPartitions) {
        part("0", List.of("text"), List.of("words"), List.of(), List.of(), List.of());
        part(
                "1",
                List.of(),
                List.of(),
                List.of(internal("words", wordPartitions)),
                List.of(internal("counts", 0)),
                List.of());
    }

    private TopologyPlan plan() {
        return TopologyPlan.of(new Topology(0, parts), name -> topics.getOrDefault(name, 0));
    }

    private Kind fault() {
        return plan().fault().orElseThrow().kind();
    }

    @Test
    void whatIsNotSaidFollowsFromWhatIsRead() {
        wordCount(0);
        topics.put("text", 6);
        TopologyPlan plan = plan();
        assertThat(plan.fault().orElseThrow().kind()).isEqualTo(Kind.MISSING_INTERNAL_TOPICS);
        assertThat(plan.missing()).containsExactly(internal("counts", 6), internal("words", 6));
        plan.missing().forEach(topic -> topics.put(topic.name(), topic.partitions()));
        assertThat(plan().isReady()).isTrue();
        assertThat(plan().tasks()).containsExactlyInAnyOrderEntriesOf(Map.of("0", 6, "1", 6));
    }

    @Test
    void whatIsSaidHolds() {
        wordCount(4);
        topics.put("text", 6);
        assertThat(plan().missing()).containsExactly(internal("counts", 4), internal("words", 4));
        assertThat(plan().tasks()).containsExactlyInAnyOrderEntriesOf(Map.of("0", 6, "1", 4));
    }

    @Test
    void aSourceThatIsNotThereIsNamed() {
        wordCount(0);
        assertThat(fault()).isEqualTo(Kind.MISSING_SOURCE_TOPICS);
        assertThat(plan().fault().orElseThrow().detail()).contains("text");
        assertThat(plan().tasks()).isEmpty();
        assertThat(plan().missing()).isEmpty();
    }

    @Test
    void aTopicThatIsThereWithOtherPartitionsIsNamed() {
        wordCount(0);
        topics.putAll(Map.of("text", 6, "words", 6, "counts", 5));
        assertThat(fault()).isEqualTo(Kind.INCORRECTLY_PARTITIONED_TOPICS);
        assertThat(plan().fault().orElseThrow().detail()).contains("counts", "5", "6");
        assertThat(plan().missing()).isEmpty();
    }

    @Test
    void topicsReadTogetherHaveTheSamePartitions() {
        part(
                "0",
                List.of("left", "right"),
                List.of(),
                List.of(),
                List.of(),
                List.of(List.of("left", "right")));
        topics.putAll(Map.of("left", 3, "right", 4));
        assertThat(fault()).isEqualTo(Kind.INCORRECTLY_PARTITIONED_TOPICS);
        topics.put("right", 3);
        assertThat(plan().isReady()).isTrue();
    }

    @Test
    void aRepartitionTopicFollowsWhatItIsReadTogetherWith() {
        part("0", List.of("text"), List.of("words"), List.of(), List.of(), List.of());
        part(
                "1",
                List.of("table"),
                List.of(),
                List.of(internal("words", 0)),
                List.of(),
                List.of(List.of("table", "words")));
        topics.putAll(Map.of("text", 2, "table", 5));
        assertThat(plan().missing()).containsExactly(internal("words", 5));
        assertThat(plan().tasks()).containsExactlyInAnyOrderEntriesOf(Map.of("0", 2, "1", 5));
    }

    @Test
    void theLargestOfSeveralRepartitionTopicsDecides() {
        part("0", List.of("a"), List.of("x"), List.of(), List.of(), List.of());
        part("1", List.of("b"), List.of("y"), List.of(), List.of(), List.of());
        part(
                "2",
                List.of(),
                List.of(),
                List.of(internal("x", 0), internal("y", 0)),
                List.of(),
                List.of(List.of("x", "y")));
        topics.putAll(Map.of("a", 2, "b", 7));
        assertThat(plan().missing()).containsExactly(internal("x", 7), internal("y", 7));
    }

    @Test
    void aChainOfRepartitionTopicsIsFollowed() {
        part("2", List.of(), List.of(), List.of(internal("z", 0)), List.of(), List.of());
        part("1", List.of(), List.of("z"), List.of(internal("y", 0)), List.of(), List.of());
        part("0", List.of("a"), List.of("y"), List.of(), List.of(), List.of());
        topics.put("a", 3);
        assertThat(plan().missing()).containsExactly(internal("y", 3), internal("z", 3));
    }

    @Test
    void repartitionTopicsThatFollowFromEachOtherAloneAreNamed() {
        part("0", List.of(), List.of("y"), List.of(internal("x", 0)), List.of(), List.of());
        part("1", List.of(), List.of("x"), List.of(internal("y", 0)), List.of(), List.of());
        assertThat(fault()).isEqualTo(Kind.INCORRECTLY_PARTITIONED_TOPICS);
    }

    @Test
    void aSourceMayBeItsOwnChangelog() {
        part("0", List.of("table"), List.of(), List.of(), List.of(internal("table", 0)), List.of());
        topics.put("table", 4);
        assertThat(plan().isReady()).isTrue();
    }

    @Test
    void whatCannotBeIsToldWithTheReason() {
        assertThat(new Topology(0, List.of()).fault()).isPresent();
        part("0", List.of(), List.of(), List.of(), List.of(), List.of());
        assertThat(new Topology(0, parts).fault().orElseThrow()).contains("reads no topic");
        parts.clear();
        part("0", List.of("a"), List.of(), List.of(), List.of(internal("c", 3)), List.of());
        assertThat(new Topology(0, parts).fault().orElseThrow()).contains("c", "3");
        parts.clear();
        part("0", List.of("a"), List.of(), List.of(internal("x", 0)), List.of(), List.of());
        assertThat(new Topology(0, parts).fault().orElseThrow()).contains("x", "nobody writes");
        parts.clear();
        part("0", List.of("a"), List.of(), List.of(), List.of(), List.of());
        part("0", List.of("b"), List.of(), List.of(), List.of(), List.of());
        assertThat(new Topology(0, parts).fault().orElseThrow()).contains("twice");
    }
}
