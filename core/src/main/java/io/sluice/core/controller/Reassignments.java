package io.sluice.core.controller;

import static io.sluice.core.controller.PartitionChanges.told;

import io.sluice.core.controller.Controller.Decision;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.PartitionChanges.Found;
import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The controller's rules about moving replicas (KIP-455).
 *
 * <pre>
 *   at rest ──start──▶ moving: target + those that leave ──all of the target in sync──▶ at rest
 *      ▲                  │  ▲                                                     on the target
 *      └─────cancel───────┘  └── start again with another target
 * </pre>
 *
 * Nobody leaves before everybody wanted is in sync, so a partition never has fewer copies on the
 * way than before.
 */
final class Reassignments {

    private final Standings standings;
    private final TopicRules rules;
    private final PartitionChanges changes;

    Reassignments(ClusterState state, Controller.Defaults defaults) {
        this.standings = new Standings(state.brokers());
        this.rules = new TopicRules(state, defaults);
        this.changes = new PartitionChanges(state);
    }

    Decision alter(ControllerCommand.AlterReassignments command) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Reassignment one : command.reassignments()) {
            outcomes.add(
                    switch (changes.find(one.partition())) {
                        case Found.Missing missing -> missing.outcome();
                        case Found.Partition found -> alterOne(command, one, found);
                    });
        }
        return Controller.decision(changes.events(), outcomes);
    }

    private Outcome alterOne(
            ControllerCommand.AlterReassignments command, Reassignment one, Found.Partition found) {
        PartitionImage before = found.image();
        if (command.byBalance() && before.isMoving() && !before.byBalance()) {
            return told(
                    ErrorCode.REASSIGNMENT_IN_PROGRESS, "an operator moves the partition", before);
        }
        return one.replicas().isPresent()
                ? start(found, one.replicas().get(), command)
                : cancel(found);
    }

    private Outcome start(
            Found.Partition found,
            List<Integer> target,
            ControllerCommand.AlterReassignments command) {
        PartitionImage before = found.image();
        Optional<String> fault = fault(before, target);
        if (fault.isPresent()) {
            return told(ErrorCode.INVALID_REPLICA_ASSIGNMENT, fault.get(), before);
        }
        int factor = before.replicas().size() - before.adding().size();
        if (!command.mayChangeFactor() && target.size() != factor) {
            return told(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "%s changes the number of replicas from %d to %d"
                            .formatted(target, factor, target.size()),
                    before);
        }
        return move(found, List.copyOf(target), command.byBalance());
    }

    private Outcome cancel(Found.Partition found) {
        PartitionImage before = found.image();
        if (!before.isMoving()) {
            return told(
                    ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "the partition does not move", before);
        }
        return move(
                found,
                before.replicas().stream()
                        .filter(replica -> !before.adding().contains(replica))
                        .toList(),
                before.byBalance());
    }

    private Outcome move(Found.Partition found, List<Integer> target, boolean byBalance) {
        PartitionImage before = found.image();
        PartitionDraft draft =
                new PartitionDraft(before, standings, rules.of(found.topic()))
                        .moveTo(target, byBalance);
        if (draft.leavesNobodyInSync()) {
            return told(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "the replicas in sync are %s: of those, one at least must stay"
                            .formatted(before.isr()),
                    before);
        }
        PartitionImage after = draft.after();
        changes.put(found, after);
        return told(ErrorCode.NONE, "", after);
    }

    private Optional<String> fault(PartitionImage before, List<Integer> target) {
        if (target.isEmpty() || new TreeSet<>(target).size() != target.size()) {
            return Optional.of("%s is no list of different brokers".formatted(target));
        }
        for (int broker : target) {
            if (!standings.isRegistered(broker) && !before.replicas().contains(broker)) {
                return Optional.of("there is no broker %d".formatted(broker));
            }
        }
        return Optional.empty();
    }
}
