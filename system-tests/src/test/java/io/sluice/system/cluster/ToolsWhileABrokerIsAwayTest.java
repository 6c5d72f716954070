package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Kafka's tools tell of a cluster, and do for it, while one of three brokers is away. */
final class ToolsWhileABrokerIsAwayTest {

    private static final List<Integer> THERE = List.of(1, 2);
    private static final int AWAY = 3;
    private static final Map<String, String> TWO = Map.of("min.insync.replicas", "2");
    private static final Map<String, String> ONE = Map.of("min.insync.replicas", "1");

    @TempDir Path home;
    private ClusterProcesses cluster;
    private ClusterTools tools;

    @BeforeEach
    void start() throws Exception {
        cluster =
                ClusterProcesses.start(
                        home.resolve("cluster"), 3, "broker.session.timeout.ms=6000");
        tools = new ClusterTools(cluster);
        tools.create("wide", Map.of(0, List.of(3, 1, 2)), TWO);
        tools.create("pair", Map.of(0, List.of(3, 2)), TWO);
        tools.create("single", Map.of(0, List.of(3)), ONE);
        tools.create("safe", Map.of(0, List.of(1, 2)), ONE);
        tools.create("lone", Map.of(0, List.of(2, 3)), ONE);
        tools.await("wide", partition -> partition.isr().size() == 3);
        tools.await("pair", partition -> partition.isr().size() == 2);
        tools.await("lone", partition -> partition.isr().size() == 2);
    }

    @AfterEach
    void stop() {
        if (tools != null) {
            tools.close();
            cluster.close();
        }
    }

    private void goAway() {
        cluster.broker(AWAY).kill();
        tools.awaitBrokers(2);
    }

    private void comeBack() {
        cluster.broker(AWAY).restart();
        cluster.broker(AWAY).awaitServing();
        tools.awaitBrokers(3);
    }

    @Test
    void theyTellWhatIsWrongAndMendIt() throws Exception {
        goAway();
        whatIsWrong();
        aReassignmentThatCannotEndIsCancelled();
        comeBack();
        leadersGoHome();
        aBrokerIsForgottenAndComesBack();
    }

    private List<String> sick(int broker, String which) {
        return tools.topics(broker, "--describe", which)
                .lines()
                .filter(line -> line.contains("Partition: "))
                .map(line -> line.replaceAll(".*Topic: (\\S+)\\s+Partition: (\\d+).*", "$1-$2"))
                .filter(name -> !name.startsWith("__"))
                .sorted()
                .toList();
    }

    private void whatIsWrong() {
        for (int broker : THERE) {
            assertThat(sick(broker, "--under-replicated-partitions"))
                    .contains("lone-0", "pair-0", "wide-0")
                    .doesNotContain("safe-0");
            assertThat(sick(broker, "--unavailable-partitions")).containsExactly("single-0");
            assertThat(sick(broker, "--under-min-isr-partitions"))
                    .contains("pair-0")
                    .doesNotContain("wide-0", "safe-0", "lone-0");
            assertThat(sick(broker, "--at-min-isr-partitions"))
                    .contains("wide-0", "lone-0")
                    .doesNotContain("pair-0", "safe-0");
            assertThat(tools.at(broker, "ClusterTool", "list-endpoints"))
                    .doesNotContainPattern("(?m)^3\\s");
            assertThat(
                            tools.at(
                                    broker,
                                    "ClusterTool",
                                    "list-endpoints",
                                    "--include-fenced-brokers"))
                    .containsPattern("(?m)^3\\s.*\\sfenced");
            assertThat(tools.quorum(broker, "describe", "--status")).contains("\"id\": 3");
        }
        Tool.Result elected =
                tools.tried(
                        1,
                        "LeaderElectionCommand",
                        "--election-type",
                        "unclean",
                        "--topic",
                        "single",
                        "--partition",
                        "0");
        assertThat(elected.text() + elected.errors()).contains("single-0");
    }

