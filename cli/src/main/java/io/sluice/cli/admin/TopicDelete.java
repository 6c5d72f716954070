package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes topics. */
@Command(
        name = "delete",
        description = "Delete topics with all their records. There is no way back.",
        footer = {
            "  sluice topic delete orders",
            "  sluice topic delete scratch-1 scratch-2 --if-exists"
        })
final class TopicDelete extends BrokerCommand {

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The topics' names.")
    private List<String> names = List.of();

    @Option(names = "--if-exists", description = "Do nothing where there is no such topic.")
    private boolean ifExists;

    @Override
    public Integer call() {
        List<String> deleted = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            for (String name : names) {
                try {
                    Cluster.await(cluster.admin().deleteTopics(List.of(name)).all());
                    deleted.add(name);
                    if (!json()) {
                        terminal().out().println("Deleted " + style().bold(name));
                    }
                } catch (UnknownTopicOrPartitionException e) {
                    if (!ifExists) {
                        throw cluster.unknownTopic(name);
                    }
                }
            }
        }
        if (json()) {
            Json.print(terminal().out(), Json.object("deleted", deleted));
        }
        return OK;
    }
}
