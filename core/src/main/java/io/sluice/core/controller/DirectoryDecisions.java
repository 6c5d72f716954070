package io.sluice.core.controller;

import io.sluice.core.controller.Controller.Decision;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.MetadataEvent.Placement;
import io.sluice.core.controller.PartitionChanges.Found;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The controller's rules about where replicas lie (KIP-858), and about those that are damaged. */
final class DirectoryDecisions {

    private final ClusterState state;
    private final Standings standings;
    private final TopicRules rules;
    private final PartitionChanges changes;

    DirectoryDecisions(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.standings = new Standings(state.brokers());
        this.rules = new TopicRules(state, defaults);
        this.changes = new PartitionChanges(state);
    }

    /**
     * Replicas that are gone meanwhile, or lie there already, are passed over. If one cannot be
     * placed now the others are, and the broker is to ask again.
     */
    Decision assign(ControllerCommand.AssignDirectories command) {
        int broker = command.brokerId();
        List<Placement> placements = new ArrayList<>();
        Outcome outcome = Controller.done();
        for (Map.Entry<TopicPartition, Uuid> one :
                new TreeMap<>(command.directories()).entrySet()) {
            Uuid directory = one.getValue();
            if (!(found(one.getKey()) instanceof Found.Partition found)
                    || !found.image().replicas().contains(broker)) {
                continue;
            }
            if (directory.equals(PartitionImage.LOST_DIRECTORY)) {
                damaged(broker, found);
            } else if (!standings.hasDirectory(broker, directory)) {
                outcome = notRegistered(broker, directory);
            } else if (isMissed(broker, found.image())) {
                outcome = missed(broker, one.getKey());
            } else if (!found.image().directoryOf(broker).equals(directory)) {
                placements.add(
                        new Placement(found.topic().id(), one.getKey().partition(), directory));
            }
        }
        List<MetadataEvent> events = new ArrayList<>(changes.events());
        if (!placements.isEmpty()) {
            events.add(new MetadataEvent.DirectoriesAssigned(broker, List.copyOf(placements)));
        }
        return Controller.decision(List.copyOf(events), List.of(outcome));
    }

    /** An earlier run, which had others, may have been registered late: this one will be again. */
    private static Outcome notRegistered(int broker, Uuid directory) {
        return Controller.refused(
                ErrorCode.LOG_DIR_NOT_FOUND,
                "broker %d has not registered the directory %s".formatted(broker, directory));
    }

    private static Outcome missed(int broker, TopicPartition partition) {
        return Controller.refused(
                ErrorCode.INELIGIBLE_REPLICA,
                "%s is counted on at broker %d in a directory that is gone: the replica gets no other"
                                .formatted(partition, broker)
                        + " before another one is in sync, or an unclean election is ordered");
    }

    private Found found(TopicPartition name) {
        return changes.find(name);
    }

    /**
     * Its broker has found bytes that are not what was written: the replica counts for nothing from
     * now on, and begins anew. Unless it is the last that holds all: what is whole of it is more
     * than nothing (I-4, I-8).
     */
    private void damaged(int broker, Found.Partition found) {
        PartitionImage before = found.image();
        PartitionImage after =
                new PartitionDraft(before, standings, rules.of(found.topic()))
                        .wiped(broker)
                        .after();
        if (!after.countsOn(broker)) {
            changes.put(found, after);
        }
    }

    /**
     * Whether its directory is gone while the cluster still counts on it: in a new one it would be
     * taken for one that holds its records.
     */
    private boolean isMissed(int broker, PartitionImage partition) {
        return partition.leader() != broker
                && partition.isr().contains(broker)
                && standings.isStranger(partition, broker);
    }
}
