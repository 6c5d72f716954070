package io.sluice.engine.partition;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.partition.Lease;
import io.sluice.engine.replication.ReplicaFetchers;
import io.sluice.engine.replication.ReplicationThrottle;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the partitions of one event loop need of their broker.
 *
 * @param fetchers of the loop
 * @param damage told of a partition whose log is damaged
 * @param lagMaxMs how long a follower may be behind and stay in sync (replica.lag.time.max.ms)
 * @param lease of the broker, by its own clock
 * @param schedules who delivers what waits in them
 * @param traffic what goes through them, counted for the loop
 */
record PartitionSurroundings(
        int brokerId,
        ReplicaFetchers fetchers,
        IsrProposals proposals,
        Consumer<TopicPartition> damage,
        long lagMaxMs,
        Lease lease,
        ReplicationThrottle throttle,
        Supplier<ScheduleWatch> schedules,
        Traffic traffic) {}
