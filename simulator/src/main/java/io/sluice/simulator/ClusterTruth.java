package io.sluice.simulator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as it was decided, entry by entry, whether or not a broker knows yet: what may follow
 * on what, and the story for the transcript.
 */
final class ClusterTruth {

    private final Trace trace;
    private final Coverage coverage;
    private final Set<String> deleted = new TreeSet<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private ClusterImage image = ClusterImage.EMPTY;

    ClusterTruth(Site site, Coverage coverage) {
        this.trace = site.world().trace();
        this.coverage = coverage;
        site.onDecided(this::decided);
    }

    /** Whoever wants to look at every change, once it was looked at here. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** As of the last entry. */
    ClusterImage image() {
        return image;
    }

    /** The names of all partitions there are. */
    List<TopicPartition> partitions() {
        return image.topics().keySet().stream().flatMap(one -> partitions(one).stream()).toList();
    }

    /** The names of all partitions of a topic, if it is there. */
    List<TopicPartition> partitions(String topic) {
        TopicImage found = image.topics().get(topic);
        return found == null
                ? List.of()
                : found.partitions().stream()
                        .map(one -> new TopicPartition(topic, one.partition()))
                        .toList();
    }

    @Nullable PartitionImage partition(TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic == null || name.partition() >= topic.partitions().size()
                ? null
                : topic.partitions().get(name.partition());
    }

    private void decided(ClusterImage after) {
        ClusterImage before = image;
        image = after;
        look(before, after);
        listeners.forEach(Runnable::run);
    }

    private void look(ClusterImage before, ClusterImage after) {
        for (BrokerImage broker : after.brokers().values()) {
            BrokerImage was = before.brokers().get(broker.id());
            if (!broker.equals(was)) {
                trace.tell(
                        "cluster",
                        "broker-%d is %s in broker epoch %d",
                        broker.id(),
                        broker.fenced()
                                ? "fenced"
                                : broker.shuttingDown() ? "shutting down" : "active",
                        broker.epoch());
                if (was != null && broker.epoch() == was.epoch() && broker.fenced()) {
                    coverage.count("brokers fenced");
                }
            }
        }
        for (BrokerImage was : before.brokers().values()) {
            if (!after.brokers().containsKey(was.id())) {
                trace.tell("cluster", "broker-%d is struck off", was.id());
                coverage.count("brokers struck off");
            }
        }
        countTopics(before, after);
        if (!after.brokers().equals(before.brokers())) {
            after.topics().values().forEach(this::isLedByTheLiving);
        }
        for (TopicImage topic : after.topics().values()) {
            TopicImage was = before.topicsById().get(topic.id());
            if (was != topic) {
                isLedByTheLiving(topic);
            }
            if (was != null && was != topic) {
                for (int i = 0; i < was.partitions().size(); i++) {
                    compare(
                            new TopicPartition(topic.name(), i),
                            was.partitions().get(i),
                            topic.partitions().get(i));
                }
            }
        }
    }

    private void compare(TopicPartition name, PartitionImage before, PartitionImage after) {
        if (before.equals(after)) {
            return;
        }
        stands(name, before, after);
        boolean newLeader = before.leader() != after.leader();
        boolean newEpoch = before.leaderEpoch() != after.leaderEpoch();
        require(
                after.leaderEpoch() >= before.leaderEpoch()
                        && (newEpoch || !newLeader || after.leader() < 0),
                "I-7",
                name,
                before,
                after);
        require(after.partitionEpoch() >= before.partitionEpoch(), "I-12", name, before, after);
        if (newLeader && after.leader() >= 0) {
            boolean mayLead =
                    before.isr().contains(after.leader())
                            || before.eligible().contains(after.leader())
                            || endsMove(before, after)
                            || !isOneStep(before, after);
            require(mayLead, "I-11", name, before, after);
            require(after.isr().contains(after.leader()), "I-11", name, before, after);
        }
        for (int member : after.isr()) {
            boolean heldAll = before.isr().contains(member) || before.eligible().contains(member);
            if (!heldAll) {
                BrokerImage broker = image.brokers().get(member);
                boolean mayJoin = broker != null && broker.isActive() || !isOneStep(before, after);
                require(mayJoin, "I-12", name, before, after);
            }
        }
        count(newLeader, before, after);
        if (newLeader || newEpoch || !before.isr().equals(after.isr())) {
            trace.tell(
                    "cluster",
                    "%s: leader %d in epoch %d, in sync %s%s%s",
                    name,
                    after.leader(),
                    after.leaderEpoch(),
                    after.isr(),
                    after.eligible().isEmpty() ? "" : ", eligible " + after.eligible(),
                    after.isMoving()
                            ? ", moves to %s from %s".formatted(after.target(), after.removing())
                            : "");
        }
    }

