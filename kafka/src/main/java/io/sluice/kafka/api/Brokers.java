package io.sluice.kafka.api;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Where brokers are reached, and who leads what: as a client by some listener is told. */
public final class Brokers {

    private Brokers() {}

    /** The address of a broker for clients of that listener, or null if it has none. */
    public static BrokerImage.@Nullable Endpoint endpoint(BrokerImage broker, String listener) {
        for (BrokerImage.Endpoint endpoint : broker.endpoints()) {
            if (endpoint.listener().equals(listener)) {
                return endpoint;
            }
        }
        return broker.endpoints().isEmpty() ? null : broker.endpoints().getFirst();
    }

    /** Whether an error is one that goes with the address of the present leader (KIP-951). */
    public static boolean tellsLeader(ErrorCode error) {
        return error == ErrorCode.NOT_LEADER_OR_FOLLOWER || error == ErrorCode.FENCED_LEADER_EPOCH;
    }

    /** The partition as the image has it, or null. */
    public static @Nullable PartitionImage partition(@Nullable TopicImage topic, int number) {
        return topic == null || number < 0 || number >= topic.partitions().size()
                ? null
                : topic.partitions().get(number);
    }

    /** The broker that leads, or null if none does. */
    public static @Nullable BrokerImage leader(ClusterImage image, PartitionImage partition) {
        return image.brokers().get(partition.leader());
    }
}
