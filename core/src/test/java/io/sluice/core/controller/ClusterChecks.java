package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What must hold after every command (I-7, I-11, I-12, and of reassignments). */
final class ClusterChecks {

    private final Map<Uuid, Map<Integer, Map<Integer, Integer>>> leaders = new HashMap<>();
    private final Map<Uuid, Map<Integer, List<Integer>>> targets = new HashMap<>();
    private long lastBrokerEpoch = -1;

    private static final List<Integer> NOBODY = List.of(-1);

    /** The settings of a topic that decide. */
    interface Minimum {
        int of(TopicImage topic);
    }

    void check(
            ControllerCommand command,
            ControllerReply reply,
            ClusterImage before,
            ClusterImage after,
            Minimum minimum) {
        for (TopicImage topic : after.topics().values()) {
            TopicImage old = before.topicsById().get(topic.id());
            for (PartitionImage now : topic.partitions()) {
                check(topic, now, after, minimum.of(topic));
                oneLeader(topic.id(), now);
                if (old != null && now.partition() < old.partitions().size()) {
                    step(command, topic, old.partitions().get(now.partition()), now);
                } else {
                    targets(topic).put(now.partition(), now.replicas());
                }
            }
        }
        switch (command) {
            case AlterPartitions c -> swapped(c, reply, before);
            case ControllerCommand.RegisterBroker c -> registered(c, reply, before);
            case ControllerCommand.BrokerHeartbeat c -> {
                if (reply.standing() == Standing.MAY_STOP) {
                    assertThat(leads(c.brokerId(), after)).as("stops while it leads").isFalse();
                }
            }
            case AlterReassignments c -> ordered(c, reply, before);
            default -> {}
        }
    }

    private Map<Integer, List<Integer>> targets(TopicImage topic) {
        return targets.computeIfAbsent(topic.id(), id -> new HashMap<>());
    }

    private static boolean leads(int broker, ClusterImage image) {
        return image.topics().values().stream()
                .flatMap(topic -> topic.partitions().stream())
                .anyMatch(partition -> partition.leader() == broker);
    }

    private static void check(TopicImage topic, PartitionImage now, ClusterImage image, int min) {
        String what = topic.name() + " " + now;
        assertThat(now.isr()).as(what).isNotEmpty().isSubsetOf(now.replicas());
        assertThat(now.isr()).as(what).doesNotHaveDuplicates();
        assertThat(now.replicas()).as(what).doesNotHaveDuplicates();
        assertThat(now.directories()).as(what).hasSameSizeAs(now.replicas());
        assertThat(now.replicas()).as(what).containsAll(now.adding()).containsAll(now.removing());
        assertThat(now.eligible()).as(what).isSubsetOf(now.replicas());
        assertThat(now.eligible()).as(what).doesNotContainAnyElementsOf(now.isr());
        assertThat(now.lastKnown())
                .as(what)
                .isSubsetOf(now.replicas())
                .doesNotContainAnyElementsOf(now.isr())
                .doesNotContainAnyElementsOf(now.eligible().isEmpty() ? NOBODY : now.eligible());
        assertThat(now.target()).as(what).isNotEmpty();
        if (now.isr().size() >= Math.min(min, now.replicas().size())) {
            assertThat(now.eligible()).as("they commit: " + what).isEmpty();
        }
        if (now.leader() != PartitionImage.NO_LEADER) {
            assertThat(now.isr()).as(what).contains(now.leader());
            for (int member : now.isr()) {
                assertThat(image.brokers()).as(what).containsKey(member);
                BrokerImage broker = Objects.requireNonNull(image.brokers().get(member));
                assertThat(broker.isActive()).as("%d is active: %s", member, what).isTrue();
            }
        }
    }

    /** I-7. */
    private void oneLeader(Uuid topic, PartitionImage now) {
        if (now.leader() == PartitionImage.NO_LEADER) {
            return;
        }
        Integer other =
                leaders.computeIfAbsent(topic, id -> new HashMap<>())
                        .computeIfAbsent(now.partition(), number -> new HashMap<>())
                        .putIfAbsent(now.leaderEpoch(), now.leader());
        assertThat(other == null || other == now.leader())
                .as("%s and %s lead in one epoch: %s", other, now.leader(), now)
                .isTrue();
    }

