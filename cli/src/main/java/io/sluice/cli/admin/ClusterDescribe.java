package io.sluice.cli.admin;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.terminal.Json;
import io.sluice.cli.terminal.Table;
import io.sluice.cli.terminal.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Shows the brokers and their disks. */
@Command(
        name = "describe",
        description =
                "Show the cluster's id, its controller, its brokers and their log directories.",
        footer = {
            "  sluice cluster describe",
            "  sluice cluster describe --json | jq '.brokers[].id'"
        })
final class ClusterDescribe extends BrokerCommand {

    private record Folder(int broker, String path, LogDirDescription description) {
        long bytes() {
            return description.replicaInfos().values().stream().mapToLong(ReplicaInfo::size).sum();
        }

        String state() {
            return description.error() == null ? "ok" : "offline";
        }
    }

    @Override
    public Integer call() {
        try (Cluster cluster = cluster()) {
            DescribeClusterResult result = cluster.admin().describeCluster();
            String id = Cluster.await(result.clusterId());
            @Nullable Node controller = Cluster.await(result.controller());
            List<Node> brokers =
                    Cluster.await(result.nodes()).stream()
                            .sorted(Comparator.comparingInt(Node::id))
                            .toList();
            List<Folder> folders = folders(cluster, brokers);
            int controllerId = controller == null ? Node.noNode().id() : controller.id();
            if (json()) {
                printJson(id, controllerId, brokers, folders);
            } else {
                print(id, controllerId, brokers, folders);
            }
        }
        return OK;
    }

    private static List<Folder> folders(Cluster cluster, List<Node> brokers) {
        List<Folder> folders = new ArrayList<>();
        new TreeMap<>(
                        Cluster.await(
                                cluster.admin()
                                        .describeLogDirs(brokers.stream().map(Node::id).toList())
                                        .allDescriptions()))
                .forEach((broker, found) ->
                        new TreeMap<>(found)
                                .forEach((path, description) ->
                                        folders.add(new Folder(broker, path, description))));
        return folders;
    }

    private void printJson(String id, int controller, List<Node> brokers, List<Folder> folders) {
        Map<Integer, List<Object>> byBroker = new LinkedHashMap<>();
        for (Folder folder : folders) {
            byBroker.computeIfAbsent(folder.broker(), broker -> new ArrayList<>())
                    .add(
                            Json.object(
                                    "path", folder.path(),
                                    "state", folder.state(),
                                    "replicas", folder.description().replicaInfos().size(),
                                    "bytes", folder.bytes(),
                                    "totalBytes", orNull(folder.description().totalBytes()),
                                    "usableBytes", orNull(folder.description().usableBytes())));
        }
        List<Object> list = new ArrayList<>();
        for (Node broker : brokers) {
            list.add(
                    Json.object(
                            "id", broker.id(),
                            "host", broker.host(),
                            "port", broker.port(),
                            "rack", broker.rack(),
                            "logDirs", byBroker.getOrDefault(broker.id(), List.of())));
        }
        Json.print(
                terminal().out(),
                Json.object("clusterId", id, "controller", controller, "brokers", list));
    }

    private static @Nullable Long orNull(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private void print(String id, int controller, List<Node> brokers, List<Folder> folders) {
        terminal().out().println("Cluster " + style().bold(id));
        Table table = new Table("BROKER", "ADDRESS", "RACK", "CONTROLLER").right(0);
        for (Node broker : brokers) {
            table.row(
                    broker.id(),
                    broker.host() + ":" + broker.port(),
                    broker.hasRack() ? broker.rack() : "-",
                    broker.id() == controller ? "yes" : "");
        }
        table.print(terminal().out(), style());
        terminal().out().println();
        Table disks =
                new Table("BROKER", "LOG DIRECTORY", "STATE", "REPLICAS", "USED", "FREE", "DISK")
                        .right(0, 3, 4, 5, 6);
        for (Folder folder : folders) {
            disks.row(
                    text -> folder.state().equals("ok") ? text : style().bad(text),
                    folder.broker(),
                    folder.path(),
                    folder.state(),
                    folder.description().replicaInfos().size(),
                    Units.size(folder.bytes()),
                    sizeOrDash(folder.description().usableBytes()),
                    sizeOrDash(folder.description().totalBytes()));
        }
        disks.print(terminal().out(), style());
    }

    private static String sizeOrDash(OptionalLong bytes) {
        return bytes.isPresent() ? Units.size(bytes.getAsLong()) : "-";
    }
}
