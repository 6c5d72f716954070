package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.TopicDecisions.Room;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicNames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Decides one CreateTopics: each topic succeeds or fails alone. */
final class TopicCreation {

    private final ClusterState state;
    private final Controller.Defaults defaults;
    private final TopicDecisions rules;
    private final List<MetadataEvent> events = new ArrayList<>();

    /** Names that this command gives, as metrics write them. */
    private final SortedMap<String, String> newPlainNames = new TreeMap<>();

    private int partitionsAdded;

    TopicCreation(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.defaults = defaults;
        this.rules = new TopicDecisions(state, defaults);
    }

    Controller.Decision create(ControllerCommand.CreateTopics command) {
        Set<String> repeated =
                TopicDecisions.repeated(command.topics().stream().map(NewTopic::name).toList());
        List<Outcome> outcomes = new ArrayList<>();
        for (NewTopic topic : command.topics()) {
            outcomes.add(
                    repeated.contains(topic.name())
                            ? TopicDecisions.namedTwice(topic.name())
                            : createOne(topic));
        }
        return Controller.decision(command.validateOnly() ? List.of() : events, outcomes);
    }

    private Outcome createOne(NewTopic topic) {
        Optional<Outcome> badName = refusedName(topic);
        if (badName.isPresent()) {
            return badName.get();
        }
        SortedMap<String, String> configs = new TreeMap<>();
        Optional<String> badConfig =
                new ConfigDecisions(state, defaults).checkTopic(topic.configs(), configs);
        if (badConfig.isPresent()) {
            return Controller.refused(ErrorCode.INVALID_CONFIG, badConfig.get());
        }
        List<List<Integer>> replicas = new ArrayList<>();
        Optional<Outcome> fault =
                topic.assignment().isEmpty()
                        ? place(topic, replicas)
                        : takeAssignment(topic, replicas);
        return fault.orElseGet(() -> accept(topic, configs, replicas));
    }

    private Optional<Outcome> refusedName(NewTopic topic) {
        String name = topic.name();
        Optional<String> badName = TopicNames.invalid(name);
        if (badName.isPresent()) {
            return Optional.of(
                    Controller.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, badName.get()));
        }
        if (state.topics().containsKey(name)) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.TOPIC_ALREADY_EXISTS,
                            "topic %s exists already".formatted(name)));
        }
        if (state.topicsById().containsKey(topic.id())) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REQUEST,
                            "another topic has the identity %s: try again".formatted(topic.id())));
        }
        String plain = TopicTable.plain(name);
        String other =
                state.topicTable().plainNames().getOrDefault(plain, newPlainNames.get(plain));
        return other == null
                ? Optional.empty()
                : Optional.of(
                        Controller.refused(
                                ErrorCode.INVALID_TOPIC_EXCEPTION,
                                TopicNames.collision(name, other)));
    }

    private Outcome accept(
            NewTopic topic, SortedMap<String, String> configs, List<List<Integer>> replicas) {
        List<PartitionImage> partitions = new ArrayList<>(replicas.size());
        for (int i = 0; i < replicas.size(); i++) {
            partitions.add(rules.newPartition(i, replicas.get(i)));
        }
        TopicImage made =
                new TopicImage(
                        topic.id(),
                        topic.name(),
                        List.copyOf(partitions),
                        Collections.unmodifiableSortedMap(configs));
        events.add(new MetadataEvent.TopicCreated(made.id(), made.name(), made.configs()));
        events.add(new MetadataEvent.PartitionsAdded(made.id(), made.partitions()));
        partitionsAdded += partitions.size();
        newPlainNames.put(TopicTable.plain(topic.name()), topic.name());
        return new Outcome(ErrorCode.NONE, "", Optional.of(made));
    }

    private Optional<Outcome> place(NewTopic topic, List<List<Integer>> replicas) {
        int partitions = topic.partitions() == -1 ? rules.defaultPartitions() : topic.partitions();
        int factor =
                topic.replicationFactor() == -1
                        ? rules.defaultReplicationFactor()
                        : topic.replicationFactor();
        if (partitions <= 0) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_PARTITIONS,
                            "%d partitions for topic %s: give 1 or more"
                                    .formatted(partitions, topic.name())));
        }
        return switch (rules.room(topic.id(), topic.name(), factor)) {
            case Room.Missing missing -> Optional.of(missing.outcome());
            case Room.Found found -> {
                Optional<Outcome> tooMany =
                        rules.tooMany(partitionsAdded, partitions, topic.name());
                for (int number = 0; number < partitions && tooMany.isEmpty(); number++) {
                    replicas.add(found.placement().of(number, factor));
                }
                yield tooMany;
            }
        };
    }

    private Optional<Outcome> takeAssignment(NewTopic topic, List<List<Integer>> replicas) {
        if (topic.partitions() != -1 || topic.replicationFactor() != -1) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REQUEST,
                            "topic %s has an assignment: leave the numbers of partitions and"
                                            .formatted(topic.name())
                                    + " replicas at -1"));
        }
        int factor = -1;
        int expected = 0;
        for (Map.Entry<Integer, List<Integer>> entry :
                new TreeMap<>(topic.assignment()).entrySet()) {
            if (entry.getKey() != expected++) {
                return Optional.of(
                        Controller.refused(
                                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                                "the partitions of topic %s are not numbered from 0 without a gap"
                                        .formatted(topic.name())));
            }
            Optional<Outcome> fault = rules.refusedReplicas(entry.getValue(), factor);
            if (fault.isPresent()) {
                return fault;
            }
            factor = entry.getValue().size();
            replicas.add(List.copyOf(entry.getValue()));
        }
        return rules.tooMany(partitionsAdded, replicas.size(), topic.name());
    }
}
