package io.sluice.cli.queue;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Selection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which of a share group's queues in a topic are meant: the options that say so, as a mixin. */
final class QueueParts {

    @Mixin private QueueName name = new QueueName();

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition; repeatable.")
    private List<Integer> partitions = List.of();

    String topic() {
        return name.topic();
    }

    String group() {
        return name.group();
    }

    /** The partitions meant, in order. */
    List<TopicPartition> partitions(Cluster cluster) {
        return Selection.of(Cluster.partitions(cluster.topic(topic())), partitions);
    }
}