    /** Throttles stay: the tool would ask the broker that is away to drop its own. */
    private void aReassignmentThatCannotEndIsCancelled() throws Exception {
        try (Admin admin = tools.admin()) {
            admin.alterPartitionReassignments(
                            Map.of(
                                    new TopicPartition("safe", 0),
                                    Optional.of(new NewPartitionReassignment(List.of(1, AWAY)))))
                    .all()
                    .get();
        }
        Path plan = home.resolve("safe.json");
        Files.writeString(
                plan,
                "{\"version\":1,\"partitions\":[{\"topic\":\"safe\",\"partition\":0,\"replicas\":[1,3]}]}");
        for (int broker : THERE) {
            assertThat(tools.reassign(broker, "--list"))
                    .contains("safe-0:")
                    .containsPattern("[Aa]dding.*3");
            assertThat(verify(broker, plan)).contains("safe-0 is still in progress");
        }
        assertThat(
                        tools.reassign(
                                2,
                                "--cancel",
                                "--reassignment-json-file",
                                plan.toString(),
                                "--preserve-throttles"))
                .contains("Successfully cancelled partition reassignment for: safe-0");
        for (int broker : THERE) {
            Await.until(
                    "no reassignment",
                    ClusterTools.LIMIT,
                    () ->
                            tools.reassign(broker, "--list")
                                    .contains("No partition reassignments found"));
            assertThat(tools.topics(broker, "--describe", "--topic", "safe"))
                    .containsPattern("Replicas: 1,2\\s+Isr: 1,2");
        }
    }

    private String verify(int broker, Path plan) {
        return tools.reassign(broker, "--verify", "--reassignment-json-file", plan.toString());
    }

    private void leadersGoHome() {
        tools.await("wide", partition -> partition.isr().size() == 3);
        tools.await("pair", partition -> partition.isr().size() == 2);
        elect(AWAY, "preferred", "--topic", "wide", "--partition", "0");
        tools.await("wide", partition -> ClusterTools.isLedBy(partition, 3));
        elect(1, "preferred", "--all-topic-partitions");
        tools.await("pair", partition -> ClusterTools.isLedBy(partition, 3));
        for (int broker : List.of(1, 2, 3)) {
            Await.until(
                    "leaders at home as broker " + broker + " sees it",
                    ClusterTools.LIMIT,
                    () ->
                            tools.topics(broker, "--describe", "--topic", "pair")
                                    .contains("Leader: 3"));
        }
    }

    private String elect(int broker, String type, String... which) {
        String[] all = new String[which.length + 2];
        all[0] = "--election-type";
        all[1] = type;
        System.arraycopy(which, 0, all, 2, which.length);
        return tools.at(broker, "LeaderElectionCommand", all);
    }

    private void aBrokerIsForgottenAndComesBack() {
        goAway();
        assertThat(tools.at(2, "ClusterTool", "unregister", "--id", "3")).contains("3");
        Await.until(
                "broker 3 is forgotten",
                ClusterTools.LIMIT,
                () ->
                        THERE.stream()
                                .noneMatch(broker ->
                                        tools.at(
                                                        broker,
                                                        "ClusterTool",
                                                        "list-endpoints",
                                                        "--include-fenced-brokers")
                                                .lines()
                                                .anyMatch(line -> line.startsWith("3 "))));
        comeBack();
        tools.await("wide", partition -> partition.isr().size() == 3);
    }

    /** The last in sync is away, and another replica, which lacks records, is made to lead. */
    @Test
    void anUncleanElectionIsDoneWhenItIsOrdered() throws Exception {
        goAway();
        tools.await("lone", partition -> partition.isr().size() == 1);
        tools.write("lone", 5);
        cluster.broker(2).kill();
        cluster.broker(AWAY).restart();
        cluster.broker(AWAY).awaitServing();
        tools.await("safe", partition -> ClusterTools.isLedBy(partition, 1));
        Await.until(
                "nobody leads",
                ClusterTools.LIMIT,
                () -> sick(AWAY, "--unavailable-partitions").contains("lone-0"));
        assertThat(elect(AWAY, "unclean", "--topic", "lone", "--partition", "0"))
                .contains("Successfully completed leader election (UNCLEAN)", "lone-0");
        tools.await("lone", partition -> ClusterTools.isLedBy(partition, AWAY));
        cluster.broker(2).restart();
        cluster.broker(2).awaitServing();
        tools.await("lone", partition -> partition.isr().size() == 2);
        assertThat(tools.ends(2, "lone")).contains("lone:0:0");
    }
}