    private void step(
            ControllerCommand command, TopicImage topic, PartitionImage old, PartitionImage now) {
        String what = "%s %s to %s".formatted(command, old, now);
        assertThat(now.leaderEpoch()).as(what).isGreaterThanOrEqualTo(old.leaderEpoch());
        if (command instanceof ControllerCommand.AssignDirectories) {
            return; // it is no change of who leads
        }
        assertThat(now.partitionEpoch())
                .as(what)
                .isEqualTo(old.partitionEpoch() + (now.equals(old) ? 0 : 1));
        if (now.leader() != old.leader()) {
            assertThat(now.leaderEpoch()).as(what).isGreaterThan(old.leaderEpoch());
            if (now.leader() != PartitionImage.NO_LEADER) {
                electedFrom(command, topic, old, now, what);
            }
        }
        moved(command, topic, old, now, what);
    }

    /** I-11. */
    private static void electedFrom(
            ControllerCommand command,
            TopicImage topic,
            PartitionImage old,
            PartitionImage now,
            String what) {
        if (now.uncleanEpoch() == now.leaderEpoch()) {
            boolean ordered = command instanceof ControllerCommand.ElectLeaders c && c.unclean();
            assertThat(
                            ordered
                                    || "true"
                                            .equals(
                                                    topic.configs()
                                                            .get("unclean.leader.election.enable")))
                    .as("nobody ordered " + what)
                    .isTrue();
            return;
        }
        boolean wasInSync = old.isr().contains(now.leader());
        boolean isTold = command instanceof AlterPartitions && now.isr().contains(now.leader());
        assertThat(wasInSync || isTold || old.eligible().contains(now.leader()))
                .as("a leader from outside: " + what)
                .isTrue();
    }

    /** Nobody leaves before everybody wanted is in sync; what is wanted is what was ordered. */
    private void moved(
            ControllerCommand command,
            TopicImage topic,
            PartitionImage old,
            PartitionImage now,
            String what) {
        if (command instanceof AlterReassignments) {
            return;
        }
        assertThat(now.replicas()).as(what).isSubsetOf(old.replicas());
        assertThat(now.target()).as(what).isEqualTo(targets(topic).get(now.partition()));
        if (now.replicas().size() < old.replicas().size()) {
            assertThat(now.isr()).as("too early: " + what).containsAll(now.replicas());
        }
    }

    private void ordered(AlterReassignments command, ControllerReply reply, ClusterImage before) {
        for (int i = 0; i < command.reassignments().size(); i++) {
            TopicPartition name = command.reassignments().get(i).partition();
            TopicImage topic = before.topics().get(name.topic());
            Outcome outcome = reply.outcomes().get(i);
            if (topic != null && outcome.error() == ErrorCode.NONE) {
                PartitionImage now = outcome.partition().orElseThrow();
                Optional<List<Integer>> wanted = command.reassignments().get(i).replicas();
                wanted.ifPresent(target -> assertThat(now.target()).isEqualTo(target));
                targets(topic).put(name.partition(), now.target());
            }
        }
    }

    /** I-12. */
    private static void swapped(AlterPartitions c, ControllerReply reply, ClusterImage before) {
        for (int i = 0; i < c.changes().size(); i++) {
            ErrorCode error = reply.outcomes().get(i).error();
            if (error != ErrorCode.NONE && error != ErrorCode.NEW_LEADER_ELECTED) {
                continue;
            }
            IsrChange change = c.changes().get(i);
            TopicImage topic = Objects.requireNonNull(before.topicsById().get(change.topicId()));
            PartitionImage old = topic.partitions().get(change.partition());
            assertThat(old.leader()).as("%s on %s", c, old).isEqualTo(c.brokerId());
            assertThat(change.leaderEpoch()).as("%s on %s", c, old).isEqualTo(old.leaderEpoch());
            assertThat(change.partitionEpoch())
                    .as("%s on %s", c, old)
                    .isEqualTo(old.partitionEpoch());
            for (BrokerEpoch member : change.isr()) {
                BrokerImage broker =
                        Objects.requireNonNull(before.brokers().get(member.brokerId()));
                assertThat(member.epoch()).as("%s on %s", c, old).isEqualTo(broker.epoch());
            }
        }
    }

    private void registered(
            ControllerCommand.RegisterBroker c, ControllerReply reply, ClusterImage before) {
        BrokerImage old = before.brokers().get(c.brokerId());
        if (reply.outcomes().getFirst().error() == ErrorCode.NONE
                && (old == null || !old.incarnation().equals(c.incarnation()))) {
            assertThat(reply.brokerEpoch()).as("a new run").isGreaterThan(lastBrokerEpoch);
            lastBrokerEpoch = reply.brokerEpoch();
        }
    }
}
