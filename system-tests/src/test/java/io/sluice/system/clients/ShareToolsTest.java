package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own tools for share groups, unmodified. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ShareToolsTest {

    private static final int RECORDS = 500;

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
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

    private Tool.Result groups(String... arguments) {
        Tool.Result result = tool("consumer.group.ShareGroupCommand", arguments);
        assertThat(result.exitCode()).as(result.errors() + result.text()).isZero();
        return result;
    }

    private static List<String> values() {
        return IntStream.range(0, RECORDS).mapToObj(i -> "value " + i).sorted().toList();
    }

    private void fill(String topic, int partitions) {
        Clients.createTopic(broker.bootstrap(), topic, partitions, Map.of());
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>(topic, ("value " + i).getBytes()));
            }
        }
    }

    private void readFromTheStart(String group) {
        Tool.Result set =
                Tool.kafka(
                        new byte[0],
                        "kafka.admin.ConfigCommand",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--alter",
                        "--entity-type",
                        "groups",
                        "--entity-name",
                        group,
                        "--add-config",
                        "share.auto.offset.reset=earliest");
        assertThat(set.exitCode()).as(set.errors() + set.text()).isZero();
    }

    @Test
    void consoleShareConsumerAndShareGroups() {
        fill("shared", 2);
        readFromTheStart("sharers");
        Tool.Result consumed =
                tool(
                        "consumer.ConsoleShareConsumer",
                        "--topic",
                        "shared",
                        "--group",
                        "sharers",
                        "--max-messages",
                        Integer.toString(RECORDS));
        assertThat(consumed.text().lines().sorted().toList())
                .as(consumed.errors())
                .isEqualTo(values());

        assertThat(groups("--list").text()).contains("sharers");
        assertThat(groups("--describe", "--group", "sharers").text())
                .contains("sharers", "shared", "START-OFFSET", "LAG");
        assertThat(groups("--describe", "--group", "sharers", "--state").text()).contains("Empty");
        assertThat(groups("--describe", "--group", "sharers", "--members").exitCode()).isZero();
        assertThat(
                        groups(
                                        "--reset-offsets",
                                        "--group",
                                        "sharers",
                                        "--topic",
                                        "shared",
                                        "--to-earliest",
                                        "--execute")
                                .text())
                .contains("NEW-OFFSET");
        assertThat(groups("--describe", "--group", "sharers", "--offsets").text())
                .containsPattern("shared +0 +0 ")
                .containsPattern("shared +1 +0 ");
        assertThat(groups("--delete-offsets", "--group", "sharers", "--topic", "shared").text())
                .contains("Successful");
        assertThat(tool("GroupsCommand", "--list").text()).contains("sharers");
        assertThat(groups("--delete", "--group", "sharers").text()).contains("successful");
        assertThat(groups("--list").text()).doesNotContain("sharers");
    }

    @Test
    void verifiableShareConsumer() {
        for (String mode : List.of("auto", "sync", "async")) {
            fill("verified-" + mode, 1);
            Tool.Result consumed =
                    tool(
                            "VerifiableShareConsumer",
                            "--topic",
                            "verified-" + mode,
                            "--group-id",
                            "verifiers-" + mode,
                            "--acknowledgement-mode",
                            mode,
                            "--offset-reset-strategy",
                            "earliest",
                            "--max-messages",
                            Integer.toString(RECORDS));
            assertThat(consumed.text())
                    .as(consumed.errors())
                    .contains("records_consumed", "offsets_acknowledged", "\"success\":true")
                    .doesNotContain("\"success\":false");
        }
    }

    @Test
    void performanceTool() {
        fill("measured", 1);
        readFromTheStart("measurers");
        Tool.Result consumed =
                tool(
                        "ShareConsumerPerformance",
                        "--topic",
                        "measured",
                        "--group",
                        "measurers",
                        "--num-records",
                        Integer.toString(RECORDS));
        assertThat(consumed.exitCode()).as(consumed.errors() + consumed.text()).isZero();
        assertThat(consumed.text()).contains(Integer.toString(RECORDS));
    }
}
