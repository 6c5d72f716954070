package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Explanation;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.KeyValues;
import io.sluice.cli.terminal.Json;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Creates a topic. */
@Command(
        name = "create",
        description = {
            "Create a topic. Without --partitions and --replication the broker's defaults hold"
                    + " (num.partitions, default.replication.factor)."
        },
        footer = {
            "  sluice topic create orders",
            "  sluice topic create orders --partitions 12 --config retention.ms=3600000",
            "  sluice topic create users --config cleanup.policy=compact --if-not-exists",
            "  sluice topic create orders --partitions 12 --dry-run"
        })
final class TopicCreate extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The topic's name.")
    private String name = "";

    @Option(
            names = {"-p", "--partitions"},
            paramLabel = "N",
            description = "How many partitions.")
    private @Nullable Integer partitions;

    @Option(
            names = {"-r", "--replication"},
            paramLabel = "N",
            description = "How many replicas each partition has.")
    private @Nullable Short replication;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "KEY=VALUE",
            converter = KeyValues.Converter.class,
            description = "A setting of the topic; repeatable.")
    private List<KeyValues.Pair> config = List.of();

    @Option(names = "--if-not-exists", description = "Do nothing if there is such a topic.")
    private boolean ifNotExists;

    @Option(names = "--dry-run", description = "Only let the broker check whether it would do it.")
    private boolean dryRun;

    @Override
    public Integer call() {
        if (partitions != null && partitions < 1) {
            throw badUsage("--partitions is " + partitions + ": a topic has at least 1 partition.");
        }
        NewTopic topic =
                new NewTopic(
                                name,
                                Optional.ofNullable(partitions),
                                Optional.ofNullable(replication))
                        .configs(KeyValues.map(config));
        try (Cluster cluster = cluster()) {
            CreateTopicsResult result =
                    cluster.admin()
                            .createTopics(
                                    List.of(topic), new CreateTopicsOptions().validateOnly(dryRun));
            Cluster.await(result.all());
            int created = Cluster.await(result.numPartitions(name));
            int replicas = Cluster.await(result.replicationFactor(name));
            report(created, replicas);
            return OK;
        } catch (TopicExistsException e) {
            return existsAlready(e);
        } catch (InvalidReplicationFactorException e) {
            throw new Failure(
                    "replication factor "
                            + replication
                            + " cannot be had: "
                            + Explanation.ended(String.valueOf(e.getMessage()))
                            + " 'sluice cluster describe' lists them.",
                    e);
        }
    }

    private void report(int created, int replicas) {
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "name", name,
                            "partitions", created,
                            "replication", replicas,
                            "created", !dryRun));
            return;
        }
        terminal()
                .out()
                .println(
                        (dryRun ? "Would create " : "Created ")
                                + style().bold(name)
                                + ": "
                                + created
                                + (created == 1 ? " partition, " : " partitions, ")
                                + replicas
                                + (replicas == 1 ? " replica" : " replicas"));
    }

    private int existsAlready(TopicExistsException error) {
        if (!ifNotExists) {
            throw new Failure(
                    "there is a topic '"
                            + name
                            + "' already. --if-not-exists accepts that; 'sluice topic alter' changes"
                            + " it.",
                    error);
        }
        if (json()) {
            Json.print(terminal().out(), Json.object("name", name, "created", false));
        } else {
            terminal().out().println("There is a topic " + name + " already.");
        }
        return OK;
    }
}
