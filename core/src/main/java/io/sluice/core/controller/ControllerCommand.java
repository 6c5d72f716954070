package io.sluice.core.controller;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What may be asked of the controller. Everything random (new identities) is made by the caller, so
 * that the decision is a function of state, command and time.
 */
public sealed interface ControllerCommand {

    /** Names the cluster; the first command of its life, later ones change nothing. */
    record InitializeCluster(Uuid clusterId) implements ControllerCommand {}

    /** A broker has started: it replaces its earlier incarnation. */
    record RegisterBroker(
            int brokerId,
            Uuid incarnation,
            Optional<String> rack,
            List<BrokerImage.Endpoint> endpoints,
            List<Uuid> logDirectories)
            implements ControllerCommand {}

    /**
     * Creates topics; each succeeds or fails alone.
     *
     * @param validateOnly decides and answers, and changes nothing
     */
    record CreateTopics(List<NewTopic> topics, boolean validateOnly) implements ControllerCommand {}

    /**
     * @param id the identity it gets if it is created
     * @param partitions {@code -1} for the broker's default
     * @param replicationFactor {@code -1} for the broker's default
     * @param assignment replicas by partition; empty lets the controller place them
     */
    record NewTopic(
            String name,
            Uuid id,
            int partitions,
            int replicationFactor,
            Map<Integer, List<Integer>> assignment,
            Map<String, String> configs) {}

    /** Deletes topics by name or, where the name is empty, by identity. */
    record DeleteTopics(List<TopicRef> topics) implements ControllerCommand {}

    /** A topic by name, or by identity where the name is absent. */
    record TopicRef(Optional<String> name, Uuid id) {}

    /** Grows topics; each succeeds or fails alone. */
    record CreatePartitions(List<NewPartitions> topics, boolean validateOnly)
            implements ControllerCommand {}

    /**
     * @param count the total wanted
     * @param assignments replicas of each added partition in order; empty lets the controller place
     */
    record NewPartitions(String topic, int count, List<List<Integer>> assignments) {}

    /** Changes settings of resources; each succeeds or fails alone (KIP-339). */
    record AlterConfigs(List<ConfigChange> changes, boolean validateOnly)
            implements ControllerCommand {}

    /**
     * @param name the topic, or the broker id as text, {@code ""} for all brokers
     * @param replaceAll drops every value that {@code operations} does not set (the old
     *     AlterConfigs)
     */
    record ConfigChange(
            ResourceType type, String name, List<ConfigOperation> operations, boolean replaceAll) {}

    /** What settings belong to. */
    enum ResourceType {
        TOPIC,
        BROKER,
        GROUP
    }

    /** One change of one setting. The value is ignored for {@link OperationType#DELETE}. */
    record ConfigOperation(OperationType type, String key, String value) {}

    /** Kinds of change (KIP-339). */
    enum OperationType {
        SET,
        DELETE,
        APPEND,
        SUBTRACT
    }

    /** Reserves a block of producer ids for a broker (KIP-730). */
    record AllocateProducerIds(int brokerId, int count) implements ControllerCommand {}

    /** A broker has put replicas into log directories (KIP-858). */
    record AssignDirectories(int brokerId, Map<TopicPartition, Uuid> directories)
            implements ControllerCommand {}
}
