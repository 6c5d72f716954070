package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.KeyValues;
import io.sluice.cli.terminal.Json;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes a topic. */
@Command(
        name = "alter",
        description = {
            "Change a topic: more partitions, or other settings. Partitions cannot become fewer; with"
                    + " more of them new records of a key may go to another partition than the old ones."
        },
        footer = {
            "  sluice topic alter orders --partitions 12",
            "  sluice topic alter orders --set retention.ms=3600000 --set segment.bytes=104857600",
            "  sluice topic alter orders --unset retention.ms"
        })
final class TopicAlter extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The topic's name.")
    private String name = "";

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions it shall have.")
    private @Nullable Integer partitions;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            converter = KeyValues.Converter.class,
            description = "Give the topic a setting; repeatable.")
    private List<KeyValues.Pair> set = List.of();

    @Option(
            names = "--unset",
            paramLabel = "KEY",
            description = "Return a setting to the broker's value; repeatable.")
    private List<String> unset = List.of();

    @Override
    public Integer call() {
        if (partitions == null && set.isEmpty() && unset.isEmpty()) {
            throw badUsage("name a change: --partitions N, --set key=value or --unset key.");
        }
        try (Cluster cluster = cluster()) {
            int before = cluster.topic(name).partitions().size();
            if (partitions != null && partitions < before) {
                throw badUsage(
                        "'"
                                + name
                                + "' has "
                                + before
                                + " partitions and cannot go down to "
                                + partitions
                                + ": create another topic and copy.");
            }
            if (!set.isEmpty() || !unset.isEmpty()) {
                Settings.alter(
                        cluster,
                        new ConfigResource(ConfigResource.Type.TOPIC, name),
                        KeyValues.map(set),
                        unset);
            }
            if (partitions != null && partitions > before) {
                Cluster.await(
                        cluster.admin()
                                .createPartitions(
                                        Map.of(name, NewPartitions.increaseTo(partitions)))
                                .all());
            }
            report(partitions == null ? before : partitions);
        }
        return OK;
    }

    private void report(int now) {
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "name", name,
                            "partitions", now,
                            "set", KeyValues.map(set),
                            "unset", unset));
        } else {
            terminal().out().println("Altered " + style().bold(name));
        }
    }
}
