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

    /** How many outcomes the reply has. */
    default int items() {
        return switch (this) {
            case CreateTopics c -> c.topics().size();
            case DeleteTopics c -> c.topics().size();
            case CreatePartitions c -> c.topics().size();
            case AlterConfigs c -> c.changes().size();
            case FenceBrokers c -> c.brokers().size();
            case AlterPartitions c -> c.changes().size();
            case ElectLeaders c -> c.partitions().size();
            case AlterReassignments c -> c.reassignments().size();
            case InitializeCluster c -> 1;
            case RegisterBroker c -> 1;
            case BrokerHeartbeat c -> 1;
            case UnregisterBroker c -> 1;
            case AllocateProducerIds c -> 1;
            case AssignDirectories c -> 1;
            case ReportLoads c -> 1;
        };
    }

    /** Names the cluster; the first command of its life, later ones change nothing. */
    record InitializeCluster(Uuid clusterId) implements ControllerCommand {}

    /**
     * A broker has started: it replaces its earlier incarnation (KIP-631), but not one that is
     * active under another ({@code DUPLICATE_BROKER_REGISTRATION}: try again once its lease is
     * over). The reply holds the broker epoch.
     *
     * @param logDirectories those that work, by identity; empty if it does not say
     * @param stoppedEpoch the broker epoch of its last run if that ended with all on stable
     *     storage, {@code -1} if not (KIP-966)
     * @param alone a single broker on a metadata log of its own: it serves at once, without a
     *     heartbeat, and there is no other copy to turn to
     */
    record RegisterBroker(
            int brokerId,
            Uuid incarnation,
            Optional<String> rack,
            List<BrokerImage.Endpoint> endpoints,
            List<Uuid> logDirectories,
            long stoppedEpoch,
            boolean alone)
            implements ControllerCommand {}

    /**
     * A broker lives, and says what it wants. It knows its epoch from an image that holds its
     * registration, so whoever gives the right one has caught up that far. The reply's standing is
     * what it is from then on.
     *
     * @param appliedIndex how far it has applied the metadata log; for {@link BrokerLeases}
     * @param wantFence it is not ready to serve, or does not want to any more
     * @param wantShutdown it wants to stop: its leaderships go first
     * @param failedDirectories log directories that do not work any more
     */
    record BrokerHeartbeat(
            int brokerId,
            long brokerEpoch,
            long appliedIndex,
            boolean wantFence,
            boolean wantShutdown,
            List<Uuid> failedDirectories)
            implements ControllerCommand {}

    /** Leases are over. One outcome for each; who has registered anew meanwhile is passed over. */
    record FenceBrokers(List<BrokerEpoch> brokers) implements ControllerCommand {}

    /** A broker in one of its runs. */
    record BrokerEpoch(int brokerId, long epoch) {}

    /** A broker is gone for good; its replicas stay in the lists until they are reassigned. */
    record UnregisterBroker(int brokerId) implements ControllerCommand {}

    /**
     * A leader's new in-sync replicas, by compare and set on leader epoch and partition epoch
     * (KIP-497). Each succeeds or fails alone; the outcome holds the partition as it is then. A
     * reassignment that is complete with it ends here; if the sender leads no more, the outcome is
     * {@code NEW_LEADER_ELECTED}.
     */
    record AlterPartitions(int brokerId, long brokerEpoch, List<IsrChange> changes)
            implements ControllerCommand {}

    /**
     * @param isr all members, the leader among them, each in the run that the leader knows
     *     (KIP-903)
     */
    record IsrChange(
            Uuid topicId,
            int partition,
            int leaderEpoch,
            int partitionEpoch,
            List<BrokerEpoch> isr) {}

    /**
     * Elects leaders (KIP-460). Each succeeds or fails alone; the outcome holds the partition as it
     * is then.
     *
     * @param unclean a replica that is not in sync may lead if there is no other: what was
     *     committed may be lost, and the image says so ({@link PartitionImage#uncleanEpoch})
     */
    record ElectLeaders(boolean unclean, List<TopicPartition> partitions)
            implements ControllerCommand {}

    /**
     * Starts, changes and cancels reassignments (KIP-455); each succeeds or fails alone.
     *
     * @param mayChangeFactor whether the number of replicas may become another (KIP-860)
     * @param byBalance the cluster does so by itself: what an operator has begun it leaves alone
     */
    record AlterReassignments(
            List<Reassignment> reassignments, boolean mayChangeFactor, boolean byBalance)
            implements ControllerCommand {

        /** An operator's. */
        public AlterReassignments(List<Reassignment> reassignments, boolean mayChangeFactor) {
            this(reassignments, mayChangeFactor, false);
        }
    }

    /**
     * @param replicas those there are to be, the preferred leader first; absent cancels
     */
    record Reassignment(TopicPartition partition, Optional<List<Integer>> replicas) {}

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

    /**
     * What a broker's busiest partitions carry, of those that it leads. Changes nothing in the log:
     * the acting controller remembers it for {@link ClusterBalance}.
     */
    record ReportLoads(int brokerId, long brokerEpoch, List<PartitionLoad> loads)
            implements ControllerCommand {}

    /** Bytes a second that clients write to a partition, and that are read from it. */
    record PartitionLoad(Uuid topicId, int partition, long bytesIn, long bytesOut) {}

    /**
     * A broker has put replicas into log directories (KIP-858); or has found one damaged, which it
     * tells as {@link PartitionImage#LOST_DIRECTORY}.
     */
    record AssignDirectories(int brokerId, Map<TopicPartition, Uuid> directories)
            implements ControllerCommand {}
}
