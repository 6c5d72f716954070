package io.sluice.engine.partition;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.log.ReplicaLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** How the partitions of one loop are, summed up on the loop. */
final class PartitionSurvey {

    /** How far a follower of a partition that is led here is behind. */
    record Lag(TopicPartition partition, int follower, long records) {}

    /** The replicas of one topic. */
    static final class TopicSum {
        long leaders;
        long bytes;
        long appendedRecords;
        long appendedBytes;
        long fetchedBytes;

        void add(TopicSum other) {
            leaders += other.leaders;
            bytes += other.bytes;
            appendedRecords += other.appendedRecords;
            appendedBytes += other.appendedBytes;
            fetchedBytes += other.fetchedBytes;
        }
    }

    final SortedMap<String, TopicSum> topics = new TreeMap<>();

    /** Of followers that lack anything. */
    final List<Lag> lags = new ArrayList<>();

    /** The greatest of each follower, those that lack nothing included. */
    final Map<Integer, Long> greatestLags = new TreeMap<>();

    long replicas;
    long leaders;
    long inDoubt;
    long offline;
    long segments;
    long openTransactions;
    long unstableRecords;

    /** Wall time of the record that was longest ago the last of its open transaction. */
    long quietSinceMs = Long.MAX_VALUE;

    void add(PartitionHost host, MachineRole<?> role, PartitionVolume volume) {
        ReplicaLog log = host.log();
        replicas++;
        segments += log.segments().size();
        TopicSum topic = topics.computeIfAbsent(host.name().topic(), name -> new TopicSum());
        topic.bytes += log.sizeInBytes();
        topic.appendedRecords += volume.appendedRecords();
        topic.appendedBytes += volume.appendedBytes();
        topic.fetchedBytes += volume.fetchedBytes();
        if (role.refusal() == ErrorCode.KAFKA_STORAGE_ERROR) {
            offline++;
        } else if (role instanceof LeaderRole leader && role.refusal() == ErrorCode.NONE) {
            leaders++;
            inDoubt += host.isInDoubt() ? 1 : 0;
            topic.leaders++;
            addLed(host, leader);
        }
    }

    private void addLed(PartitionHost host, LeaderRole leader) {
        unstableRecords =
                Math.max(unstableRecords, leader.highWatermark() - leader.lastStableOffset());
        leader.machine()
                .followers((broker, logEnd) -> {
                    long lag = leader.logEnd() - Math.max(logEnd, leader.logStart());
                    greatestLags.merge(broker, lag, Math::max);
                    if (lag > 0) {
                        lags.add(new Lag(host.name(), broker, lag));
                    }
                });
        ProducerStates producers = host.log().producerStates();
        int open = producers.openTransactions();
        if (open > 0) {
            openTransactions += open;
            for (ProducerStates.Entry one : producers.entries()) {
                if (one.transactionStart() != ProducerStates.NO_TRANSACTION) {
                    quietSinceMs = Math.min(quietSinceMs, one.lastTimestamp());
                }
            }
        }
    }

    /** One whose log could not be opened. */
    void addOffline() {
        replicas++;
        offline++;
    }

    void add(PartitionSurvey other) {
        other.topics.forEach(
                (name, sum) -> topics.computeIfAbsent(name, one -> new TopicSum()).add(sum));
        lags.addAll(other.lags);
        other.greatestLags.forEach((broker, lag) -> greatestLags.merge(broker, lag, Math::max));
        replicas += other.replicas;
        leaders += other.leaders;
        inDoubt += other.inDoubt;
        offline += other.offline;
        segments += other.segments;
        openTransactions += other.openTransactions;
        unstableRecords = Math.max(unstableRecords, other.unstableRecords);
        quietSinceMs = Math.min(quietSinceMs, other.quietSinceMs);
    }
}
