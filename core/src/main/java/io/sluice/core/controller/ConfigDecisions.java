package io.sluice.core.controller;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ConfigSchema;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
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

/** The controller's rules about settings (KIP-339). */
final class ConfigDecisions {

    private final ClusterState state;

    ConfigDecisions(ClusterState state) {
        this.state = state;
    }

    /** Why these values cannot be a topic's, or empty. */
    Optional<String> invalidTopic(Map<String, String> values) {
        for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
            Optional<String> fault = ConfigSchema.topic().invalid(entry.getKey(), entry.getValue());
            if (fault.isPresent()) {
                return fault;
            }
        }
        return Optional.empty();
    }

    Controller.Decision alter(ControllerCommand.AlterConfigs command) {
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (ConfigChange change : command.changes()) {
            outcomes.add(
                    switch (change.type()) {
                        case TOPIC -> alterTopic(change, events);
                        case BROKER -> alterBroker(change, events);
                    });
        }
        return Controller.decision(command.validateOnly() ? List.of() : events, outcomes);
    }

    private Outcome alterTopic(ConfigChange change, List<MetadataEvent> events) {
        TopicImage topic = state.topics().get(change.name());
        if (topic == null) {
            return Controller.refused(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic " + change.name());
        }
        SortedMap<String, String> after = new TreeMap<>();
        Optional<Outcome> fault =
                apply(change, topic.configs(), ConfigSchema.topic(), ResourceType.TOPIC, after);
        if (fault.isPresent()) {
            return fault.get();
        }
        difference(topic.configs(), after)
                .forEach((key, value) ->
                        events.add(new MetadataEvent.TopicConfigChanged(topic.id(), key, value)));
        return Controller.done();
    }

    private Outcome alterBroker(ConfigChange change, List<MetadataEvent> events) {
        if (!change.name().isEmpty() && !isBroker(change.name())) {
            return Controller.refused(
                    ErrorCode.INVALID_REQUEST, "there is no broker " + change.name());
        }
        SortedMap<String, String> known = state.brokerConfigs().get(change.name());
        SortedMap<String, String> before = known == null ? new TreeMap<>() : known;
        SortedMap<String, String> after = new TreeMap<>();
        Optional<Outcome> fault =
                apply(change, before, ConfigSchema.broker(), ResourceType.BROKER, after);
        if (fault.isPresent()) {
            return fault.get();
        }
        difference(before, after)
                .forEach((key, value) ->
                        events.add(
                                new MetadataEvent.BrokerConfigChanged(change.name(), key, value)));
        return Controller.done();
    }

    private boolean isBroker(String name) {
        try {
            return state.brokers().containsKey(Integer.parseInt(name));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static Optional<Outcome> apply(
            ConfigChange change,
            SortedMap<String, String> before,
            ConfigSchema schema,
            ResourceType type,
            SortedMap<String, String> after) {
        if (!change.replaceAll()) {
            after.putAll(before);
        }
        for (ConfigOperation operation : change.operations()) {
            Optional<ConfigKey> key = schema.find(operation.key());
            if (key.isEmpty()) {
                return invalid(schema.invalid(operation.key(), "").orElse(operation.key()));
            }
            if (type == ResourceType.BROKER && !key.get().dynamic()) {
                return invalid(
                        "%s cannot be changed while the broker runs: set it in its configuration and restart"
                                .formatted(operation.key()));
            }
            Optional<Outcome> fault = applyOne(operation, key.get(), schema, after);
            if (fault.isPresent()) {
                return fault;
            }
        }
        return Optional.empty();
    }

    private static Optional<Outcome> applyOne(
            ConfigOperation operation,
            ConfigKey key,
            ConfigSchema schema,
            SortedMap<String, String> after) {
        String name = key.name();
        switch (operation.type()) {
            case SET -> after.put(name, operation.value());
            case DELETE -> {
                after.remove(name);
                return Optional.empty();
            }
            case APPEND, SUBTRACT -> {
                if (key.type() != ConfigKey.Type.LIST) {
                    return invalid(name + " is not a list: use SET");
                }
                after.put(name, edited(operation, key, after));
            }
        }
        return schema.invalid(name, after.getOrDefault(name, "")).flatMap(ConfigDecisions::invalid);
    }

    private static String edited(
            ConfigOperation operation, ConfigKey key, SortedMap<String, String> after) {
        String now = after.getOrDefault(key.name(), key.defaultValue().orElse(""));
        Set<String> words = new LinkedHashSet<>();
        for (String word : now.split(",", -1)) {
            if (!word.isBlank()) {
                words.add(word.strip());
            }
        }
        for (String word : operation.value().split(",", -1)) {
            if (operation.type() == ControllerCommand.OperationType.APPEND) {
                words.add(word.strip());
            } else {
                words.remove(word.strip());
            }
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
