package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows topics in full. */
@Command(
        name = "describe",
        description = {
            "Show topics: their partitions with leader, replicas and in-sync replicas, and the settings"
                    + " that were given to the topic itself. 'sluice config get topic NAME' shows all"
                    + " settings."
        },
        footer = {"  sluice topic describe orders", "  sluice topic describe orders users --json"})
final class TopicDescribe extends BrokerCommand {

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The topics' names.")
    private List<String> names = List.of();

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            List<Object> documents = new ArrayList<>();
            boolean first = true;
            for (String name : names) {
                TopicDescription topic = cluster.topic(name);
                Map<String, String> own = ownSettings(cluster, name);
                if (json()) {
                    documents.add(document(topic, own));
                } else {
                    terminal().out().print(first ? "" : System.lineSeparator());
                    print(topic, own);
                }
                first = false;
            }
            if (json()) {
                Json.print(terminal().out(), documents);
            }
        }
        return OK;
    }

    private static Map<String, String> ownSettings(Cluster cluster, String name) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        Collection<ConfigEntry> entries =
                Cluster.await(
                                cluster.admin()
                                        .describeConfigs(List.of(resource))
                                        .values()
                                        .get(resource))
                        .entries();
        return entries.stream()
                .filter(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG)
                .sorted(Comparator.comparing(ConfigEntry::name))
                .collect(
                        Collectors.toMap(
                                ConfigEntry::name,
                                ConfigEntry::value,
                                (a, b) -> a,
                                LinkedHashMap::new));
    }

    private static Map<String, ?> document(TopicDescription topic, Map<String, String> own) {
        List<Object> partitions = new ArrayList<>();
        for (TopicPartitionInfo partition : topic.partitions()) {
            partitions.add(
                    Json.object(
                            "partition", partition.partition(),
                            "leader", TopicHealth.leaderId(partition),
                            "replicas", ids(partition.replicas()),
                            "isr", ids(partition.isr())));
        }
        return Json.object(
                "name", topic.name(),
                "id", topic.topicId(),
                "internal", topic.isInternal(),
                "partitions", partitions,
                "config", own);
    }

    private void print(TopicDescription topic, Map<String, String> own) {
        terminal()
                .out()
                .println(
                        style().bold(topic.name()) + "  " + style().faint("id " + topic.topicId()));
        Table table = new Table("PARTITION", "LEADER", "REPLICAS", "IN SYNC").right(0, 1);
        for (TopicPartitionInfo partition : topic.partitions()) {
            boolean healthy =
                    TopicHealth.hasLeader(partition)
                            && partition.isr().size() == partition.replicas().size();
            table.row(
                    text -> healthy ? text : style().bad(text),
                    partition.partition(),
                    TopicHealth.hasLeader(partition) ? TopicHealth.leaderId(partition) : "none",
                    text(ids(partition.replicas())),
                    text(ids(partition.isr())));
        }
        table.print(terminal().out(), style());
        own.forEach((key, value) -> terminal().out().println(key + "=" + value));
    }

    private static List<Integer> ids(List<Node> nodes) {
        return nodes.stream().map(Node::id).toList();
    }

    private static String text(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
