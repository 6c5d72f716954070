package io.sluice.cli.group;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.NearestName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The questions about groups that several commands ask. */
final class Groups {

    static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    private Groups() {}

    /**
     * The group.
     *
     * @throws Failure when there is none of that name, with the nearest one
     */
    static GroupView describe(Cluster cluster, String name) {
        try {
            return GroupView.of(
                    Cluster.await(
                            cluster.admin()
                                    .describeConsumerGroups(List.of(name))
                                    .describedGroups()
                                    .get(name)));
        } catch (GroupIdNotFoundException e) {
            return describeStreams(cluster, name);
        }
    }

    private static GroupView describeStreams(Cluster cluster, String name) {
        try {
            return GroupView.of(
                    Cluster.await(
                            cluster.admin()
                                    .describeStreamsGroups(List.of(name))
                                    .describedGroups()
                                    .get(name)));
        } catch (GroupIdNotFoundException e) {
            return describeShare(cluster, name);
        }
    }

    private static GroupView describeShare(Cluster cluster, String name) {
        try {
            return GroupView.of(
                    Cluster.await(
                            cluster.admin()
                                    .describeShareGroups(List.of(name))
                                    .describedGroups()
                                    .get(name)));
        } catch (GroupIdNotFoundException e) {
            throw unknown(cluster, name);
        }
    }

    /** Whether there is such a group whose members share what they read. */
    static boolean isShare(Cluster cluster, String name) {
        return Cluster.await(cluster.admin().listGroups().all()).stream()
                .anyMatch(group ->
                        group.groupId().equals(name)
                                && group.type().filter(GroupType.SHARE::equals).isPresent());
    }

    /** Where each queue of a share group stands, in order. */
    static SortedMap<TopicPartition, SharePartitionOffsetInfo> queues(
            Cluster cluster, String group) {
        SortedMap<TopicPartition, SharePartitionOffsetInfo> queues = new TreeMap<>(ORDER);
        Cluster.await(
                        cluster.admin()
                                .listShareGroupOffsets(
                                        Map.of(group, new ListShareGroupOffsetsSpec()))
                                .partitionsToOffsetInfo(group))
                .forEach((partition, info) -> {
                    if (info != null) {
                        queues.put(partition, info);
                    }
                });
        return queues;
    }

    /** To be thrown: there is no such group; names the nearest one. */
    static Failure unknown(Cluster cluster, String name) {
        TreeSet<String> names = new TreeSet<>();
        for (GroupListing group : Cluster.await(cluster.admin().listGroups().all())) {
            names.add(group.groupId());
        }
        String question = NearestName.question(name, names);
        return new Failure(
                "there is no group '"
                        + name
                        + "'."
                        + (question.isEmpty() ? " 'sluice group list' shows all." : question));
    }

    /** What is committed, in order; empty for a group that is not there. */
    static SortedMap<TopicPartition, Long> committed(Cluster cluster, String group) {
        SortedMap<TopicPartition, Long> offsets = new TreeMap<>(ORDER);
        Map<TopicPartition, OffsetAndMetadata> found;
        try {
            found =
                    Cluster.await(
                            cluster.admin()
                                    .listConsumerGroupOffsets(group)
                                    .partitionsToOffsetAndMetadata());
        } catch (GroupIdNotFoundException e) {
            return offsets;
        }
        found.forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset.offset());
            }
        });
        return offsets;
    }

    /** The next offsets; a partition that is gone has none. */
    static Map<TopicPartition, Long> ends(Cluster cluster, Iterable<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> question = new HashMap<>();
        partitions.forEach(partition -> question.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        ListOffsetsResult result = cluster.admin().listOffsets(question);
        for (TopicPartition partition : question.keySet()) {
            KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> one =
                    result.partitionResult(partition);
            try {
                ends.put(partition, Cluster.await(one).offset());
            } catch (UnknownTopicOrPartitionException e) {
                // Offsets outlive a deleted topic for a while.
            }
        }
        return ends;
    }
}
