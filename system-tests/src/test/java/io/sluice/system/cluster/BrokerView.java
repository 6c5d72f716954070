package io.sluice.system.cluster;

import io.sluice.system.harness.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What one broker tells of the cluster, to a client that asks no other. It remembers the leader
 * epochs: none may go back, not over a restart of the broker either.
 */
final class BrokerView implements AutoCloseable {

    private final int id;
    private final Wire wire;
    private final Map<String, Integer> epochs = new HashMap<>();
    private final List<String> wentBack = new ArrayList<>();

    BrokerView(int id, String address) {
        this.id = id;
        this.wire = new Wire(address);
    }

    /** Where an epoch went back. */
    synchronized List<String> wentBack() {
        return List.copyOf(wentBack);
    }

    /**
     * All that it tells: brokers, and of every topic who leads and who holds it, by two APIs.
     *
     * @throws IOException if it is not there
     */
    synchronized String told() throws IOException {
        TreeSet<String> lines = new TreeSet<>();
        DescribeClusterResponseData cluster =
                wire.call(
                        ApiKeys.DESCRIBE_CLUSTER,
                        2,
                        new DescribeClusterRequestData().setIncludeFencedBrokers(true),
                        DescribeClusterResponseData.class);
        cluster.brokers()
                .forEach(broker ->
                        lines.add(
                                "broker %d at %d, fenced %s"
                                        .formatted(
                                                broker.brokerId(),
                                                broker.port(),
                                                broker.isFenced())));
        MetadataResponseData metadata =
                wire.call(
                        ApiKeys.METADATA,
                        13,
                        new MetadataRequestData().setTopics(null),
                        MetadataResponseData.class);
        lines.add("cluster " + cluster.clusterId() + " " + metadata.clusterId());
        metadata.brokers().forEach(broker -> lines.add("active " + broker.nodeId()));
        DescribeTopicPartitionsRequestData question = new DescribeTopicPartitionsRequestData();
        for (MetadataResponseTopic topic : metadata.topics()) {
            topic.partitions().forEach(one -> lines.add(line(topic, one)));
            question.topics().add(new TopicRequest().setName(topic.name()));
        }
        wire.call(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                        0,
                        question,
                        DescribeTopicPartitionsResponseData.class)
                .topics()
                .forEach(topic -> topic.partitions().forEach(one -> lines.add(line(topic, one))));
        return String.join("\n", lines);
    }

    private String line(MetadataResponseTopic topic, MetadataResponsePartition one) {
        epoch(
                topic.topicId(),
                new TopicPartition(topic.name(), one.partitionIndex()),
                one.leaderEpoch());
        return "%s %s-%d: leader %d in %d, replicas %s, in sync %s, offline %s"
                .formatted(
                        topic.topicId(),
                        topic.name(),
                        one.partitionIndex(),
                        one.leaderId(),
                        one.leaderEpoch(),
                        one.replicaNodes(),
                        one.isrNodes(),
                        one.offlineReplicas());
    }

    private String line(
            DescribeTopicPartitionsResponseTopic topic,
            DescribeTopicPartitionsResponsePartition one) {
        epoch(
                topic.topicId(),
                new TopicPartition(topic.name(), one.partitionIndex()),
                one.leaderEpoch());
        return "%s %s-%d described: leader %d in %d, replicas %s, in sync %s, eligible %s %s"
                .formatted(
                        topic.topicId(),
                        topic.name(),
                        one.partitionIndex(),
                        one.leaderId(),
                        one.leaderEpoch(),
                        one.replicaNodes(),
                        one.isrNodes(),
                        one.eligibleLeaderReplicas(),
                        one.lastKnownElr());
    }

    private void epoch(Uuid topicId, TopicPartition partition, int epoch) {
        Integer before = epochs.merge(topicId + "-" + partition.partition(), epoch, Math::max);
        if (before > epoch) {
            wentBack.add(
                    "broker %d told epoch %d of %s after %d"
                            .formatted(id, epoch, partition, before));
        }
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
