package io.sluice.cli.group;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.GroupType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists groups. */
@Command(
        name = "list",
        aliases = "ls",
        description = "List the groups that the brokers know.",
        footer = {"  sluice group list", "  sluice group list --state Empty"})
final class GroupList extends BrokerCommand {

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Only groups in this state, for example Stable or Empty; repeatable.")
    private List<String> states = List.of();

    @Override
    public Integer call() {
        List<GroupListing> groups = new ArrayList<>();
        try (Cluster cluster = cluster()) {
            for (GroupListing group : Cluster.await(cluster.admin().listGroups().all())) {
                if (states.isEmpty() || states.stream().anyMatch(state(group)::equalsIgnoreCase)) {
                    groups.add(group);
                }
            }
        }
        groups.sort(Comparator.comparing(GroupListing::groupId));
        if (json()) {
            List<Object> list = new ArrayList<>();
            for (GroupListing group : groups) {
                list.add(
                        Json.object(
                                "group", group.groupId(),
                                "type", type(group),
                                "protocol", group.protocol(),
                                "state", state(group)));
            }
            Json.print(terminal().out(), list);
            return OK;
        }
        if (groups.isEmpty()) {
            terminal().out().println("There are no groups.");
            return OK;
        }
        Table table = new Table("GROUP", "TYPE", "PROTOCOL", "STATE");
        for (GroupListing group : groups) {
            table.row(group.groupId(), type(group), group.protocol(), state(group));
        }
        table.print(terminal().out(), style());
        return OK;
    }

    private static String type(GroupListing group) {
        return group.type().map(GroupType::toString).orElse("Classic");
    }

    private static String state(GroupListing group) {
        return group.groupState().map(Object::toString).orElse("Unknown");
    }
}
