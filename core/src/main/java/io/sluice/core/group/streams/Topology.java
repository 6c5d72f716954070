package io.sluice.core.group.streams;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an application reads, writes and remembers, as its members tell it (KIP-1071). Two that mean
 * the same are equal.
 *
 * @param epoch grows with every change of it
 * @param subtopologies in the order of their names
 */
public record Topology(int epoch, List<Subtopology> subtopologies) {

    /**
     * A part of it that shares nothing but topics with the others.
     *
     * @param sources topics it reads that others make
     * @param sinks repartition topics it writes
     * @param repartitions repartition topics it reads; the broker makes them
     * @param changelogs of its state; the broker makes them
     * @param copartitioned topics it reads that must have the same number of partitions
     */
    public record Subtopology(
            String id,
            List<String> sources,
            List<String> sinks,
            List<InternalTopic> repartitions,
            List<InternalTopic> changelogs,
            List<List<String>> copartitioned) {

        public Subtopology {
            sources = List.copyOf(new TreeSet<>(sources));
            sinks = List.copyOf(new TreeSet<>(sinks));
            repartitions = sorted(repartitions);
            changelogs = sorted(changelogs);
            copartitioned =
                    copartitioned.stream()
                            .map(group -> List.copyOf(new TreeSet<>(group)))
                            .sorted((a, b) -> a.toString().compareTo(b.toString()))
                            .toList();
        }

        private static List<InternalTopic> sorted(List<InternalTopic> topics) {
            return topics.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
        }

        /** All topics it reads. */
        public SortedSet<String> reads() {
            SortedSet<String> all = new TreeSet<>(sources);
            repartitions.forEach(topic -> all.add(topic.name()));
            return all;
        }

        /** Whether its tasks have a state that is worth keeping. */
        public boolean isStateful() {
            return !changelogs.isEmpty();
        }
    }

    /**
     * A topic that the broker makes for the application.
     *
     * @param partitions 0 if they follow from the topology
     * @param replicationFactor 0 for the broker's default
     */
    public record InternalTopic(
            String name, int partitions, int replicationFactor, SortedMap<String, String> configs) {

        public InternalTopic {
            configs = Collections.unmodifiableSortedMap(new TreeMap<>(configs));
        }
    }

    public Topology {
        subtopologies = subtopologies.stream().sorted((a, b) -> a.id().compareTo(b.id())).toList();
    }

    /** What is wrong with it, whatever topics there are. */
    public Optional<String> fault() {
        if (subtopologies.isEmpty()) {
            return Optional.of("it has no subtopology");
        }
        if (epoch < 0) {
            return Optional.of("its epoch is %d, below 0".formatted(epoch));
        }
        Set<String> ids = new HashSet<>();
        SortedSet<String> written = new TreeSet<>();
        subtopologies.forEach(one -> written.addAll(one.sinks()));
        for (Subtopology one : subtopologies) {
            if (!ids.add(one.id())) {
                return Optional.of("subtopology %s is in it twice".formatted(one.id()));
            }
            Optional<String> fault = fault(one, written);
            if (fault.isPresent()) {
                return fault.map(why -> "subtopology %s %s".formatted(one.id(), why));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> fault(Subtopology one, Set<String> written) {
        if (one.reads().isEmpty()) {
            return Optional.of("reads no topic");
        }
        for (InternalTopic topic : one.changelogs()) {
            if (topic.partitions() != 0) {
                return Optional.of(
                        "gives changelog topic %s %d partitions: they follow from its sources, say 0"
                                .formatted(topic.name(), topic.partitions()));
            }
        }
        for (InternalTopic topic : one.repartitions()) {
            if (topic.partitions() < 0 || topic.partitions() > Task.MAX_PARTITION) {
                return Optional.of(
                        "gives repartition topic %s %d partitions"
                                .formatted(topic.name(), topic.partitions()));
            }
            if (topic.partitions() == 0 && !written.contains(topic.name())) {
                return Optional.of(
                        "reads repartition topic %s, which nobody writes".formatted(topic.name()));
            }
        }
        return Optional.empty();
    }

    /** All topics that members read. */
    public SortedSet<String> reads() {
        SortedSet<String> all = new TreeSet<>();
        subtopologies.forEach(one -> all.addAll(one.reads()));
        return all;
    }

    /** All topics it needs. */
    public SortedSet<String> needs() {
        SortedSet<String> all = reads();
        subtopologies.forEach(one -> one.changelogs().forEach(topic -> all.add(topic.name())));
        return all;
    }

    /** The part of that name. */
    public Optional<Subtopology> find(String id) {
        return subtopologies.stream().filter(one -> one.id().equals(id)).findFirst();
    }
}
