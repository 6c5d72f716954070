package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own tools for clusters, unmodified; a single broker is a cluster, too. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterToolsTest {

    private static final int ID = 3;

    private BrokerProcess broker;
    private Path home;

    @BeforeAll
    void start(@TempDir Path folder) {
        home = folder;
        broker = BrokerProcess.start(folder.resolve("broker"), "node.id=" + ID);
        Clients.createTopic(broker.bootstrap(), "made", 2, Map.of());
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private Tool.Result tool(String name, String... arguments) {
        Tool.Result result = Tool.kafka(new byte[0], "org.apache.kafka.tools." + name, arguments);
        assertThat(result.exitCode())
                .as("%s %s: %s %s", name, List.of(arguments), result.text(), result.errors())
                .isZero();
        return result;
    }

    private Tool.Result atBroker(String name, String... arguments) {
        return tool(
                name,
                Stream.concat(
                                Stream.of("--bootstrap-server", broker.bootstrap()),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    @Test
    void metadataQuorum() {
        assertThat(atBroker("MetadataQuorumCommand", "describe", "--status").text())
                .containsPattern("LeaderId: +" + ID)
                .containsPattern("MaxFollowerLag: +0")
                .contains("CurrentVoters");
        assertThat(atBroker("MetadataQuorumCommand", "describe", "--replication").text())
                .containsPattern("(?m)^" + ID + "\\s.*Leader");
    }

    @Test
    void cluster() {
        String[] at = {"--bootstrap-server", broker.bootstrap()};
        assertThat(tool("ClusterTool", "cluster-id", at[0], at[1]).text()).contains("Cluster ID:");
        assertThat(tool("ClusterTool", "list-endpoints", at[0], at[1]).text())
                .contains("127.0.0.1");
        assertThat(
                        tool(
                                        "ClusterTool",
                                        "list-endpoints",
                                        "--include-fenced-brokers",
                                        at[0],
                                        at[1])
                                .text())
                .contains("unfenced");
        Tool.Result gone =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.ClusterTool",
                        "unregister",
                        "--id",
                        "99",
                        at[0],
                        at[1]);
        assertThat(gone.text() + gone.errors()).contains("99");
    }

    @Test
    void leaderElection() {
        atBroker("LeaderElectionCommand", "--election-type", "preferred", "--all-topic-partitions");
        assertThat(
                        atBroker(
                                        "LeaderElectionCommand",
                                        "--election-type",
                                        "unclean",
                                        "--topic",
                                        "made",
                                        "--partition",
                                        "0")
                                .text())
                .contains("made-0");
    }

    @Test
    void reassignPartitions() throws Exception {
        Path topics = home.resolve("topics.json");
        Files.writeString(topics, "{\"version\":1,\"topics\":[{\"topic\":\"made\"}]}");
        assertThat(
                        reassign(
                                "--generate",
                                "--topics-to-move-json-file",
                                topics.toString(),
                                "--broker-list",
                                Integer.toString(ID)))
                .contains("Proposed partition reassignment configuration");
        Path plan = home.resolve("plan.json");
        Files.writeString(
                plan,
                """
                {"version":1,"partitions":[
                  {"topic":"made","partition":0,"replicas":[%d],"log_dirs":["any"]}]}
                """
                        .formatted(ID));
        String[] file = {"--reassignment-json-file", plan.toString()};
        assertThat(reassign("--execute", file[0], file[1])).contains("Successfully started");
        assertThat(reassign("--verify", file[0], file[1])).contains("made-0 is completed");
        assertThat(reassign("--list")).contains("No partition reassignments found");
        assertThat(reassign("--cancel", file[0], file[1]))
                .contains("None of the specified partition moves are active");
    }

    private String reassign(String... arguments) {
        return atBroker("reassign.ReassignPartitionsCommand", arguments).text();
    }

    @Test
    void brokerApiVersions() {
        assertThat(atBroker("BrokerApiVersionsCommand").text())
                .contains(
                        "ElectLeaders(43): 0 to 2",
                        "AlterPartitionReassignments(45): 0 to 1",
                        "DescribeQuorum(55): 0 to 2",
                        "UnregisterBroker(64): 0");
    }
}
