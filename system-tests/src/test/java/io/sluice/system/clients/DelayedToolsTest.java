package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka's console tools, its log-dump tool and kcat (librdkafka), unmodified, where messages are
 * delayed: what waits is never seen, and every offset is what its producer was told.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DelayedToolsTest {

    private static final String TOPIC = "later";

    /** At the offsets 0 to 3; the third comes at once, behind the others. */
    private static final String SENT =
            "sluice-delay:PT1H\tin an hour\na:b\tnow\nsluice-delay:1\tsoon\na:b\tlast\n";

    private static final String SEEN = "1 now\n3 last\n4 soon\n";

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
        Clients.createTopic(broker.bootstrap(), TOPIC, 1, Map.of());
        Tool.Result produced =
                Tool.kafka(
                        SENT.getBytes(StandardCharsets.UTF_8),
                        "org.apache.kafka.tools.ConsoleProducer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        TOPIC,
                        "--reader-property",
                        "parse.headers=true");
        assertThat(produced.exitCode()).as(produced.errors()).isZero();
        assertThat(produced.errors()).doesNotContain("ERROR");
        consumeWithKafkasConsole(); // waits for what comes soon
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private void consumeWithKafkasConsole() {
        Tool.Result consumed =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.consumer.ConsoleConsumer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        TOPIC,
                        "--partition",
                        "0",
                        "--offset",
                        "earliest",
                        "--isolation-level",
                        "read_committed",
                        "--formatter-property",
                        "print.offset=true",
                        "--formatter-property",
                        "key.separator= ",
                        "--max-messages",
                        "3");
        assertThat(consumed.text().replace("Offset:", "")).as(consumed.errors()).isEqualTo(SEEN);
    }

    @Test
    void theJavaClientSeesTheSame() {
        List<ConsumerRecord<byte[], byte[]>> records = Clients.readAll(broker.bootstrap(), TOPIC);
        StringBuilder seen = new StringBuilder();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String value = new String(record.value(), StandardCharsets.UTF_8);
            seen.append(record.offset()).append(' ').append(value).append('\n');
        }
        assertThat(seen).hasToString(SEEN);
        assertThat(records.getLast().headers().lastHeader("sluice-id").value())
                .isEqualTo("2".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void kcat() {
        Path kcat = Tool.find("kcat").orElse(null);
        assumeTrue(kcat != null, "kcat is not installed");
        for (String level : List.of("read_committed", "read_uncommitted")) {
            Tool.Result consumed =
                    Tool.run(
                            new byte[0],
                            List.of(
                                    kcat.toString(),
                                    "-C",
                                    "-b",
                                    broker.bootstrap(),
                                    "-t",
                                    TOPIC,
                                    "-p",
                                    "0",
                                    "-o",
                                    "beginning",
                                    "-e",
                                    "-q",
                                    "-X",
                                    "isolation.level=" + level,
                                    "-f",
                                    "%o %s\n"));
            assertThat(consumed.text()).as(consumed.errors()).isEqualTo(SEEN);
        }
    }

    @Test
    void kafkasOwnToolReadsTheFiles() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(broker.data().resolve(TOPIC + "-0"))) {
            files = all.filter(path -> path.toString().endsWith(".log")).toList();
        }
        Tool.Result dump =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.DumpLogSegments",
                        "--deep-iteration",
                        "--print-data-log",
                        "--files",
                        files.getFirst().toString());
        assertThat(dump.exitCode()).as(dump.errors()).isZero();
        assertThat(dump.text().toLowerCase(Locale.ROOT))
                .contains("unknown(1001)")
                .contains("payload: soon")
                .doesNotContain("isvalid: false")
                .doesNotContain("corrupt");
    }
}
