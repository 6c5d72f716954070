package io.sluice.core.group.streams;

import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.Topology.Subtopology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a topology comes to with the topics there are: how many tasks each part has, and which
 * topics are to be made first (KIP-1071, "Internal topics").
 *
 * @param fault why there are no tasks yet; empty if all is there
 * @param tasks of each subtopology; empty unless the numbers could be found
 * @param partitions of each internal topic, as far as they could be found
 * @param missing internal topics that are to be made
 */
public record TopologyPlan(
        Optional<Fault> fault,
        SortedMap<String, Integer> tasks,
        SortedMap<String, Integer> partitions,
        List<InternalTopic> missing) {

    /** What is not as it should be. */
    public enum Kind {
        MISSING_SOURCE_TOPICS,
        INCORRECTLY_PARTITIONED_TOPICS,
        MISSING_INTERNAL_TOPICS
    }

    public record Fault(Kind kind, String detail) {}

    /**
     * @param partitionsOf the number of partitions of a topic, 0 if there is none
     */
    public static TopologyPlan of(Topology topology, ToIntFunction<String> partitionsOf) {
        return new Planner(topology, partitionsOf).plan();
    }

    /** Whether tasks can be given out. */
    public boolean isReady() {
        return fault.isEmpty();
    }

    /** Finds the numbers, one kind of topic after the other. */
    private static final class Planner {
        private final Topology topology;
        private final ToIntFunction<String> partitionsOf;

        /** Of internal topics. */
        private final SortedMap<String, Integer> decided = new TreeMap<>();

        private @Nullable Fault fault;

        Planner(Topology topology, ToIntFunction<String> partitionsOf) {
            this.topology = topology;
            this.partitionsOf = partitionsOf;
        }

        TopologyPlan plan() {
            missingSources();
            if (fault == null) {
                repartitions();
            }
            if (fault == null) {
                copartitions();
            }
            if (fault == null) {
                changelogs();
            }
            List<InternalTopic> missing = fault == null ? missing() : List.of();
            if (fault == null && !missing.isEmpty()) {
                fault =
                        new Fault(
                                Kind.MISSING_INTERNAL_TOPICS,
                                "Internal topics are missing: "
                                        + missing.stream().map(InternalTopic::name).toList());
            }
            boolean found = fault == null || fault.kind() == Kind.MISSING_INTERNAL_TOPICS;
            return new TopologyPlan(
                    Optional.ofNullable(fault),
                    found ? tasks() : Collections.emptySortedMap(),
                    Collections.unmodifiableSortedMap(decided),
                    missing);
        }

        private void missingSources() {
            SortedSet<String> missing = new TreeSet<>();
            for (Subtopology one : topology.subtopologies()) {
                one.sources().stream()
                        .filter(topic -> partitionsOf.applyAsInt(topic) == 0)
                        .forEach(missing::add);
            }
            if (!missing.isEmpty()) {
                fault =
                        new Fault(
                                Kind.MISSING_SOURCE_TOPICS,
                                "Source topics are missing: " + missing);
            }
        }

        /** What is not said follows from what those read who write it. */
        private void repartitions() {
            SortedSet<String> open = new TreeSet<>();
            for (Subtopology one : topology.subtopologies()) {
                for (InternalTopic topic : one.repartitions()) {
                    if (topic.partitions() > 0) {
                        decided.put(topic.name(), topic.partitions());
                    } else {
                        open.add(topic.name());
                    }
                }
            }
            boolean progress = true;
            while (!open.isEmpty() && progress) {
                progress =
                        open.removeIf(topic -> {
                            int most = mostReadByWriters(topic);
                            if (most > 0) {
                                decided.put(topic, most);
                            }
                            return most > 0;
                        });
            }
            if (!open.isEmpty()) {
                incorrect("Repartition topics depend on each other alone: " + open);
            }
        }

        /** 0 while one of them is not known. */
        private int mostReadByWriters(String repartition) {
            int most = 0;
            for (Subtopology one : topology.subtopologies()) {
                if (one.sinks().contains(repartition)) {
                    for (String topic : one.reads()) {
                        int count = count(topic);
                        if (count == 0) {
                            return 0;
                        }
                        most = Math.max(most, count);
                    }
                }
            }
            return most;
        }

        /** What is decided for an internal topic, or what another topic has. */
        private int count(String topic) {
            Integer own = decided.get(topic);
            return own != null ? own : isInternal(topic) ? 0 : partitionsOf.applyAsInt(topic);
        }

        private boolean isInternal(String topic) {
            return topology.subtopologies().stream()
                    .flatMap(one -> one.repartitions().stream())
                    .anyMatch(one -> one.name().equals(topic));
        }

        private void copartitions() {
            SortedSet<String> flexible = new TreeSet<>();
            for (Subtopology one : topology.subtopologies()) {
                one.repartitions().stream()
                        .filter(topic -> topic.partitions() == 0)
                        .forEach(topic -> flexible.add(topic.name()));
            }
            for (Subtopology one : topology.subtopologies()) {
                for (List<String> group : one.copartitioned()) {
                    copartition(group, flexible);
                }
            }
        }

        /** Those whose number is given must agree; the others follow. */
        private void copartition(List<String> group, SortedSet<String> flexible) {
            SortedMap<String, Integer> given = new TreeMap<>();
            group.stream()
                    .filter(topic -> !flexible.contains(topic))
                    .forEach(topic -> given.put(topic, count(topic)));
            if (new TreeSet<>(given.values()).size() > 1) {
                incorrect("Topics that are read together have different partitions: " + given);
                return;
            }
            int common =
                    given.values().stream()
                            .findFirst()
                            .orElseGet(() -> group.stream().mapToInt(this::count).max().orElse(0));
            group.stream().filter(flexible::contains).forEach(topic -> decided.put(topic, common));
        }

        private void changelogs() {
            for (Subtopology one : topology.subtopologies()) {
                own(one).forEach(topic -> decided.put(topic.name(), taskCount(one)));
            }
        }

        /** A source may be its own changelog: that one is nobody's to make. */
        private static List<InternalTopic> own(Subtopology one) {
            return one.changelogs().stream()
                    .filter(topic -> !one.sources().contains(topic.name()))
                    .toList();
        }

        private int taskCount(Subtopology one) {
            return one.reads().stream().mapToInt(this::count).max().orElse(0);
        }

        private SortedMap<String, Integer> tasks() {
            SortedMap<String, Integer> tasks = new TreeMap<>();
            topology.subtopologies().forEach(one -> tasks.put(one.id(), taskCount(one)));
            return Collections.unmodifiableSortedMap(tasks);
        }

        private List<InternalTopic> missing() {
            SortedMap<String, InternalTopic> missing = new TreeMap<>();
            List<InternalTopic> all = new ArrayList<>();
            for (Subtopology one : topology.subtopologies()) {
                all.addAll(one.repartitions());
                all.addAll(own(one));
            }
            for (InternalTopic topic : all) {
                int wanted = decided.getOrDefault(topic.name(), 0);
                int there = partitionsOf.applyAsInt(topic.name());
                if (there == 0) {
                    missing.put(
                            topic.name(),
                            new InternalTopic(
                                    topic.name(),
                                    wanted,
                                    topic.replicationFactor(),
                                    topic.configs()));
                } else if (there != wanted) {
                    incorrect(
                            "Topic %s has %d partitions and needs %d"
                                    .formatted(topic.name(), there, wanted));
                }
            }
            return List.copyOf(missing.values());
        }

        private void incorrect(String detail) {
            if (fault == null) {
                fault = new Fault(Kind.INCORRECTLY_PARTITIONED_TOPICS, detail);
            }
        }
    }
}
