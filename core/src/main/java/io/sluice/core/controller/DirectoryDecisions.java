package io.sluice.core.controller;

import io.sluice.core.controller.Controller.Decision;
import io.sluice.core.controller.MetadataEvent.Placement;
import io.sluice.core.controller.PartitionChanges.Found;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
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

    /** Replicas that are gone meanwhile, or lie there already, are passed over. */
    Decision assign(ControllerCommand.AssignDirectories command) {
        int broker = command.brokerId();
        List<Placement> placements = new ArrayList<>();
        new TreeMap<>(command.directories())
                .forEach((name, directory) -> {
                    if (found(name) instanceof Found.Partition found
                            && found.image().replicas().contains(broker)) {
                        if (directory.equals(PartitionImage.LOST_DIRECTORY)) {
                            damaged(broker, found);
                        } else {
                            place(broker, found, directory, placements);
                        }
                    }
                });
        List<MetadataEvent> events = new ArrayList<>(changes.events());
        if (!placements.isEmpty()) {
            events.add(new MetadataEvent.DirectoriesAssigned(broker, List.copyOf(placements)));
        }
        return Controller.decision(List.copyOf(events), List.of(Controller.done()));
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
     * A directory that the broker did not register is passed over; and a replica whose directory is
     * gone while the cluster still counts on it: in a new directory it would be taken for one that
     * holds its records.
     */
    private void place(
            int broker, Found.Partition found, Uuid directory, List<Placement> placements) {
        PartitionImage partition = found.image();
        boolean isMissed =
                partition.leader() != broker
                        && partition.isr().contains(broker)
                        && standings.isStranger(partition, broker);
        if (standings.hasDirectory(broker, directory)
                && !isMissed
                && !partition.directoryOf(broker).equals(directory)) {
            placements.add(new Placement(found.topic().id(), partition.partition(), directory));
        }
    }
}
