package io.sluice.core.controller;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Optional;

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

        /** min.insync.replicas. */
        default int minInsyncReplicas() {
            return 1;
        }

        /** unclean.leader.election.enable. */
        default boolean uncleanElection() {
            return false;
        }

        /** Whether sluice.flush is "commit": a crash loses nothing that counts as stored. */
        default boolean flushed() {
            return true;
        }
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
            case ControllerCommand.RegisterBroker c ->
                    new BrokerDecisions(state, defaults).register(c);
            case ControllerCommand.CreateTopics c -> new TopicCreation(state, defaults).create(c);
            case ControllerCommand.DeleteTopics c -> new TopicDecisions(state, defaults).delete(c);
            case ControllerCommand.CreatePartitions c ->
                    new TopicDecisions(state, defaults).grow(c);
            case ControllerCommand.AlterConfigs c -> new ConfigDecisions(state, defaults).alter(c);
            case ControllerCommand.AllocateProducerIds c -> allocate(c);
            case ControllerCommand.AssignDirectories c ->
                    new DirectoryDecisions(state, defaults).assign(c);
            case ControllerCommand.BrokerHeartbeat c ->
                    new BrokerDecisions(state, defaults).heartbeat(c);
            case ControllerCommand.FenceBrokers c -> new BrokerDecisions(state, defaults).fence(c);
            case ControllerCommand.UnregisterBroker c ->
                    new BrokerDecisions(state, defaults).unregister(c);
            case ControllerCommand.AlterPartitions c ->
                    new ReplicaDecisions(state, defaults).alter(c);
            case ControllerCommand.ElectLeaders c -> new ReplicaDecisions(state, defaults).elect(c);
            case ControllerCommand.AlterReassignments c ->
                    new Reassignments(state, defaults).alter(c);
            case ControllerCommand.ReportLoads c -> decision(List.of(), List.of(done()));
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
}
