package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.MetadataEvent.PartitionsChanged;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Mistakes a controller could make. Each is what would come of a rule left out: the command is
 * decided as if that rule did not see what it looks at, or the events lack what the rule adds.
 */
enum Bug {
    NONE,
    /** A new leader in the old leader epoch. */
    NO_LEADER_EPOCH,
    /** Changes of the ISR are taken however old they are. */
    NO_COMPARE,
    /** A replica is taken into the ISR in whatever run it is now. */
    NO_BROKER_EPOCH,
    /** Where nobody in sync lives any replica leads. */
    ELECTED_OUTSIDE,
    /** Who is eligible stays so when the ISR is large enough to commit. */
    ELIGIBLE_FOR_EVER,
    /** Who leaves the ISR is eligible, however large it is. */
    ALL_ELIGIBLE,
    /** Who was eligible stays so when min.insync.replicas is lowered. */
    MINIMUM_FORGOTTEN,
    /** A new disk is not noticed. */
    STRANGER_TRUSTED,
    /** A crash is not noticed. */
    CRASH_FORGIVEN,
    /** Partitions are not told when a broker is fenced. */
    FENCE_FORGOTTEN,
    /** A broker that stops keeps its leaderships. */
    STOPS_AS_LEADER,
    /** A reassignment is complete with the first new replica in sync. */
    REASSIGNED_EARLY,
    /** A broker that comes back gets the epoch it had. */
    EPOCH_REUSED,
    /** A snapshot lacks who is eligible. */
    SNAPSHOT_WITHOUT_ELIGIBLE;

    /** The command as the rule sees it. */
    ControllerCommand seen(ControllerCommand command, ClusterImage image) {
        if (command instanceof AlterPartitions c
                && (this == NO_COMPARE || this == NO_BROKER_EPOCH)) {
            return new AlterPartitions(
                    c.brokerId(),
                    c.brokerEpoch(),
                    c.changes().stream().map(change -> seen(change, image)).toList());
        }
        if (command instanceof RegisterBroker c) {
            BrokerImage before = image.brokers().get(c.brokerId());
            if (before != null && (this == STRANGER_TRUSTED || this == CRASH_FORGIVEN)) {
                return new RegisterBroker(
                        c.brokerId(),
                        c.incarnation(),
                        c.rack(),
                        c.endpoints(),
                        this == STRANGER_TRUSTED ? before.logDirectories() : c.logDirectories(),
                        this == CRASH_FORGIVEN ? before.epoch() : c.stoppedEpoch(),
                        c.alone());
            }
        }
        return command;
    }

    private IsrChange seen(IsrChange change, ClusterImage image) {
        TopicImage topic = image.topicsById().get(change.topicId());
        if (topic == null) {
            return change;
        }
        PartitionImage now = topic.partitions().get(change.partition());
        List<BrokerEpoch> isr = new ArrayList<>();
        for (BrokerEpoch member : change.isr()) {
            BrokerImage broker = image.brokers().get(member.brokerId());
            isr.add(
                    this == NO_BROKER_EPOCH && broker != null
                            ? new BrokerEpoch(broker.id(), broker.epoch())
                            : member);
        }
        boolean compares = this != NO_COMPARE;
        return new IsrChange(
                change.topicId(),
                change.partition(),
                compares ? change.leaderEpoch() : now.leaderEpoch(),
                compares ? change.partitionEpoch() : now.partitionEpoch(),
                isr);
    }

    /** The events without what the rule adds. */
    List<MetadataEvent> left(
            ControllerCommand command, List<MetadataEvent> events, ClusterImage image) {
        List<MetadataEvent> left = new ArrayList<>();
        SortedMap<Integer, BrokerImage> brokers = new TreeMap<>(image.brokers());
        for (MetadataEvent event : events) {
            MetadataEvent one = left(command, event, image, brokers);
            if (one != null) {
                left.add(one);
            }
        }
        return left;
    }

    private @Nullable MetadataEvent left(
            ControllerCommand command,
            MetadataEvent event,
            ClusterImage image,
            SortedMap<Integer, BrokerImage> brokers) {
        return switch (event) {
            case MetadataEvent.BrokerRegistered e -> {
                BrokerImage before = image.brokers().get(e.broker().id());
                brokers.put(e.broker().id(), e.broker());
                yield this == EPOCH_REUSED && before != null
                        ? new MetadataEvent.BrokerRegistered(withEpoch(e.broker(), before.epoch()))
                        : e;
            }
            case MetadataEvent.BrokerFencingChanged e -> {
                brokers.computeIfPresent(
                        e.brokerId(),
                        (id, broker) -> broker.standing(e.fenced(), e.shuttingDown()));
                yield e;
            }
            case PartitionsChanged e -> left(command, e, image, brokers);
            default -> event;
        };
    }

