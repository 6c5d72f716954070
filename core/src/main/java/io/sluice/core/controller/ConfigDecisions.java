package io.sluice.core.controller;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ConfigSchema;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The controller's rules about settings (KIP-339). Each resource succeeds or fails alone. */
final class ConfigDecisions {

    /** What decides over who may lead: changes of these are felt by partitions at once. */
    private static final Set<String> OF_LEADERS =
            Set.of("min.insync.replicas", "unclean.leader.election.enable");

    private final ClusterState state;
    private final Controller.Defaults defaults;

    ConfigDecisions(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.defaults = defaults;
    }

    /** What is set for all brokers at run time. */
    static Optional<String> shared(ClusterState state, String key) {
        return Optional.ofNullable(state.brokerSettings().of("").get(key));
    }

    /**
     * Checks the values of a new topic.
     *
     * @param canonical takes the values as they are stored
     * @return why they cannot be a topic's, or empty
     */
    Optional<String> checkTopic(Map<String, String> values, SortedMap<String, String> canonical) {
        for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
            Optional<String> fault = ConfigSchema.topic().invalid(entry.getKey(), entry.getValue());
            if (fault.isPresent()) {
                return fault;
            }
            canonical.put(
                    entry.getKey(),
                    ConfigSchema.topic().canonical(entry.getKey(), entry.getValue()));
        }
        return conflict(canonical);
    }

    /** Why a topic's values cannot be together, those for all brokers in mind. */
    private Optional<String> conflict(SortedMap<String, String> topicValues) {
        SortedMap<String, String> inForce = new TreeMap<>();
        for (ConfigKey key : ConfigSchema.topic().keys().values()) {
            key.brokerSynonym()
                    .flatMap(name -> shared(state, name))
                    .ifPresent(value -> inForce.put(key.name(), value));
        }
        inForce.putAll(topicValues);
        return ConfigSchema.topic().conflict(inForce);
    }

    Controller.Decision alter(ControllerCommand.AlterConfigs command) {
        Set<String> repeated =
                TopicDecisions.repeated(
                        command.changes().stream().map(ConfigDecisions::resource).toList());
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (ConfigChange change : command.changes()) {
            outcomes.add(
                    repeated.contains(resource(change))
                            ? TopicDecisions.namedTwice(change.name())
                            : switch (change.type()) {
                                case TOPIC -> alterTopic(change, events);
                                case BROKER -> alterBroker(change, events);
                                case GROUP -> alterGroup(change, events);
                            });
        }
        if (command.validateOnly()) {
            return Controller.decision(List.of(), outcomes);
        }
        if (events.stream().anyMatch(ConfigDecisions::isOfLeaders)) {
            events.addAll(
                    new Sweep(state.after(events), defaults)
                            .over(partition ->
                                    partition.leader() == PartitionImage.NO_LEADER
                                            || !partition.eligible().isEmpty()));
        }
        return Controller.decision(events, outcomes);
    }

    /**
     * With a lower min.insync.replicas fewer replicas commit: who is eligible by the higher one may
     * lack what they will. It must go in the same entry (KIP-966).
     */
    private static boolean isOfLeaders(MetadataEvent event) {
        return (event instanceof MetadataEvent.TopicConfigChanged ofTopic
                        && OF_LEADERS.contains(ofTopic.key()))
                || (event instanceof MetadataEvent.BrokerConfigChanged ofBroker
                        && OF_LEADERS.contains(ofBroker.key()));
    }

    private static String resource(ConfigChange change) {
        return change.type() + " " + change.name();
    }

    private Outcome alterTopic(ConfigChange change, List<MetadataEvent> events) {
        TopicImage topic = state.topics().get(change.name());
        if (topic == null) {
            return TopicDecisions.unknown(change.name());
        }
        SortedMap<String, String> after = new TreeMap<>();
        Optional<Outcome> fault =
                edit(change, topic.configs(), ConfigSchema.topic(), after)
                        .or(() -> conflict(after).flatMap(ConfigDecisions::invalid));
        if (fault.isPresent()) {
            return fault.get();
        }
        difference(topic.configs(), after)
                .forEach((key, value) ->
                        events.add(new MetadataEvent.TopicConfigChanged(topic.id(), key, value)));
        return Controller.done();
    }

    private Outcome alterBroker(ConfigChange change, List<MetadataEvent> events) {
        Optional<String> broker = broker(change.name());
        if (broker.isEmpty()) {
            return Controller.refused(
                    ErrorCode.INVALID_REQUEST,
                    "there is no broker \"%s\": name one, or none to change all"
                            .formatted(change.name()));
        }
        SortedMap<String, String> before = state.brokerSettings().of(broker.get());
        SortedMap<String, String> after = new TreeMap<>();
        Optional<Outcome> fault =
                edit(change, before, ConfigSchema.broker(), after)
                        .or(() ->
                                ConfigSchema.broker()
                                        .conflict(after)
                                        .flatMap(ConfigDecisions::invalid));
        if (fault.isPresent()) {
            return fault.get();
        }
        difference(before, after)
                .forEach((key, value) ->
                        events.add(
                                new MetadataEvent.BrokerConfigChanged(broker.get(), key, value)));
        return Controller.done();
    }

    private Outcome alterGroup(ConfigChange change, List<MetadataEvent> events) {
        if (change.name().isEmpty()) {
            return Controller.refused(
                    ErrorCode.INVALID_REQUEST,
                    "the group has no name: name one, or set the brokers' group.consumer settings");
        }
        SortedMap<String, String> before = state.groupSettings().of(change.name());
        SortedMap<String, String> after = new TreeMap<>();
        Optional<Outcome> fault =
                edit(change, before, ConfigSchema.group(), after)
                        .or(() ->
                                ConfigSchema.group()
                                        .conflict(after)
                                        .flatMap(ConfigDecisions::invalid));
        if (fault.isPresent()) {
            return fault.get();
        }
        difference(before, after)
                .forEach((key, value) ->
                        events.add(
                                new MetadataEvent.GroupConfigChanged(change.name(), key, value)));
        return Controller.done();
    }

    /** The name under which a broker's values are kept, {@code ""} for all; empty if unknown. */
    private Optional<String> broker(String name) {
        if (name.isEmpty()) {
            return Optional.of(name);
        }
        try {
            int id = Integer.parseInt(name);
            return state.brokers().containsKey(id)
                    ? Optional.of(Integer.toString(id))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Carries out the operations of one resource; {@code after} takes the values then. */
    private static Optional<Outcome> edit(
            ConfigChange change,
            SortedMap<String, String> before,
            ConfigSchema schema,
            SortedMap<String, String> after) {
        if (!change.replaceAll()) {
            after.putAll(before);
        }
        Set<String> repeated =
                TopicDecisions.repeated(
                        change.operations().stream().map(ConfigOperation::key).toList());
        for (ConfigOperation operation : change.operations()) {
            if (repeated.contains(operation.key())) {
                return Optional.of(TopicDecisions.namedTwice(operation.key()));
            }
            Optional<ConfigKey> key = schema.find(operation.key());
            if (key.isEmpty()
                    && operation.type() == OperationType.DELETE
                    && schema.isAbsent(operation.key())) {
                continue; // it is not set
            }
            if (key.isEmpty()) {
                return invalid(schema.invalid(operation.key(), "").orElse(operation.key()));
            }
            Optional<Outcome> fault =
                    fixed(change, key.get()).or(() -> editOne(operation, key.get(), schema, after));
            if (fault.isPresent()) {
                return fault;
            }
        }
        return Optional.empty();
    }

    /** Why that setting cannot be changed there while brokers run, or empty. */
    private static Optional<Outcome> fixed(ConfigChange change, ConfigKey key) {
        if (change.type() != ResourceType.BROKER) {
            return Optional.empty();
        }
        return switch (key.update()) {
            case PER_BROKER -> Optional.empty();
            case CLUSTER_WIDE ->
                    change.name().isEmpty()
                            ? Optional.empty()
                            : invalid(
                                    "%s is the same on all brokers: set it for all, not for broker"
                                                    .formatted(key.name())
                                            + " "
                                            + change.name());
            case READ_ONLY ->
                    invalid(
                            "%s cannot be changed while the broker runs: set it in its"
                                            .formatted(key.name())
                                    + " configuration and restart it");
        };
    }

    private static Optional<Outcome> editOne(
            ConfigOperation operation,
            ConfigKey key,
            ConfigSchema schema,
            SortedMap<String, String> after) {
        if (operation.type() == OperationType.DELETE) {
            after.remove(key.name());
            return Optional.empty();
        }
        boolean edits = operation.type() != OperationType.SET;
        if (edits && key.type() != ConfigKey.Type.LIST) {
            return invalid(
                    "%s is not a list: set its value, %s works for lists"
                            .formatted(key.name(), operation.type()));
        }
        Optional<Outcome> fault =
                schema.invalid(key.name(), operation.value()).flatMap(ConfigDecisions::invalid);
        if (fault.isEmpty()) {
            String value = edits ? edited(operation, key, schema, after) : operation.value();
            after.put(key.name(), schema.canonical(key.name(), value));
        }
        return fault;
    }

    private static String edited(
            ConfigOperation operation,
            ConfigKey key,
            ConfigSchema schema,
            SortedMap<String, String> after) {
        String now = after.getOrDefault(key.name(), key.defaultValue().orElse(""));
        Set<String> words = new LinkedHashSet<>(List.of(now.split(",")));
        List<String> changed = List.of(schema.canonical(key.name(), operation.value()).split(","));
        if (operation.type() == OperationType.APPEND) {
            words.addAll(changed);
        } else {
            changed.forEach(words::remove);
        }
        return String.join(",", words);
    }

    private static Optional<Outcome> invalid(String detail) {
        return Optional.of(Controller.refused(ErrorCode.INVALID_CONFIG, detail));
    }

    private static SortedMap<String, Optional<String>> difference(
            SortedMap<String, String> before, SortedMap<String, String> after) {
        SortedMap<String, Optional<String>> changes = new TreeMap<>();
        before.keySet().forEach(key -> changes.put(key, Optional.empty()));
        after.forEach((key, value) -> changes.put(key, Optional.of(value)));
        changes.entrySet()
                .removeIf(entry ->
                        entry.getValue().equals(Optional.ofNullable(before.get(entry.getKey()))));
        return changes;
    }
}
