package io.sluice.kafka.api;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.schedule.Schedules;
import io.sluice.engine.view.Views;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the door stands on.
 *
 * @param identities new random identities
 * @param fetchMaxBytes bounds one fetch answer (fetch.max.bytes)
 * @param fetchSessions sessions remembered (max.incremental.fetch.session.cache.slots)
 * @param readNearby whether consumers read from a replica of their rack (replica.selector.class)
 * @param groups consumer groups
 * @param transactions the coordinators of transactions
 * @param shares queues
 * @param schedules messages that wait
 * @param markers brings the ends of transactions to partitions
 * @param gate asked before a transaction opens in a partition
 * @param views what partitions may be read as
 */
public record KafkaServices(
        int brokerId,
        Metadata metadata,
        Partitions partitions,
        LogStore logs,
        ConfigResolver configs,
        ProduceValidator validator,
        ReplicaMover mover,
        Supplier<Uuid> identities,
        int fetchMaxBytes,
        int fetchSessions,
        boolean readNearby,
        GroupServices groups,
        TransactionServices transactions,
        Shares shares,
        Schedules schedules,
        TransactionMarkers markers,
        TransactionGate gate,
        Views views) {

    /**
     * The leader as clients are told of it: {@link PartitionImage#NO_LEADER} if it is away, or if
     * it is this broker and another one may lead by now. Then clients ask on, and come to a broker
     * that knows.
     */
    public int servingLeader(ClusterImage image, TopicImage topic, PartitionImage partition) {
        int leader = Brokers.servingLeader(image, partition);
        if (leader != brokerId) {
            return leader;
        }
        Partition here = partitions.find(topic.id(), partition.partition());
        return here != null && here.isInDoubt() ? PartitionImage.NO_LEADER : leader;
    }

    /** Moves replicas between log directories. */
    public interface ReplicaMover {
        void move(TopicPartition partition, Path directory, Consumer<ErrorCode> reply);
    }
}
