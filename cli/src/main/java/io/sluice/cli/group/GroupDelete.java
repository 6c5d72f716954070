package io.sluice.cli.group;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.terminal.Json;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes groups. */
@Command(
        name = "delete",
        description = "Delete groups that have no members, with the offsets they committed.",
        footer = {"  sluice group delete billing"})
final class GroupDelete extends BrokerCommand {

    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "The groups' names.")
    private List<String> names = List.of();

    @Option(names = "--if-exists", description = "Do nothing where there is no such group.")
    private boolean ifExists;

    @Override
    public Integer call() {
        List<String> deleted = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            for (String name : names) {
                try {
                    Cluster.await(cluster.admin().deleteConsumerGroups(List.of(name)).all());
                    deleted.add(name);
                    if (!json()) {
                        terminal().out().println("Deleted " + style().bold(name));
                    }
                } catch (GroupNotEmptyException e) {
                    throw new Failure(
                            "'"
                                    + name
                                    + "' has members: stop them first ('sluice group describe "
                                    + name
                                    + " --members' shows them).",
                            e);
                } catch (GroupIdNotFoundException e) {
                    if (!ifExists) {
                        throw Groups.unknown(cluster, name);
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
