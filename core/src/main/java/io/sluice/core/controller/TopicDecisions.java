package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The controller's rules about topics and their partitions. */
final class TopicDecisions {

    /** Partitions of the whole cluster. */
    static final int MAX_PARTITIONS = 1_000_000;

    /** Partitions one command may add. */
    static final int MAX_PARTITIONS_PER_COMMAND = 200_000;

    private final ClusterState state;
    private final Controller.Defaults defaults;
    private final Standings standings;

    TopicDecisions(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.defaults = defaults;
        this.standings = new Standings(state.brokers());
    }

    int defaultPartitions() {
        return ConfigDecisions.shared(state, "num.partitions")
                .map(Integer::parseInt)
                .orElseGet(defaults::partitions);
    }

    int defaultReplicationFactor() {
        return ConfigDecisions.shared(state, "default.replication.factor")
                .map(Integer::parseInt)
                .orElseGet(defaults::replicationFactor);
    }

    private boolean mayDelete() {
        return ConfigDecisions.shared(state, "delete.topic.enable")
                .map("true"::equals)
                .orElseGet(defaults::topicDeletion);
    }

    /**
     * Where the partitions of a topic go, made now or later; or why there is no room for so many
     * replicas.
     */
    sealed interface Room {
        record Found(Placement placement) implements Room {}

        record Missing(Outcome outcome) implements Room {}
    }

    /**
     * Replicas go to brokers that live, and to those that are away only where there are too few: a
     * topic made while a broker restarts has its copies there, too, once it is back.
     */
    Room room(Uuid topicId, String topic, int factor) {
        List<BrokerImage> active = standings.active();
        List<BrokerImage> away = standings.away();
        int registered = active.size() + away.size();
        if (factor <= 0 || factor > registered || active.isEmpty()) {
            return new Room.Missing(
                    Controller.refused(
                            ErrorCode.INVALID_REPLICATION_FACTOR,
                            "replication factor %d for topic %s: %d brokers are registered, %d live"
                                    .formatted(factor, topic, registered, active.size())));
        }
        return new Room.Found(new Placement(active, away, topicId.low()));
    }

    /**
     * @param before partitions that the same command adds already
     */
    Optional<Outcome> tooMany(int before, int adding, String topic) {
        long inCommand = (long) before + adding;
        if (inCommand <= MAX_PARTITIONS_PER_COMMAND
                && state.topicTable().partitionCount() + inCommand <= MAX_PARTITIONS) {
            return Optional.empty();
        }
        return Optional.of(
                Controller.refused(
                        ErrorCode.POLICY_VIOLATION,
                        "%d partitions more for topic %s are too many: %d may be added at once, to %d"
                                        .formatted(
                                                adding,
                                                topic,
                                                MAX_PARTITIONS_PER_COMMAND,
                                                MAX_PARTITIONS)
                                + " in all"));
    }

    /** Of brokers that do not live now, none is in sync; one at least must. */
    PartitionImage newPartition(int number, List<Integer> replicas) {
        List<Integer> isr = replicas.stream().filter(standings::isActive).toList();
        return new PartitionImage(
                number,
                replicas,
                Collections.nCopies(replicas.size(), Uuid.ZERO),
                isr,
                isr.getFirst(),
                0,
                0);
    }