    private void countTopics(ClusterImage before, ClusterImage after) {
        for (TopicImage was : before.topics().values()) {
            if (!after.topicsById().containsKey(was.id())) {
                trace.tell("cluster", "topic %s is deleted (%s)", was.name(), was.id());
                coverage.count("topics deleted");
                deleted.add(was.name());
            }
        }
        for (TopicImage topic : after.topics().values()) {
            TopicImage was = before.topicsById().get(topic.id());
            if (was == null) {
                trace.tell("cluster", "topic %s is made (%s)", topic.name(), topic.id());
                if (deleted.contains(topic.name())) {
                    coverage.count("topics made again");
                }
            } else if (topic.partitions().size() > was.partitions().size()) {
                trace.tell("cluster", "topic %s has another partition", topic.name());
                coverage.count("topics grown");
            }
        }
    }

    /** Whoever leads is on the list, and was heard of. */
    private void isLedByTheLiving(TopicImage topic) {
        for (PartitionImage one : topic.partitions()) {
            BrokerImage leader = image.brokers().get(one.leader());
            if (one.leader() >= 0 && (leader == null || leader.fenced())) {
                throw new Violation(
                        "I-7", "%s: %s is led by %s".formatted(topic.name(), one, leader));
            }
        }
    }

    /** One entry may hold what was decided one after the other. */
    private static boolean isOneStep(PartitionImage before, PartitionImage after) {
        return after.partitionEpoch() <= before.partitionEpoch() + 1;
    }

    /** The leader called those it waits for in sync: with that the move is complete. */
    private static boolean endsMove(PartitionImage before, PartitionImage after) {
        return before.isMoving()
                && !after.isMoving()
                && after.replicas().equals(before.target())
                && after.isr().containsAll(after.replicas());
    }

    /** Another order took the move's place, and all that it names were in sync already. */
    private static boolean endsAtOnce(PartitionImage before, PartitionImage after) {
        return !after.isMoving()
                && before.isr().containsAll(after.replicas())
                && after.isr().containsAll(after.replicas());
    }

    /** I-10 to I-13, as far as one image tells: who leads can, and nobody leaves too early. */
    private void stands(TopicPartition name, PartitionImage before, PartitionImage after) {
        boolean all =
                after.replicas().containsAll(after.isr())
                        && after.replicas().containsAll(after.eligible())
                        && !after.isr().isEmpty();
        require(all, "I-12", name, before, after);
        for (int gone : before.replicas()) {
            if (!after.replicas().contains(gone) && before.removing().contains(gone)) {
                boolean complete = endsMove(before, after) || endsAtOnce(before, after);
                require(complete || !isOneStep(before, after), "I-8", name, before, after);
                coverage.count("replicas gone");
            }
        }
    }

    private void count(boolean newLeader, PartitionImage before, PartitionImage after) {
        if (newLeader) {
            coverage.count(after.leader() < 0 ? "partitions without a leader" : "leader elections");
        }
        for (int replica : after.replicas()) {
            if (after.isLost(replica) && !before.isLost(replica)) {
                coverage.count("replicas given up");
            }
        }
        if (after.isMoving() && !before.isMoving()) {
            coverage.count(after.byBalance() ? "moves by the cluster itself" : "moves begun");
        }
        if (before.isMoving() && !after.isMoving()) {
            coverage.count("moves over");
        }
        if (newLeader && before.leader() >= 0 && after.leader() >= 0) {
            coverage.count("leaderships handed over");
        }
        // Who leaves because a move is over was not behind.
        if (before.isr().stream()
                .anyMatch(one -> after.replicas().contains(one) && !after.isr().contains(one))) {
            coverage.count("in-sync replicas fewer");
        }
        if (after.isr().size() > before.isr().size()) {
            coverage.count("in-sync replicas more");
        }
        if (!after.eligible().isEmpty() && before.eligible().isEmpty()) {
            coverage.count("eligible leaders outside the ISR");
        }
    }

    private static void require(
            boolean holds,
            String rule,
            TopicPartition name,
            PartitionImage before,
            PartitionImage after) {
        if (!holds) {
            throw new Violation(rule, "%s: %s became %s".formatted(name, before, after));
        }
    }
}
