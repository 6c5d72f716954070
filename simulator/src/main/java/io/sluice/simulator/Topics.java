package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.partition.Partition;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Site;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Topics as the plan wants them, and how far their logs are. */
final class Topics {

    private static final long HIGH = 7L;

    private final Site site;
    private final ClusterTruth truth;
    private final Plan plan;

    Topics(Site site, ClusterTruth truth, Plan plan) {
        this.site = site;
        this.truth = truth;
        this.plan = plan;
    }

    /** One that is to be made. */
    NewTopic topic(String name, long id, int partitions) {
        return topic(name, id, partitions, Map.of());
    }

    /** The same with settings of its own. */
    NewTopic topic(String name, long id, int partitions, Map<String, String> more) {
        Map<String, String> configs = new TreeMap<>(more);
        configs.put("min.insync.replicas", String.valueOf(plan.minInSync()));
        return new NewTopic(name, id(id), partitions, plan.replicas(), Map.of(), configs);
    }

    /** Of a topic that was to be made. */
    Uuid id(long id) {
        return new Uuid(HIGH, id);
    }

    int paceMs() {
        return plan.paceMs();
    }

    @Nullable PartitionImage image(TopicPartition partition) {
        return truth.partition(partition);
    }

    /** At its leader; null if there is none, or it does not know. */
    @Nullable Partition led(TopicPartition partition) {
        PartitionImage image = image(partition);
        BrokerProcess broker =
                image == null || image.leader() < 0 ? null : site.machine(image.leader()).broker();
        return broker == null ? null : broker.partitions().find(partition);
    }

    /** The high watermark at the leader, or a bound that nobody reaches. */
    long end(TopicPartition partition) {
        Partition led = led(partition);
        return led == null ? Long.MAX_VALUE : led.status().highWatermark();
    }

    /** The end of the leader's log, or a bound that nobody reaches. */
    long logEnd(TopicPartition partition) {
        Partition led = led(partition);
        return led == null ? Long.MAX_VALUE : led.status().logEndOffset();
    }

    /** Below it no transaction is open, as the leader knows; -1 if nobody leads. */
    long stableEnd(TopicPartition partition) {
        Partition led = led(partition);
        return led == null ? -1L : led.status().lastStableOffset();
    }

    /** Whether its leader leads, and has nothing left that is not committed. */
    boolean isCommitted(TopicPartition partition, PartitionImage image) {
        Partition led = led(partition);
        return led != null
                && led.status().leaderEpoch() == image.leaderEpoch()
                && led.status().highWatermark() == led.status().logEndOffset();
    }
}
