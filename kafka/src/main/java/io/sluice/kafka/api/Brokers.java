package io.sluice.kafka.api;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import java.util.List;
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

    /** A broker and its address, as clients of a listener are told of them. */
    public record Reached(int id, String host, int port, @Nullable String rack) {}

    /**
     * The broker that leads, for clients of that listener; null if none does or it has no address.
     */
    public static @Nullable Reached leader(
            ClusterImage image, PartitionImage partition, String listener) {
        BrokerImage leader = image.brokers().get(partition.leader());
        BrokerImage.Endpoint endpoint = leader == null ? null : endpoint(leader, listener);
        return leader == null || endpoint == null
                ? null
                : new Reached(
                        leader.id(), endpoint.host(), endpoint.port(), leader.rack().orElse(null));
    }

    /** Whether a broker is there and serves. */
    public static boolean serves(ClusterImage image, int id) {
        BrokerImage broker = image.brokers().get(id);
        return broker != null && !broker.fenced();
    }

    /** The leader as clients are told of it: {@link PartitionImage#NO_LEADER} if it is away. */
    public static int servingLeader(ClusterImage image, PartitionImage partition) {
        return serves(image, partition.leader()) ? partition.leader() : PartitionImage.NO_LEADER;
    }

    /** The replicas of brokers that do not serve. */
    public static List<Integer> offline(ClusterImage image, PartitionImage partition) {
        for (int replica : partition.replicas()) {
            if (!serves(image, replica)) {
                return partition.replicas().stream().filter(id -> !serves(image, id)).toList();
            }
        }
        return List.of();
    }

    /**
     * The broker that changes are sent to. Every one brings them to where they are decided, so it
     * is this one, whom the client reaches already; another one while this is not part of the
     * cluster, {@link PartitionImage#NO_LEADER} if there is none.
     */
    public static int controller(ClusterImage image, int self) {
        if (serves(image, self)) {
            return self;
        }
        for (BrokerImage broker : image.brokers().values()) {
            if (!broker.fenced()) {
                return broker.id();
            }
        }
        return PartitionImage.NO_LEADER;
    }
}
