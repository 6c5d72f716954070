package io.sluice.cli.admin;

import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/** How a topic is, in a word or two. */
final class TopicHealth {

    private TopicHealth() {}

    static String of(TopicDescription topic) {
        long leaderless = topic.partitions().stream().filter(p -> !hasLeader(p)).count();
        if (leaderless > 0) {
            return leaderless + " without leader";
        }
        long under =
                topic.partitions().stream()
                        .filter(p -> p.isr().size() < p.replicas().size())
                        .count();
        return under > 0 ? under + " under-replicated" : "ok";
    }

    static boolean hasLeader(TopicPartitionInfo partition) {
        @Nullable Node leader = partition.leader();
        return leader != null && !leader.isEmpty();
    }

    static int leaderId(TopicPartitionInfo partition) {
        @Nullable Node leader = partition.leader();
        return leader == null ? Node.noNode().id() : leader.id();
    }
}
