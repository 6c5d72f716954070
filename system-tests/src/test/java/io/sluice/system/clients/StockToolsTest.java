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

/** Kafka's own console tools and kcat (librdkafka), unmodified. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StockToolsTest {

    private static final int LINES = 5_000;
    private static final String TEXT =
            IntStream.range(0, LINES)
                    .mapToObj(i -> "key-" + i + "\tvalue " + i + " äöü €\n")
                    .collect(Collectors.joining());

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    @Test
    void consoleProducerAndConsumer() {
        Clients.createTopic(broker.bootstrap(), "console", 1, Map.of());
        Tool.Result produced =
                Tool.kafka(
                        TEXT.getBytes(StandardCharsets.UTF_8),
                        "org.apache.kafka.tools.ConsoleProducer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        "console",
                        "--reader-property",
                        "parse.key=true");
        assertThat(produced.exitCode()).as(produced.errors()).isZero();

        Tool.Result consumed =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.consumer.ConsoleConsumer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        "console",
                        "--partition",
                        "0",
                        "--offset",
                        "earliest",
                        "--formatter-property",
                        "print.key=true",
                        "--max-messages",
                        Integer.toString(LINES));
        assertThat(consumed.text()).as(consumed.errors()).isEqualTo(TEXT);
    }

    @Test
    void kcat() {
        Path kcat = Tool.find("kcat").orElse(null);
        assumeTrue(kcat != null, "kcat is not installed");
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            String topic = "kcat-" + codec;
            Clients.createTopic(broker.bootstrap(), topic, 1, Map.of());
            Tool.Result produced =
                    Tool.run(
                            TEXT.getBytes(StandardCharsets.UTF_8),
                            List.of(
                                    kcat.toString(),
                                    "-P",
                                    "-b",
                                    broker.bootstrap(),
                                    "-t",
                                    topic,
                                    "-K",
                                    "\t",
                                    "-z",
                                    codec,
                                    "-X",
                                    "enable.idempotence=true"));
            assertThat(produced.exitCode()).as(produced.errors()).isZero();
            Tool.Result consumed =
                    Tool.run(
                            new byte[0],
                            List.of(
                                    kcat.toString(),
                                    "-C",
                                    "-b",
                                    broker.bootstrap(),
                                    "-t",
                                    topic,
                                    "-p",
                                    "0",
                                    "-o",
                                    "beginning",
                                    "-e",
                                    "-q",
                                    "-K",
                                    "\t"));
            assertThat(consumed.text()).as(consumed.errors()).isEqualTo(TEXT);
        }
    }

    @Test
    void topicsConfigsAndOffsetsTools() {
        Tool.Result created =
                tool("TopicCommand", "--create", "--topic", "made", "--partitions", "2");
        assertThat(created.exitCode()).as(created.errors()).isZero();
        assertThat(tool("TopicCommand", "--describe", "--topic", "made").text())
                .contains("PartitionCount: 2");
        assertThat(tool("TopicCommand", "--list").text()).contains("made");
        assertThat(tool("GetOffsetShell", "--topic", "made").text())
                .contains("made:0:0", "made:1:0");
        assertThat(tool("LogDirsCommand", "--describe").text()).contains("made-0");
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
}
