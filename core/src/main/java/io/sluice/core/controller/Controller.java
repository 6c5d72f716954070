package io.sluice.core.controller;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides every change of the cluster. {@link #decide} reads state and returns events and a reply;
 * {@link #apply} is the only writer, live and at replay alike. The reply is held by the host until
 * the events are committed and applied.
 *
 * <pre>
 *   command ──decide──▶ events ──metadata log──▶ apply ──▶ image
 *                └────────── reply, once committed ──────────▶
 * </pre>
 */
public final class Controller {

    /** Producer ids of one block (KIP-730). */
    public static final int PRODUCER_ID_BLOCK = 1000;

    /** Producer ids one command may reserve. */
    static final int MAX_PRODUCER_IDS = 1_000_000;

    private final Defaults defaults;
    private ClusterState state;

    /**
     * What the broker was started with, for clients that do not say. What is set for all brokers at
     * run time comes before it.
     */
    public interface Defaults {
        /** num.partitions. */
        int partitions();

        /** default.replication.factor. */
        int replicationFactor();

        /** delete.topic.enable. */
        boolean topicDeletion();
    }

    public Controller(Defaults defaults) {
        this(defaults, ClusterState.EMPTY);
    }

    private Controller(Defaults defaults, ClusterState state) {
        this.defaults = defaults;
        this.state = state;
    }

    /** Events to commit, none if nothing changes, and what to answer then. */
    public record Decision(List<MetadataEvent> events, ControllerReply reply) {}

    /**
     * A copy that goes its own way, at no cost: for decisions that build on others which are not
     * committed yet.
     */
    public Controller draft() {
        return new Controller(defaults, state);
    }

    /** Decides; changes nothing. */
    public Decision decide(ControllerCommand command) {
        return switch (command) {
            case ControllerCommand.InitializeCluster c -> initialize(c);
            case ControllerCommand.RegisterBroker c -> register(c);
            case ControllerCommand.CreateTopics c -> new TopicCreation(state, defaults).create(c);
            case ControllerCommand.DeleteTopics c -> new TopicDecisions(state, defaults).delete(c);
            case ControllerCommand.CreatePartitions c ->
                    new TopicDecisions(state, defaults).grow(c);
            case ControllerCommand.AlterConfigs c -> new ConfigDecisions(state).alter(c);
            case ControllerCommand.AllocateProducerIds c -> allocate(c);
            case ControllerCommand.AssignDirectories c -> assign(c);
            case ControllerCommand.BrokerHeartbeat c -> unsupported(c);
            case ControllerCommand.FenceBrokers c -> unsupported(c);
            case ControllerCommand.UnregisterBroker c -> unsupported(c);
            case ControllerCommand.AlterPartitions c -> unsupported(c);
            case ControllerCommand.ElectLeaders c -> unsupported(c);
            case ControllerCommand.AlterReassignments c -> unsupported(c);
        };
    }

    /**
     * Takes a committed event.
     *
     * @throws IllegalStateException if the event cannot follow on this state
     */
    public void apply(MetadataEvent event) {
        state = state.after(event);
    }

    /** The state as others may read it, as of that index of the metadata log. Costs nothing. */
    public ClusterImage image(long index) {
        return state.image(index);
    }

    /** Events that lead from nothing to the present state. */
    public List<MetadataEvent> snapshot() {
        return state.asEvents();
    }

    static Decision decision(List<MetadataEvent> events, List<Outcome> outcomes) {
        return new Decision(List.copyOf(events), new ControllerReply(outcomes, -1L, -1L));
    }

    static Outcome refused(ErrorCode error, String detail) {
        return new Outcome(error, detail, Optional.empty());
    }

    static Outcome done() {
        return new Outcome(ErrorCode.NONE, "", Optional.empty());
    }

    private Decision initialize(ControllerCommand.InitializeCluster command) {
        return decision(
                state.clusterId().equals(Uuid.ZERO)
                        ? List.of(new MetadataEvent.ClusterInitialized(command.clusterId()))
                        : List.of(),
                List.of(done()));
    }

    private static Decision unsupported(ControllerCommand command) {
        return decision(
                List.of(),
                Collections.nCopies(
                        command.items(),
                        refused(ErrorCode.UNSUPPORTED_VERSION, "there is one broker")));
    }

    /**
     * A broker's new start. It leads its partitions in a new epoch: what an unclean stop cut off
     * must not be taken for what is written after it (KIP-320). The same start told twice changes
     * nothing.
     */
    private Decision register(ControllerCommand.RegisterBroker command) {
        BrokerImage before = state.brokers().get(command.brokerId());
        boolean restarted = before != null && !before.incarnation().equals(command.incarnation());
        long epoch = before == null || restarted ? state.brokerTable().nextEpoch() : before.epoch();
        BrokerImage now =
                new BrokerImage(
                        command.brokerId(),
                        epoch,
                        command.incarnation(),
                        command.rack(),
                        List.copyOf(command.endpoints()),
                        List.copyOf(command.logDirectories()),
                        false,
                        false);
        List<MetadataEvent> events = new ArrayList<>();
        if (!now.equals(before)) {
            events.add(new MetadataEvent.BrokerRegistered(now));
        }
        if (restarted && leadsAny(command.brokerId())) {
            events.add(new MetadataEvent.LeaderEpochsBumped(command.brokerId()));
        }
        return new Decision(events, new ControllerReply(List.of(done()), -1L, epoch));
    }

    private boolean leadsAny(int brokerId) {
        return state.topics().values().stream()
                .anyMatch(
                        topic -> topic.partitions().stream().anyMatch(p -> p.leader() == brokerId));
    }

    private Decision allocate(ControllerCommand.AllocateProducerIds command) {
        long first = state.nextProducerId();
        if (command.count() <= 0
                || command.count() > MAX_PRODUCER_IDS
                || first > Long.MAX_VALUE - command.count()) {
            return decision(
                    List.of(),
                    List.of(
                            refused(
                                    ErrorCode.INVALID_REQUEST,
                                    "%d producer ids from %d on: ask for 1 to %d"
                                            .formatted(command.count(), first, MAX_PRODUCER_IDS))));
        }
        return new Decision(
                List.of(new MetadataEvent.ProducerIdsAllocated(first + command.count())),
                new ControllerReply(List.of(done()), first, -1L));
    }

    /** Replicas that are gone meanwhile, or lie there already, are passed over. */
    private Decision assign(ControllerCommand.AssignDirectories command) {
        List<MetadataEvent.Placement> placements = new ArrayList<>();
        for (Map.Entry<TopicPartition, Uuid> entry :
                new TreeMap<>(command.directories()).entrySet()) {
            TopicImage topic = state.topics().get(entry.getKey().topic());
            int number = entry.getKey().partition();
            if (topic == null || number < 0 || number >= topic.partitions().size()) {
                continue;
            }
            PartitionImage partition = topic.partitions().get(number);
            int replica = partition.replicas().indexOf(command.brokerId());
            if (replica >= 0 && !partition.directories().get(replica).equals(entry.getValue())) {
                placements.add(new MetadataEvent.Placement(topic.id(), number, entry.getValue()));
            }
        }
        return decision(
                placements.isEmpty()
                        ? List.of()
                        : List.of(
                                new MetadataEvent.DirectoriesAssigned(
                                        command.brokerId(), List.copyOf(placements))),
                List.of(done()));
    }
}
