package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every tool of Kafka's for clusters, at one of three brokers in turn, or at each of them: each
 * answers, and answers right.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ToolsAtEveryBrokerTest {

    private static final List<Integer> ALL = List.of(1, 2, 3);

    /** Some hundred and fifty programs instead of fifty. */
    private static final boolean EVERY_BROKER = Boolean.getBoolean("sluice.cluster.slow");

    private static final int RECORDS = 30;

    /** Where the next tool asks, if it does not ask everywhere. */
    private final AtomicInteger turn = new AtomicInteger((int) (System.nanoTime() % 3));

    private Path home;
    private ClusterProcesses cluster;
    private ClusterTools tools;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        home = folder;
        cluster =
                ClusterProcesses.start(
                        folder.resolve("cluster"),
                        3,
                        "min.insync.replicas=2",
                        "broker.session.timeout.ms=20000"); // nobody is away, however busy
        tools = new ClusterTools(cluster);
        tools.create(
                "orders",
                Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1), 2, List.of(3, 1, 2)),
                Map.of());
        tools.await("orders", partition -> partition.isr().size() == 3);
        tools.write("orders", RECORDS);
    }

    @AfterAll
    void stop() {
        if (tools != null) {
            tools.close();
            cluster.close();
        }
    }

    private List<Integer> asked() {
        return EVERY_BROKER ? ALL : List.of(1 + turn.getAndIncrement() % 3);
    }

    @Test
    void topics() {
        for (int broker : asked()) {
            assertThat(tools.topics(broker, "--list")).contains("orders");
            assertThat(tools.topics(broker, "--describe", "--topic", "orders"))
                    .contains("PartitionCount: 3\tReplicationFactor: 3")
                    .containsPattern("Partition: 0\\s+Leader: 1\\s+Replicas: 1,2,3\\s+Isr: 1,2,3")
                    .containsPattern("Partition: 1\\s+Leader: 2\\s+Replicas: 2,3,1\\s+Isr: 2,3,1")
                    .containsPattern("Partition: 2\\s+Leader: 3\\s+Replicas: 3,1,2\\s+Isr: 3,1,2");
            for (String sick :
                    List.of(
                            "--under-replicated-partitions",
                            "--unavailable-partitions",
                            "--under-min-isr-partitions",
                            "--at-min-isr-partitions")) {
                assertThat(tools.topics(broker, "--describe", sick, "--topic", "orders").strip())
                        .as(sick)
                        .isEmpty();
            }
            String made = "made-at-" + broker;
            tools.topics(
                    broker,
                    "--create",
                    "--topic",
                    made,
                    "--partitions",
                    "4",
                    "--replication-factor",
                    "3");
            int other = 1 + broker % 3;
            tools.topics(other, "--alter", "--topic", made, "--partitions", "5");
            assertThat(tools.topics(broker, "--describe", "--topic", made))
                    .contains("PartitionCount: 5");
            tools.topics(1 + other % 3, "--delete", "--topic", made);
        }
    }

    @Test
    void cluster() {
        List<String> ids = new ArrayList<>();
        for (int broker : asked()) {
            ids.add(tools.at(broker, "ClusterTool", "cluster-id").strip());
            for (String fenced : List.of("", "--include-fenced-brokers")) {
                String[] command =
                        Stream.of("list-endpoints", fenced)
                                .filter(word -> !word.isEmpty())
                                .toArray(String[]::new);
                String endpoints = tools.at(broker, "ClusterTool", command);
                for (int id : ALL) {
                    assertThat(endpoints)
                            .containsPattern(
                                    "(?m)^" + id + "\\s+127.0.0.1\\s+" + port(id) + "\\s.*");
                }
            }
            assertThat(
                            tools.at(broker, "BrokerApiVersionsCommand")
                                    .lines()
                                    .filter(line -> line.contains("-> (")))
                    .hasSize(3);
            Tool.Result unknown = tools.tried(broker, "ClusterTool", "unregister", "--id", "99");
            assertThat(unknown.text() + unknown.errors()).contains("99");
        }
        assertThat(ids).allMatch(id -> id.startsWith("Cluster ID: ")).containsOnly(ids.getFirst());
    }

    private String port(int broker) {
        String address = cluster.broker(broker).bootstrap();
        return address.substring(address.indexOf(':') + 1);
    }

    @Test
    void metadataQuorum() {
        List<String> leaders = new ArrayList<>();
        for (int broker : asked()) {
            String status = tools.quorum(broker, "describe", "--status");
            assertThat(status).contains("CurrentVoters").contains("\"id\": 3");
            for (int voter = 1; voter <= 3; voter++) {
                assertThat(status).contains("\"CONTROLLER://" + cluster.controller(voter) + "\"");
            }
            leaders.add(
                    status.lines().filter(line -> line.startsWith("LeaderId")).findFirst().get());
            assertThat(tools.quorum(broker, "describe", "--replication"))
                    .containsPattern("(?m)^1\\s")
                    .containsPattern("(?m)^2\\s")
                    .containsPattern("(?m)^3\\s")
                    .containsPattern("Leader")
                    .containsPattern("Follower");
        }
        assertThat(leaders).containsOnly(leaders.getFirst());
    }

    @Test
    void offsetsAndLogs() throws Exception {
        for (int broker : asked()) {
            assertThat(tools.at(broker, "GetOffsetShell", "--topic", "orders"))
                    .contains("orders:0:" + RECORDS, "orders:1:0", "orders:2:0");
            String logs =
                    tools.at(
                            broker,
                            "LogDirsCommand",
                            "--describe",
                            "--broker-list",
                            "1,2,3",
                            "--topic-list",
                            "orders");
            assertThat(logs).contains("\"broker\":1", "\"broker\":2", "\"broker\":3");
            assertThat(logs.split("\"partition\":\"orders-0\"", -1)).hasSize(4);
        }
        tools.create("short", Map.of(0, List.of(2, 1)), Map.of());
        tools.write("short", RECORDS);
        for (int broker : asked()) {
            Path offsets = home.resolve("delete.json");
            Files.writeString(
                    offsets,
                    "{\"partitions\":[{\"topic\":\"short\",\"partition\":0,\"offset\":%d}],\"version\":1}"
                            .formatted(broker));
            assertThat(
                            tools.at(
                                    broker,
                                    "DeleteRecordsCommand",
                                    "--offset-json-file",
                                    offsets.toString()))
                    .containsPattern("short-0\\s+low_watermark: " + broker);
            assertThat(tools.at(broker, "GetOffsetShell", "--topic", "short", "--time", "-2"))
                    .contains("short:0:" + broker);
        }
    }

    @Test
    void consumerGroups() throws Exception {
        try (Admin admin = tools.admin()) {
            admin.alterConsumerGroupOffsets(
                            "readers",
                            Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(10)))
                    .all()
                    .get();
        }
        int committed = 10;
        for (int broker : asked()) {
            assertThat(group(broker, "--list")).contains("readers");
            assertThat(group(broker, "--describe", "--group", "readers"))
                    .containsPattern("readers\\s+orders\\s+0\\s+" + committed + "\\s+" + RECORDS);
            committed++;
            assertThat(
                            group(
                                    broker,
                                    "--reset-offsets",
                                    "--group",
                                    "readers",
                                    "--topic",
                                    "orders:0",
                                    "--shift-by",
                                    "1",
                                    "--execute"))
                    .containsPattern("readers\\s+orders\\s+0\\s+" + committed);
        }
        assertThat(group(2, "--delete", "--group", "readers")).contains("successful");
        for (int broker : asked()) {
            assertThat(group(broker, "--list")).doesNotContain("readers");
        }
    }

    private String group(int broker, String... arguments) {
        return tools.at(broker, "consumer.group.ConsumerGroupCommand", arguments);
    }

    @Test
    void transactions() throws Exception {
        tools.create("ledger", Map.of(0, List.of(3, 1, 2)), Map.of());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                cluster.bootstrap(),
                                "transactional.id",
                                "till"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("ledger", 0, null, new byte[1])).get();
            for (int broker : asked()) {
                assertThat(transactions(broker, "list")).containsPattern("till\\s.*Ongoing");
                assertThat(transactions(broker, "describe", "--transactional-id", "till"))
                        .contains("ledger-0");
                assertThat(
                                transactions(
                                        broker,
                                        "describe-producers",
                                        "--topic",
                                        "ledger",
                                        "--partition",
                                        "0"))
                        .contains("CurrentTransactionStartOffset")
                        .containsPattern("(?m)^\\d+\\s+\\d+\\s");
                assertThat(transactions(broker, "find-hanging", "--broker-id", "3"))
                        .doesNotContain("ledger");
            }
            producer.commitTransaction();
        }
    }

    private String transactions(int broker, String... arguments) {
        // The tool's own options come before its command.
        List<String> all =
                new ArrayList<>(List.of("--bootstrap-server", cluster.broker(broker).bootstrap()));
        all.addAll(List.of(arguments));
        return tools.run("TransactionsCommand", all);
    }

    @Test
    void configs() {
        for (int broker : asked()) {
            int other = 1 + broker % 3;
            String topic = "--entity-type=topics --entity-name=orders";
            assertThat(
                            scope(
                                    broker,
                                    topic,
                                    "--alter",
                                    "--add-config",
                                    "retention.ms=12345" + broker))
                    .contains("Completed updating config");
            assertThat(scope(other, topic, "--describe")).contains("retention.ms=12345" + broker);
            scope(other, topic, "--alter", "--delete-config", "retention.ms");
            assertThat(scope(broker, topic, "--describe")).doesNotContain("retention.ms=");

            String one = "--entity-type=brokers --entity-name=" + other;
            scope(broker, one, "--alter", "--add-config", "log.retention.ms=86400000");
            assertThat(scope(other, one, "--describe")).contains("log.retention.ms=86400000");
            assertThat(scope(broker, one, "--describe", "--all")).contains("node.id=" + other);
            scope(broker, one, "--alter", "--delete-config", "log.retention.ms");

            String all = "--entity-type=brokers --entity-default";
            scope(broker, all, "--alter", "--add-config", "log.retention.ms=7654321");
            assertThat(scope(other, all, "--describe")).contains("log.retention.ms=7654321");
            scope(other, all, "--alter", "--delete-config", "log.retention.ms");

            String group = "--entity-type=groups --entity-name=patient";
            scope(broker, group, "--alter", "--add-config", "consumer.session.timeout.ms=50000");
            assertThat(scope(other, group, "--describe"))
                    .contains("consumer.session.timeout.ms=50000");
            scope(other, group, "--alter", "--delete-config", "consumer.session.timeout.ms");
        }
    }

    private String scope(int broker, String entity, String... arguments) {
        return tools.configs(
                broker,
                Stream.concat(
                                Stream.of(entity.split(" ")).flatMap(e -> Stream.of(e.split("="))),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    @Test
    void reassignPartitions() throws Exception {
        tools.create("moved", Map.of(0, List.of(1, 2), 1, List.of(2, 1)), Map.of());
        tools.write("moved", RECORDS);
        Path topics = home.resolve("topics.json");
        Files.writeString(topics, "{\"version\":1,\"topics\":[{\"topic\":\"moved\"}]}");
        for (int broker : asked()) {
            assertThat(
                            tools.reassign(
                                    broker,
                                    "--generate",
                                    "--topics-to-move-json-file",
                                    topics.toString(),
                                    "--broker-list",
                                    "2,3"))
                    .contains("Proposed partition reassignment configuration");
            int other = 1 + broker % 3;
            Path plan = plan("moved", List.of(other, broker), List.of(broker, other));
            assertThat(
                            tools.reassign(
                                    broker,
                                    "--execute",
                                    "--reassignment-json-file",
                                    plan.toString()))
                    .contains("Successfully started partition reassignments for moved-0,moved-1");
            tools.await(
                    "moved",
                    partition ->
                            partition.replicas().size() == 2
                                    && partition.isr().size() == 2
                                    && partition.isr().stream()
                                            .allMatch(node ->
                                                    node.id() == broker || node.id() == other));
            assertThat(
                            tools.reassign(
                                    other, "--verify", "--reassignment-json-file", plan.toString()))
                    .contains("moved-0 is completed", "moved-1 is completed");
            assertThat(tools.reassign(broker, "--list"))
                    .contains("No partition reassignments found");
            assertThat(
                            tools.reassign(
                                    other, "--cancel", "--reassignment-json-file", plan.toString()))
                    .contains("None of the specified partition moves are active");
        }
        assertThat(tools.ends(2, "moved")).contains("moved:0:" + RECORDS);
    }

    private Path plan(String topic, List<Integer> first, List<Integer> second) throws Exception {
        Path plan = home.resolve(topic + ".json");
        Files.writeString(
                plan,
                """
                {"version":1,"partitions":[
                  {"topic":"%s","partition":0,"replicas":%s},
                  {"topic":"%s","partition":1,"replicas":%s}]}
                """
                        .formatted(topic, first, topic, second));
        return plan;
    }

    @Test
    void leaderElection() {
        for (int broker : asked()) {
            assertThat(
                            tools.at(
                                    broker,
                                    "LeaderElectionCommand",
                                    "--election-type",
                                    "preferred",
                                    "--topic",
                                    "orders",
                                    "--partition",
                                    "1"))
                    .contains("Valid replica already elected for partitions orders-1");
            tools.at(
                    broker,
                    "LeaderElectionCommand",
                    "--election-type",
                    "preferred",
                    "--all-topic-partitions");
        }
    }

    /** With a throttle (KIP-73): it is taken, shown at every broker, and gone after --verify. */
    @Test
    void throttledReassignment() throws Exception {
        tools.create("slow", Map.of(0, List.of(1, 2), 1, List.of(2, 1)), Map.of());
        tools.write("slow", RECORDS);
        Path plan = plan("slow", List.of(2, 3), List.of(3, 2));
        assertThat(
                        tools.reassign(
                                3,
                                "--execute",
                                "--reassignment-json-file",
                                plan.toString(),
                                "--throttle",
                                "1000000"))
                .contains("The inter-broker throttle limit was set to 1000000 B/s")
                .contains("Successfully started partition reassignments for slow-0,slow-1");
        for (int broker : asked()) {
            assertThat(scope(broker, "--entity-type=topics --entity-name=slow", "--describe"))
                    .contains(
                            "leader.replication.throttled.replicas=",
                            "follower.replication.throttled.replicas=");
            for (int other : ALL) {
                assertThat(
                                scope(
                                        broker,
                                        "--entity-type=brokers --entity-name=" + other,
                                        "--describe"))
                        .contains(
                                "leader.replication.throttled.rate=1000000",
                                "follower.replication.throttled.rate=1000000");
            }
        }
        tools.await(
                "slow",
                partition ->
                        partition.replicas().stream().noneMatch(node -> node.id() == 1)
                                && partition.isr().size() == 2);
        assertThat(tools.reassign(1, "--verify", "--reassignment-json-file", plan.toString()))
                .contains("slow-0 is completed", "slow-1 is completed")
                .contains("Clearing broker-level throttles on brokers 1,2,3")
                .contains("Clearing topic-level throttles on topic slow");
        for (int broker : asked()) {
            assertThat(scope(broker, "--entity-type=topics --entity-name=slow", "--describe"))
                    .doesNotContain("throttled");
            assertThat(scope(2, "--entity-type=brokers --entity-name=" + broker, "--describe"))
                    .doesNotContain("throttled");
        }
    }

    /** It goes on for ever, so it is ended from outside. */
    @Test
    void replicaVerification() {
        List<String> command = new ArrayList<>(List.of("timeout", "12"));
        command.addAll(
                Tool.kafkaCommand(
                        "org.apache.kafka.tools.ReplicaVerificationTool",
                        "--broker-list",
                        cluster.bootstrap(),
                        "--topics-include",
                        "orders",
                        "--report-interval-ms",
                        "1000"));
        Tool.Result result = Tool.run(new byte[0], command);
        assertThat(result.text())
                .as(result.errors())
                .contains("max lag is 0 for partition orders-");
    }
}
