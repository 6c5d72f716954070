package io.sluice.kafka.fetch;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.engine.partition.Partition;
import io.sluice.kafka.api.Brokers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which replica a consumer is sent to (KIP-392): of those in sync and in its rack that have what it
 * asks for, the one that has most; the leader where there is none, and where the leader is in that
 * rack itself. The consumer comes back to the leader when its replica fails it, and from time to
 * time.
 */
final class NearestReplica {

    /** The consumer stays with the leader. */
    static final int NOBODY = -1;

    private final ClusterImage image;
    private final String rack;

    NearestReplica(ClusterImage image, String rack) {
        this.image = image;
        this.rack = rack;
    }

    /** On the partition's loop. */
    int of(Partition partition, long fetchOffset) {
        PartitionImage replicas = replicas(partition);
        if (replicas == null || isHere(replicas.leader())) {
            return NOBODY;
        }
        Best best = new Best(replicas.isr(), fetchOffset);
        partition.followers(best::offer);
        return best.broker;
    }

    private @Nullable PartitionImage replicas(Partition partition) {
        TopicImage topic = image.topicsById().get(partition.topicId());
        return Brokers.partition(topic, partition.name().partition());
    }

    private boolean isHere(int id) {
        BrokerImage broker = image.brokers().get(id);
        return broker != null && !broker.fenced() && broker.rack().filter(rack::equals).isPresent();
    }

    private final class Best {
        private final List<Integer> isr;
        private int broker = NOBODY;
        private long end;

        Best(List<Integer> isr, long fetchOffset) {
            this.isr = isr;
            this.end = fetchOffset - 1;
        }

        void offer(int follower, long logEnd) {
            if (logEnd > end && isr.contains(follower) && isHere(follower)) {
                broker = follower;
                end = logEnd;
            }
        }
    }
}
