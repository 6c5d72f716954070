package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own tools that need groups, and kcat as a member of one; unmodified. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GroupToolsTest {

    private static final int LINES = 2_000;
    private static final String TEXT =
            IntStream.range(0, LINES)
                    .mapToObj(i -> "value " + i + "\n")
                    .collect(Collectors.joining());

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home, "group.initial.rebalance.delay.ms=0");
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private Tool.Result tool(String name, String... arguments) {
        return Tool.kafka(
                new byte[0],
                "org.apache.kafka.tools." + name,
                Stream.concat(
                                Stream.of("--bootstrap-server", broker.bootstrap()),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private void fill(String topic, int partitions) {
        Clients.createTopic(broker.bootstrap(), topic, partitions, Map.of());
        Tool.Result produced =
                Tool.kafka(
                        TEXT.getBytes(StandardCharsets.UTF_8),
                        "org.apache.kafka.tools.ConsoleProducer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        topic);
        assertThat(produced.exitCode()).as(produced.errors()).isZero();
    }

    @Test
    void consoleConsumerInAGroupAndConsumerGroupsTool() {
        fill("read", 2);
        Tool.Result consumed =
                tool(
                        "consumer.ConsoleConsumer",
                        "--topic",
                        "read",
                        "--group",
                        "readers",
                        "--from-beginning",
                        "--max-messages",
                        Integer.toString(LINES));
        assertThat(consumed.text().lines().sorted().toList())
                .as(consumed.errors())
                .isEqualTo(TEXT.lines().sorted().toList());

        assertThat(groups("--list").text()).contains("readers");
        assertThat(groups("--describe", "--group", "readers").text())
                .contains("readers", "read", "CURRENT-OFFSET");
        assertThat(groups("--describe", "--group", "readers", "--state").text()).contains("Empty");
        assertThat(groups("--describe", "--group", "readers", "--members").exitCode()).isZero();
        assertThat(
                        groups(
                                        "--reset-offsets",
                                        "--group",
                                        "readers",
                                        "--topic",
                                        "read",
                                        "--to-earliest",
                                        "--execute")
                                .text())
                .contains("NEW-OFFSET");
        assertThat(groups("--describe", "--group", "readers", "--offsets").text())
                .containsPattern("read +[01] +0 +\\d+");
        assertThat(tool("GroupsCommand", "--list").text()).contains("readers");
        assertThat(groups("--delete", "--group", "readers").text()).contains("successful");
        assertThat(groups("--list").text()).doesNotContain("readers");
    }

    private Tool.Result groups(String... arguments) {
        Tool.Result result = tool("consumer.group.ConsumerGroupCommand", arguments);
        assertThat(result.exitCode()).as(result.errors() + result.text()).isZero();
        return result;
    }

    @Test
    void verifiableProducerAndConsumer() {
        Clients.createTopic(broker.bootstrap(), "verified", 1, Map.of());
        Tool.Result produced =
                tool("VerifiableProducer", "--topic", "verified", "--max-messages", "500");
        assertThat(produced.text()).as(produced.errors()).contains("\"acked\":500");
        Tool.Result consumed =
                tool(
                        "VerifiableConsumer",
                        "--topic",
                        "verified",
                        "--group-id",
                        "verifiers",
                        "--reset-policy",
                        "earliest",
                        "--max-messages",
                        "500");
        assertThat(consumed.text())
                .as(consumed.errors())
                .contains("partitions_assigned", "records_consumed", "\"success\":true");
    }

    @Test
    void performanceTools() {
        Clients.createTopic(broker.bootstrap(), "measured", 1, Map.of());
        Tool.Result produced =
                tool(
                        "ProducerPerformance",
                        "--topic",
                        "measured",
                        "--num-records",
                        "5000",
                        "--record-size",
                        "100",
                        "--throughput",
                        "-1");
        assertThat(produced.text()).as(produced.errors()).contains("5000 records sent");
        Tool.Result consumed =
                tool("ConsumerPerformance", "--topic", "measured", "--num-records", "5000");
        assertThat(consumed.exitCode()).as(consumed.errors() + consumed.text()).isZero();
        assertThat(consumed.text()).contains("5000");
        Tool.Result latency =
                tool(
                        "EndToEndLatency",
                        "--topic",
                        "measured",
                        "--num-records",
                        "100",
                        "--producer-acks",
                        "all",
                        "--record-size",
                        "100");
        assertThat(latency.exitCode()).as(latency.errors() + latency.text()).isZero();
        assertThat(latency.text()).contains("Avg latency");
    }

    @Test
    void kcatAsAMember() {
        Path kcat = Tool.find("kcat").orElse(null);
        assumeTrue(kcat != null, "kcat is not installed");
        fill("balanced", 3);
        Tool.Result consumed =
                Tool.run(
                        new byte[0],
                        List.of(
                                kcat.toString(),
                                "-b",
                                broker.bootstrap(),
                                "-G",
                                "kcats",
                                "-q",
                                "-c",
                                Integer.toString(LINES),
                                "-X",
                                "auto.offset.reset=earliest",
                                "balanced"));
        assertThat(consumed.text().lines().sorted().toList())
                .as(consumed.errors())
                .isEqualTo(TEXT.lines().sorted().toList());
    }
}
