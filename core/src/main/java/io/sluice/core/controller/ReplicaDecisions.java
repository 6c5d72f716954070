package io.sluice.core.controller;

import static io.sluice.core.controller.PartitionChanges.told;

import io.sluice.core.controller.Controller.Decision;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.PartitionChanges.Found;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The controller's rules about who is in sync (KIP-497) and who leads (KIP-460). */
final class ReplicaDecisions {

    private final ClusterState state;
    private final Standings standings;
    private final TopicRules rules;
    private final PartitionChanges changes;

    ReplicaDecisions(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.standings = new Standings(state.brokers());
        this.rules = new TopicRules(state, defaults);
        this.changes = new PartitionChanges(state);
    }

    Decision alter(ControllerCommand.AlterPartitions command) {
        BrokerImage broker = state.brokers().get(command.brokerId());
        if (broker == null || broker.epoch() != command.brokerEpoch()) {
            return Controller.decision(
                    List.of(),
                    Collections.nCopies(
                            command.items(),
                            Controller.refused(
                                    ErrorCode.STALE_BROKER_EPOCH,
                                    "broker %d is not in epoch %d"
                                            .formatted(
                                                    command.brokerId(), command.brokerEpoch()))));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (IsrChange change : command.changes()) {
            outcomes.add(
                    switch (changes.find(change.topicId(), change.partition())) {
                        case Found.Missing missing -> missing.outcome();
                        case Found.Partition found -> alterOne(command.brokerId(), change, found);
                    });
        }
        return Controller.decision(changes.events(), outcomes);
    }

    private Outcome alterOne(int sender, IsrChange change, Found.Partition found) {
        PartitionImage before = found.image();
        Optional<Outcome> fault =
                outdated(sender, change, before).or(() -> impossible(sender, change, before));
        if (fault.isPresent()) {
            return fault.get();
        }
        PartitionImage after =
                new PartitionDraft(before, standings, rules.of(found.topic()))
                        .inSync(change.isr().stream().map(BrokerEpoch::brokerId).toList())
                        .after();
        if (after == before) {
            // Proposals for the old epoch that are still on their way are void from here on.
            after = before.atEpoch(before.partitionEpoch() + 1);
        }
        changes.put(found, after);
        return after.leader() == sender
                ? told(ErrorCode.NONE, "", after)
                : told(
                        ErrorCode.NEW_LEADER_ELECTED,
                        "the reassignment is complete, broker %d leads".formatted(after.leader()),
                        after);
    }

    /** Compare and set: why the sender does not know the partition as it is, or empty (I-12). */
    private static Optional<Outcome> outdated(int sender, IsrChange change, PartitionImage before) {
        if (change.leaderEpoch() > before.leaderEpoch()
                || change.partitionEpoch() > before.partitionEpoch()) {
            return refused(ErrorCode.NOT_CONTROLLER, before, "the sender knows of a later change");
        }
        if (change.leaderEpoch() < before.leaderEpoch() || before.leader() != sender) {
            return refused(
                    ErrorCode.FENCED_LEADER_EPOCH,
                    before,
                    "broker %d leads in epoch %d".formatted(before.leader(), before.leaderEpoch()));
        }
        return change.partitionEpoch() < before.partitionEpoch()
                ? refused(
                        ErrorCode.INVALID_UPDATE_VERSION,
                        before,
                        "the partition is at epoch %d".formatted(before.partitionEpoch()))
                : Optional.empty();
    }

    private Optional<Outcome> impossible(int sender, IsrChange change, PartitionImage before) {
        SortedSet<Integer> members = new TreeSet<>();
        change.isr().forEach(member -> members.add(member.brokerId()));
        if (members.size() != change.isr().size()
                || !members.contains(sender)
                || !before.replicas().containsAll(members)) {
            return refused(
                    ErrorCode.INVALID_REQUEST,
                    before,
                    "%s are not the leader and other replicas of %s"
                            .formatted(members, before.replicas()));
        }
        for (BrokerEpoch member : change.isr()) {
            if (!standings.mayLead(before, member)) {
                return refused(
                        ErrorCode.INELIGIBLE_REPLICA,
                        before,
                        "broker %d may not be in sync: it is fenced, stopping or has begun anew"
                                .formatted(member.brokerId()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Outcome> refused(
            ErrorCode error, PartitionImage before, String detail) {
        return Optional.of(told(error, detail, before));
    }

    Decision elect(ControllerCommand.ElectLeaders command) {
        List<Outcome> outcomes = new ArrayList<>();
        for (TopicPartition name : command.partitions()) {
            outcomes.add(
                    switch (changes.find(name)) {
                        case Found.Missing missing -> missing.outcome();
                        case Found.Partition found ->
                                command.unclean() ? electAny(found) : electPreferred(found);
                    });
        }
        return Controller.decision(changes.events(), outcomes);
    }

    private Outcome electPreferred(Found.Partition found) {
        PartitionImage before = found.image();
        int preferred = before.replicas().getFirst();
        if (before.leader() == preferred) {
            return told(ErrorCode.ELECTION_NOT_NEEDED, "it leads already", before);
        }
        PartitionImage after = draft(found).preferFirst().after();
        if (after.leader() != preferred) {
            return told(
                    ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
                    "broker %d is not in sync".formatted(preferred),
                    before);
        }
        changes.put(found, after);
        return told(ErrorCode.NONE, "", after);
    }

    private Outcome electAny(Found.Partition found) {
        PartitionImage before = found.image();
        if (before.leader() != PartitionImage.NO_LEADER) {
            return told(ErrorCode.ELECTION_NOT_NEEDED, "it has a leader", before);
        }
        PartitionImage after = draft(found).orderUnclean().after();
        if (after.leader() == PartitionImage.NO_LEADER) {
            return told(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "no replica lives", before);
        }
        changes.put(found, after);
        return told(
                ErrorCode.NONE,
                after.uncleanEpoch() == after.leaderEpoch()
                        ? "broker %d was not in sync: what it had not got is lost"
                                .formatted(after.leader())
                        : "",
                after);
    }

    private PartitionDraft draft(Found.Partition found) {
        return new PartitionDraft(found.image(), standings, rules.of(found.topic()));
    }
}
