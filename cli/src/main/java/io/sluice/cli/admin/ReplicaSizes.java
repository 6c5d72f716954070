package io.sluice.cli.admin;

import io.sluice.cli.admin.BalanceView.Move;
import io.sluice.cli.client.Cluster;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** How large replicas are on each broker that answers. */
final class ReplicaSizes {

    private final Map<TopicPartition, Map<Integer, Long>> sizes = new HashMap<>();

    private ReplicaSizes() {}

    static ReplicaSizes read(Cluster cluster, Collection<Integer> brokers) {
        ReplicaSizes all = new ReplicaSizes();
        cluster.admin()
                .describeLogDirs(brokers)
                .descriptions()
                .forEach((broker, future) -> all.take(broker, future));
        return all;
    }

    private void take(int broker, KafkaFuture<Map<String, LogDirDescription>> future) {
        try {
            for (LogDirDescription directory : future.get().values()) {
                directory
                        .replicaInfos()
                        .forEach((partition, info) ->
                                sizes.computeIfAbsent(partition, name -> new HashMap<>())
                                        .merge(broker, info.size(), Math::max));
            }
        } catch (ExecutionException e) {
            // it is away: what it has is not known
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<Integer, Long> of(Move move) {
        return sizes.getOrDefault(new TopicPartition(move.topic(), move.partition()), Map.of());
    }

    /** Bytes that a move copies, as far as is known. */
    long toCopy(Move move) {
        Map<Integer, Long> has = of(move);
        long largest = 0;
        for (int broker : move.from()) {
            largest = Math.max(largest, has.getOrDefault(broker, 0L));
        }
        return largest * move.added().size();
    }

    /** Bytes of that which are there. */
    long copied(Move move) {
        Map<Integer, Long> has = of(move);
        long there = 0;
        for (int broker : move.added()) {
            there += has.getOrDefault(broker, 0L);
        }
        return Math.min(there, toCopy(move));
    }
}
