package io.sluice.cli.queue;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Selection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Option;

/** Which queues are meant: the options of all commands that say so, as a mixin. */
final class QueueName {

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "NAME",
            required = true,
            description = "The topic.")
    private String topic = "";

    @Option(
            names = {"-g", "--group"},
            paramLabel = "NAME",
            required = true,
            description = "The share group whose queue it is.")
    private String group = "";

    @Option(
            names = {"-p", "--partition"},
            paramLabel = "N",
            description = "Only this partition; repeatable.")
    private List<Integer> partitions = List.of();

    String topic() {
        return topic;
    }

    String group() {
        return group;
    }

    /** The partitions meant, in order. */
    List<TopicPartition> partitions(Cluster cluster) {
        return Selection.of(Cluster.partitions(cluster.topic(topic)), partitions);
    }
}