    /**
     * Why a client's choice of brokers cannot be, or empty.
     *
     * @param factor replicas of the other partitions, -1 if there are none yet
     */
    Optional<Outcome> refusedReplicas(List<Integer> replicas, int factor) {
        String fault = null;
        if (replicas.isEmpty() || new TreeSet<>(replicas).size() != replicas.size()) {
            fault = "%s is no list of different brokers".formatted(replicas);
        } else if (factor != -1 && replicas.size() != factor) {
            fault =
                    "%s has %d brokers, the other partitions have %d"
                            .formatted(replicas, replicas.size(), factor);
        } else {
            for (int broker : replicas) {
                if (!standings.isRegistered(broker)) {
                    fault = "there is no broker %d".formatted(broker);
                }
            }
            if (fault == null && replicas.stream().noneMatch(standings::isActive)) {
                fault = "of the brokers %s none lives".formatted(replicas);
            }
        }
        return Optional.ofNullable(fault)
                .map(why -> Controller.refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, why));
    }

    /** Those that come more than once. */
    static <T extends Comparable<T>> Set<T> repeated(List<T> names) {
        Set<T> seen = new TreeSet<>();
        Set<T> repeated = new TreeSet<>();
        for (T name : names) {
            if (!seen.add(name)) {
                repeated.add(name);
            }
        }
        return repeated;
    }

    static Outcome namedTwice(String name) {
        return Controller.refused(
                ErrorCode.INVALID_REQUEST, "\"%s\" is named twice: name it once".formatted(name));
    }

    Controller.Decision delete(ControllerCommand.DeleteTopics command) {
        List<@Nullable TopicImage> found = new ArrayList<>();
        List<Uuid> ids = new ArrayList<>();
        for (TopicRef ref : command.topics()) {
            TopicImage topic =
                    ref.name().isPresent()
                            ? state.topics().get(ref.name().get())
                            : state.topicsById().get(ref.id());
            found.add(topic);
            if (topic != null) {
                ids.add(topic.id());
            }
        }
        Set<Uuid> repeated = repeated(ids);
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            TopicImage topic = found.get(i);
            if (topic == null) {
                outcomes.add(unknown(command.topics().get(i)));
            } else if (repeated.contains(topic.id())) {
                outcomes.add(namedTwice(topic.name()));
            } else if (!mayDelete()) {
                outcomes.add(
                        Controller.refused(
                                ErrorCode.TOPIC_DELETION_DISABLED,
                                "topics may not be deleted: set delete.topic.enable=true"));
            } else {
                events.add(new MetadataEvent.TopicDeleted(topic.id()));
                outcomes.add(new Outcome(ErrorCode.NONE, "", Optional.of(topic)));
            }
        }
        return Controller.decision(events, outcomes);
    }

    private static Outcome unknown(TopicRef ref) {
        return ref.name()
                .map(TopicDecisions::unknown)
                .orElseGet(() ->
                        Controller.refused(
                                ErrorCode.UNKNOWN_TOPIC_ID,
                                "there is no topic with the identity " + ref.id()));
    }

    static Outcome unknown(String name) {
        return Controller.refused(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic " + name);
    }

    Controller.Decision grow(ControllerCommand.CreatePartitions command) {
        Set<String> repeated =
                repeated(command.topics().stream().map(NewPartitions::topic).toList());
        List<MetadataEvent> events = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        int added = 0;
        for (NewPartitions growth : command.topics()) {
            List<PartitionImage> partitions = new ArrayList<>();
            TopicImage topic = state.topics().get(growth.topic());
            if (repeated.contains(growth.topic())) {
                outcomes.add(namedTwice(growth.topic()));
            } else if (topic == null) {
                outcomes.add(unknown(growth.topic()));
            } else {
                Optional<Outcome> fault = growOne(growth, topic, added, partitions);
                outcomes.add(fault.orElseGet(Controller::done));
                if (fault.isEmpty()) {
                    added += partitions.size();
                    events.add(
                            new MetadataEvent.PartitionsAdded(topic.id(), List.copyOf(partitions)));
                }
            }
        }
        return Controller.decision(command.validateOnly() ? List.of() : events, outcomes);
    }

    private Optional<Outcome> growOne(
            NewPartitions growth, TopicImage topic, int before, List<PartitionImage> partitions) {
        int have = topic.partitions().size();
        int adding = growth.count() - have;
        if (growth.count() <= have) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_PARTITIONS,
                            "topic %s has %d partitions: give more than that, not %d"
                                    .formatted(topic.name(), have, growth.count())));
        }
        Optional<Outcome> tooMany = tooMany(before, adding, topic.name());
        if (tooMany.isPresent()) {
            return tooMany;
        }
        int factor = topic.partitions().getFirst().target().size();
        if (growth.assignments().isEmpty()) {
            return placeMore(topic, adding, factor, partitions);
        }
        if (growth.assignments().size() != adding) {
            return Optional.of(
                    Controller.refused(
                            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                            "%d assignments for %d partitions more of topic %s"
                                    .formatted(growth.assignments().size(), adding, topic.name())));
        }
        for (List<Integer> replicas : growth.assignments()) {
            Optional<Outcome> fault = refusedReplicas(replicas, factor);
            if (fault.isPresent()) {
                return fault;
            }
            partitions.add(newPartition(have + partitions.size(), List.copyOf(replicas)));
        }
        return Optional.empty();
    }

    private Optional<Outcome> placeMore(
            TopicImage topic, int adding, int factor, List<PartitionImage> partitions) {
        Placement placement;
        switch (room(topic.id(), topic.name(), factor)) {
            case Room.Missing missing -> {
                return Optional.of(missing.outcome());
            }
            case Room.Found found -> placement = found.placement();
        }
        int have = topic.partitions().size();
        for (int number = have; number < have + adding; number++) {
            partitions.add(newPartition(number, placement.of(number, factor)));
        }
        return Optional.empty();
    }
}