    private static BrokerImage withEpoch(BrokerImage broker, long epoch) {
        return new BrokerImage(
                broker.id(),
                epoch,
                broker.incarnation(),
                broker.rack(),
                broker.endpoints(),
                broker.logDirectories(),
                broker.fenced(),
                broker.shuttingDown());
    }

    private @Nullable MetadataEvent left(
            ControllerCommand command,
            PartitionsChanged event,
            ClusterImage image,
            SortedMap<Integer, BrokerImage> brokers) {
        boolean drops =
                (this == FENCE_FORGOTTEN && command instanceof ControllerCommand.FenceBrokers)
                        || (this == MINIMUM_FORGOTTEN
                                && command instanceof ControllerCommand.AlterConfigs)
                        || (this == STOPS_AS_LEADER
                                && command instanceof ControllerCommand.BrokerHeartbeat c
                                && c.wantShutdown());
        TopicImage topic = image.topicsById().get(event.topicId());
        if (drops || topic == null) {
            return null;
        }
        List<PartitionImage> partitions = new ArrayList<>();
        for (PartitionImage now : event.partitions()) {
            PartitionImage before = topic.partitions().get(now.partition());
            partitions.add(left(command, before, now, new Standings(brokers)));
        }
        return new PartitionsChanged(event.topicId(), partitions);
    }

    private PartitionImage left(
            ControllerCommand command,
            PartitionImage before,
            PartitionImage now,
            Standings standings) {
        return switch (this) {
            case NO_LEADER_EPOCH -> with(now, now.isr(), now.leader(), before.leaderEpoch());
            case ELECTED_OUTSIDE ->
                    now.leader() != PartitionImage.NO_LEADER
                            ? now
                            : now.replicas().stream()
                                    .filter(standings::isActive)
                                    .findFirst()
                                    .map(any -> with(now, List.of(any), any, now.leaderEpoch() + 1))
                                    .orElse(now);
            case ELIGIBLE_FOR_EVER -> eligible(now, both(before.eligible(), now.eligible()));
            case ALL_ELIGIBLE -> eligible(now, both(before.isr(), before.eligible()));
            case REASSIGNED_EARLY ->
                    command instanceof AlterPartitions
                                    && now.isMoving()
                                    && now.adding().stream().anyMatch(now.isr()::contains)
                            ? early(now)
                            : now;
            default -> now;
        };
    }

    private static List<Integer> both(List<Integer> some, List<Integer> others) {
        List<Integer> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private static PartitionImage eligible(PartitionImage now, List<Integer> wanted) {
        List<Integer> eligible =
                now.replicas().stream()
                        .filter(replica -> wanted.contains(replica) && !now.isr().contains(replica))
                        .toList();
        return new PartitionImage(
                now.partition(),
                now.replicas(),
                now.directories(),
                now.isr(),
                now.adding(),
                now.removing(),
                eligible,
                now.lastKnown(),
                now.leader(),
                now.leaderEpoch(),
                now.partitionEpoch(),
                now.uncleanEpoch(),
                now.byBalance());
    }

    private static PartitionImage with(
            PartitionImage now, List<Integer> isr, int leader, int leaderEpoch) {
        return new PartitionImage(
                now.partition(),
                now.replicas(),
                now.directories(),
                isr,
                now.adding(),
                now.removing(),
                now.eligible().stream().filter(one -> !isr.contains(one)).toList(),
                now.lastKnown(),
                leader,
                leaderEpoch,
                now.partitionEpoch(),
                now.uncleanEpoch(),
                now.byBalance());
    }

    private static PartitionImage early(PartitionImage now) {
        List<Integer> target = now.target();
        List<Integer> isr = target.stream().filter(now.isr()::contains).toList();
        int leader = isr.contains(now.leader()) ? now.leader() : isr.getFirst();
        return new PartitionImage(
                now.partition(),
                target,
                target.stream().map(now::directoryOf).toList(),
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leader,
                now.leaderEpoch() + (leader == now.leader() ? 0 : 1),
                now.partitionEpoch(),
                now.uncleanEpoch(),
                now.byBalance());
    }
}
