package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists topics. */
@Command(
        name = "list",
        description = "List topics with their partitions and replicas.",
        footer = {"  sluice topic list", "  sluice topic list --json | jq -r '.[].name'"})
final class TopicList extends BrokerCommand {

    @Option(names = "--internal", description = "The broker's own topics too.")
    private boolean internal;

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            Collection<TopicDescription> topics =
                    cluster.topics(cluster.topicNames(internal)).values();
            if (json()) {
                printJson(topics);
            } else {
                printTable(topics);
            }
        }
        return OK;
    }

    private void printJson(Collection<TopicDescription> topics) {
        List<Object> list = new ArrayList<>();
        for (TopicDescription topic : topics) {
            list.add(
                    Json.object(
                            "name", topic.name(),
                            "id", topic.topicId(),
                            "partitions", topic.partitions().size(),
                            "replication", replicas(topic),
                            "internal", topic.isInternal()));
        }
        Json.print(terminal().out(), list);
    }

    private void printTable(Collection<TopicDescription> topics) {
        if (topics.isEmpty()) {
            terminal().err().println("No topics yet. Create one with 'sluice topic create NAME'.");
            return;
        }
        Table table = new Table("TOPIC", "PARTITIONS", "REPLICAS", "STATE").right(1, 2);
        for (TopicDescription topic : topics) {
            String state = TopicHealth.of(topic);
            table.row(topic.name(), topic.partitions().size(), replicas(topic), state);
        }
        table.print(terminal().out(), style());
    }

    private static int replicas(TopicDescription topic) {
        return topic.partitions().isEmpty() ? 0 : topic.partitions().getFirst().replicas().size();
    }
}
