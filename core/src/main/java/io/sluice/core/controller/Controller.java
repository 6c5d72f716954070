package io.sluice.core.controller;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
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

    private final ClusterState state = new ClusterState();
    private final TopicDecisions topics;
    private final ConfigDecisions configs;

    /** What a broker says for clients that do not. */
    public interface Defaults {
        int partitions();

        int replicationFactor();

        boolean topicDeletion();
    }

    public Controller(Defaults defaults) {
        this.configs = new ConfigDecisions(state);
        this.topics = new TopicDecisions(state, defaults, configs);
    }

    /** Events to commit, none if nothing changes, and what to answer then. */
    public record Decision(List<MetadataEvent> events, ControllerReply reply) {}

    /** Decides; changes nothing. */
    public Decision decide(ControllerCommand command) {
        return switch (command) {
            case ControllerCommand.InitializeCluster c -> initialize(c);
            case ControllerCommand.RegisterBroker c -> register(c);
            case ControllerCommand.CreateTopics c -> topics.create(c);
            case ControllerCommand.DeleteTopics c -> topics.delete(c);
            case ControllerCommand.CreatePartitions c -> topics.grow(c);
            case ControllerCommand.AlterConfigs c -> configs.alter(c);
            case ControllerCommand.AllocateProducerIds c -> allocate(c);
            case ControllerCommand.AssignDirectories c -> assign(c);
        };
    }

    /** Takes a committed event. */
    public void apply(MetadataEvent event) {
        state.apply(event);
    }

    /** The state as others may read it, as of that index of the metadata log. */
    public ClusterImage image(long index) {
        return state.image(index);
    }

    /** Events that lead from nothing to the present state. */
    public List<MetadataEvent> snapshot() {
        return state.asEvents();
    }

    static Decision decision(List<MetadataEvent> events, List<Outcome> outcomes) {
        return new Decision(events, new ControllerReply(outcomes, -1L, -1L));
    }

    static Outcome refused(ErrorCode error, String detail) {
        return new Outcome(error, detail, Optional.empty());
    }

    static Outcome done() {
        return new Outcome(ErrorCode.NONE, "", Optional.empty());
    }

    private Decision initialize(ControllerCommand.InitializeCluster command) {
        List<MetadataEvent> events = new ArrayList<>();
        if (state.clusterId().equals(Uuid.ZERO)) {
            events.add(new MetadataEvent.ClusterInitialized(command.clusterId()));
        }
        return decision(events, List.of(done()));
    }

    /**
     * A broker's new start. It leads its partitions in a new epoch: what an unclean stop cut off
     * must not be taken for what is written after it (KIP-320).
     */
    private Decision register(ControllerCommand.RegisterBroker command) {
        BrokerImage before = state.brokers().get(command.brokerId());
        long epoch = before == null ? 0 : before.epoch() + 1;
        List<MetadataEvent> events = new ArrayList<>();
        events.add(
                new MetadataEvent.BrokerRegistered(
                        new BrokerImage(
                                command.brokerId(),
                                epoch,
                                command.incarnation(),
                                command.rack(),
                                command.endpoints(),
                                false)));
        if (before != null && !before.incarnation().equals(command.incarnation())) {
            events.add(new MetadataEvent.LeaderEpochsBumped(command.brokerId()));
        }
        return new Decision(events, new ControllerReply(List.of(done()), -1L, epoch));
    }

    private Decision allocate(ControllerCommand.AllocateProducerIds command) {
        long first = state.nextProducerId();
        return new Decision(
                List.of(new MetadataEvent.ProducerIdsAllocated(first + command.count())),
                new ControllerReply(List.of(done()), first, -1L));
    }

    private Decision assign(ControllerCommand.AssignDirectories command) {
        List<MetadataEvent.Placement> placements = new ArrayList<>();
        for (Map.Entry<TopicPartition, Uuid> entry :
                new TreeMap<>(command.directories()).entrySet()) {
            TopicImage topic = state.topics().get(entry.getKey().topic());
            int number = entry.getKey().partition();
            if (topic != null
                    && number < topic.partitions().size()
                    && topic.partitions().get(number).replicas().contains(command.brokerId())) {
                placements.add(new MetadataEvent.Placement(topic.id(), number, entry.getValue()));
            }
        }
        List<MetadataEvent> events =
                placements.isEmpty()
                        ? List.of()
                        : List.of(
                                new MetadataEvent.DirectoriesAssigned(
                                        command.brokerId(), placements));
        return decision(events, List.of(done()));
    }
}
