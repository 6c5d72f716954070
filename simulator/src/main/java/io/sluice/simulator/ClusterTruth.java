package io.sluice.simulator;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as it was decided, entry by entry, whether or not a broker knows yet: what may follow
 * on what, and the story for the transcript.
 */
final class ClusterTruth {

    private final Trace trace;
    private final Coverage coverage;
    private ClusterImage image = ClusterImage.EMPTY;

    ClusterTruth(Site site, Coverage coverage) {
        this.trace = site.world().trace();
        this.coverage = coverage;
        site.onDecided(this::decided);
    }

    /** As of the last entry. */
    ClusterImage image() {
        return image;
    }

    @Nullable PartitionImage partition(TopicPartition name) {
        TopicImage topic = image.topics().get(name.topic());
        return topic == null ? null : topic.partitions().get(name.partition());
    }

    private void decided(ClusterImage after) {
        ClusterImage before = image;
        image = after;
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
        for (TopicImage topic : after.topics().values()) {
            TopicImage was = before.topicsById().get(topic.id());
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
                            || before.eligible().contains(after.leader());
            require(mayLead, "I-11", name, before, after);
            require(after.isr().contains(after.leader()), "I-11", name, before, after);
        }
        for (int member : after.isr()) {
            boolean heldAll = before.isr().contains(member) || before.eligible().contains(member);
            if (!heldAll) {
                BrokerImage broker = image.brokers().get(member);
                require(broker != null && broker.isActive(), "I-12", name, before, after);
            }
        }
        count(newLeader, before, after);
        if (newLeader || newEpoch || !before.isr().equals(after.isr())) {
            trace.tell(
                    "cluster",
                    "%s: leader %d in epoch %d, in sync %s%s",
                    name,
                    after.leader(),
                    after.leaderEpoch(),
                    after.isr(),
                    after.eligible().isEmpty() ? "" : ", eligible " + after.eligible());
        }
    }

    private void count(boolean newLeader, PartitionImage before, PartitionImage after) {
        if (newLeader) {
            coverage.count(after.leader() < 0 ? "partitions without a leader" : "leader elections");
        }
        if (after.isr().size() < before.isr().size()) {
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
