package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The controller's rules about topics and their partitions. */
final class TopicDecisions {

    /** Longer names make no folder name. */
    static final int MAX_NAME = 249;

    /** Partitions of the whole cluster. */
    static final int MAX_PARTITIONS = 1_000_000;

    /** Partitions one request may add. */
    static final int MAX_PARTITIONS_PER_REQUEST = 100_000;

    private final ClusterState state;
    private final Controller.Defaults defaults;
    private final ConfigDecisions configs;

    TopicDecisions(ClusterState state, Controller.Defaults defaults, ConfigDecisions configs) {
        this.state = state;
        this.defaults = defaults;
        this.configs = configs;
    }

    Controller.Decision create(ControllerCommand.CreateTopics command) {
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int added = 0;
        for (NewTopic topic : command.topics()) {
            if (!seen.add(topic.name())) {
                outcomes.add(
                        Controller.refused(
                                ErrorCode.INVALID_REQUEST, topic.name() + " is named twice"));
                continue;
            }
            Outcome outcome = createOne(topic, events, added);
            added += outcome.topic().map(made -> made.partitions().size()).orElse(0);
            outcomes.add(outcome);
        }
        return Controller.decision(command.validateOnly() ? List.of() : events, outcomes);
    }

    private Outcome createOne(NewTopic topic, List<MetadataEvent> events, int addedBefore) {
        Optional<String> badName = invalidName(topic.name());
        if (badName.isPresent()) {
            return Controller.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, badName.get());
        }
        if (state.topics().containsKey(topic.name())) {
            return Controller.refused(
                    ErrorCode.TOPIC_ALREADY_EXISTS,
                    "topic %s exists already".formatted(topic.name()));
        }
        Optional<String> badConfig = configs.invalidTopic(topic.configs());
        if (badConfig.isPresent()) {
            return Controller.refused(ErrorCode.INVALID_CONFIG, badConfig.get());
        }
        List<List<Integer>> replicas = new ArrayList<>();
        Optional<Outcome> fault =
                topic.assignment().isEmpty()
                        ? place(topic, replicas)
                        : takeAssignment(topic, replicas);
        if (fault.isPresent()) {
            return fault.get();
        }
        Optional<Outcome> tooMany = tooMany(addedBefore + replicas.size(), topic.name());
        if (tooMany.isPresent()) {
            return tooMany.get();
        }
        events.add(new MetadataEvent.TopicCreated(topic.id(), topic.name(), topic.configs()));
        List<PartitionImage> partitions = new ArrayList<>();
        for (int i = 0; i < replicas.size(); i++) {
            PartitionImage partition = newPartition(i, replicas.get(i));
            partitions.add(partition);
            events.add(new MetadataEvent.PartitionChanged(topic.id(), partition));
        }
        TopicImage made =
                new TopicImage(
                        topic.id(), topic.name(), partitions, new TreeMap<>(topic.configs()));
        return new Outcome(ErrorCode.NONE, "", Optional.of(made));
    }

    private Optional<Outcome> tooMany(int adding, String name) {
        if (adding > MAX_PARTITIONS_PER_REQUEST
                || state.partitionCount() + adding > MAX_PARTITIONS) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.POLICY_VIOLATION,
                            "%s: %d partitions more are too many: %d at once and %d in all are allowed"
                                    .formatted(
                                            name,
                                            adding,
                                            MAX_PARTITIONS_PER_REQUEST,
                                            MAX_PARTITIONS)));
        }
        return Optional.empty();
    }

    private static PartitionImage newPartition(int number, List<Integer> replicas) {
        return new PartitionImage(
                number,
                List.copyOf(replicas),
                Collections.nCopies(replicas.size(), Uuid.ZERO),
                List.copyOf(replicas),
                replicas.getFirst(),
                0,
                0);
    }

    private Optional<String> invalidName(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            return Optional.of("\"%s\" is not a topic name".formatted(name));
        }
        if (name.length() > MAX_NAME) {
            return Optional.of(
                    "a topic name of %d characters is too long: %d are allowed"
                            .formatted(name.length(), MAX_NAME));
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean ok =
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || c == '.'
                            || c == '_'
                            || c == '-';
            if (!ok) {
                return Optional.of(
                        "topic name %s has a character that is not allowed: use a-z, A-Z, 0-9, '.', '_' and '-'"
                                .formatted(name));
            }
        }
        return collision(name);
    }

    /** Metrics write '.' as '_', so two names that differ only there would share one. */
    private Optional<String> collision(String name) {
        if (name.indexOf('.') < 0 && name.indexOf('_') < 0) {
            return Optional.empty();
        }
        String plain = name.replace('.', '_');
        for (String other : state.topics().keySet()) {
            if (!other.equals(name) && other.replace('.', '_').equals(plain)) {
                return Optional.of(
                        "topic name %s collides with %s: they differ only in '.' and '_'"
                                .formatted(name, other));
            }
        }
        return Optional.empty();
    }

    private Optional<Outcome> place(NewTopic topic, List<List<Integer>> replicas) {
        int partitions = topic.partitions() == -1 ? defaults.partitions() : topic.partitions();
        int factor =
                topic.replicationFactor() == -1
                        ? defaults.replicationFactor()
                        : topic.replicationFactor();
        if (partitions <= 0) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_PARTITIONS,
                            "%d partitions: give 1 or more".formatted(partitions)));
        }
        Optional<Outcome> tooMany = tooMany(partitions, topic.name());
        if (tooMany.isPresent()) {
            return tooMany;
        }
        if (factor <= 0 || factor > state.brokers().size()) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REPLICATION_FACTOR,
                            "replication factor %d: %d brokers are there"
                                    .formatted(factor, state.brokers().size())));
        }
        spread(partitions, factor, state.topics().size(), replicas);
        return Optional.empty();
    }

    /** Round robin over the brokers; topics begin at different ones. */
    private void spread(int partitions, int factor, int start, List<List<Integer>> replicas) {
        List<Integer> brokers = List.copyOf(state.brokers().keySet());
        for (int partition = 0; partition < partitions; partition++) {
            List<Integer> of = new ArrayList<>(factor);
            for (int replica = 0; replica < factor; replica++) {
                of.add(brokers.get((start + partition + replica) % brokers.size()));
            }
            replicas.add(of);
        }
    }

    private Optional<Outcome> takeAssignment(NewTopic topic, List<List<Integer>> replicas) {
        if (topic.partitions() != -1 || topic.replicationFactor() != -1) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REQUEST,
                            "give either an assignment or the numbers of partitions and replicas"));
        }
        int expected = 0;
        for (Map.Entry<Integer, List<Integer>> entry :
                new TreeMap<>(topic.assignment()).entrySet()) {
            if (entry.getKey() != expected++) {
                return Optional.of(
                        Controller.refused(
                                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                                "partitions must be numbered from 0 without a gap"));
            }
            Optional<Outcome> fault = invalidReplicas(entry.getValue());
            if (fault.isPresent()) {
                return fault;
            }
            replicas.add(entry.getValue());
        }
        return Optional.empty();
    }

    private Optional<Outcome> invalidReplicas(List<Integer> replicas) {
        if (replicas.isEmpty() || new HashSet<>(replicas).size() != replicas.size()) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                            replicas + " is not a list of different brokers"));
        }
        for (int broker : replicas) {
            if (!state.brokers().containsKey(broker)) {
                return Optional.of(
                        Controller.refused(
                                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                                "there is no broker " + broker));
            }
        }
        return Optional.empty();
    }

    Controller.Decision delete(ControllerCommand.DeleteTopics command) {
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        Set<Uuid> seen = new HashSet<>();
        for (TopicRef ref : command.topics()) {
            TopicImage topic =
                    ref.name()
                            .map(name -> state.topics().get(name))
                            .orElseGet(() -> state.topicsById().get(ref.id()));
            if (!defaults.topicDeletion()) {
                outcomes.add(
                        Controller.refused(
                                ErrorCode.TOPIC_DELETION_DISABLED, "delete.topic.enable is false"));
            } else if (topic == null) {
                outcomes.add(
                        ref.name().isPresent()
                                ? Controller.refused(
                                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                                        "there is no topic " + ref.name().get())
                                : Controller.refused(
                                        ErrorCode.UNKNOWN_TOPIC_ID,
                                        "there is no topic with id " + ref.id()));
            } else if (!seen.add(topic.id())) {
                outcomes.add(
                        Controller.refused(
                                ErrorCode.INVALID_REQUEST, topic.name() + " is named twice"));
            } else {
                events.add(new MetadataEvent.TopicDeleted(topic.id()));
                outcomes.add(new Outcome(ErrorCode.NONE, "", Optional.of(topic)));
            }
        }
        return Controller.decision(events, outcomes);
    }

    Controller.Decision grow(ControllerCommand.CreatePartitions command) {
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (NewPartitions growth : command.topics()) {
            outcomes.add(growOne(growth, events));
        }
        return Controller.decision(command.validateOnly() ? List.of() : events, outcomes);
    }

    private Outcome growOne(NewPartitions growth, List<MetadataEvent> events) {
        TopicImage topic = state.topics().get(growth.topic());
        if (topic == null) {
            return Controller.refused(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic " + growth.topic());
        }
        int have = topic.partitions().size();
        int adding = growth.count() - have;
        if (adding <= 0) {
            return Controller.refused(
                    ErrorCode.INVALID_PARTITIONS,
                    "%s has %d partitions: %d is not more"
                            .formatted(growth.topic(), have, growth.count()));
        }
        Optional<Outcome> tooMany = tooMany(adding, growth.topic());
        if (tooMany.isPresent()) {
            return tooMany.get();
        }
        int factor = topic.partitions().getFirst().replicas().size();
        List<List<Integer>> replicas = new ArrayList<>();
        if (growth.assignments().isEmpty()) {
            spread(adding, factor, have, replicas);
        } else if (growth.assignments().size() != adding) {
            return Controller.refused(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "%d assignments for %d partitions more"
                            .formatted(growth.assignments().size(), adding));
        } else {
            for (List<Integer> one : growth.assignments()) {
                Optional<Outcome> fault = invalidReplicas(one);
                if (fault.isPresent()) {
                    return fault.get();
                }
                replicas.add(one);
            }
        }
        for (int i = 0; i < adding; i++) {
            events.add(
                    new MetadataEvent.PartitionChanged(
                            topic.id(), newPartition(have + i, replicas.get(i))));
        }
        return Controller.done();
    }
}
