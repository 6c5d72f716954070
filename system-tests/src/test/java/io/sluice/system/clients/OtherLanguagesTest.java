package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members of groups that are written in other languages, where they are installed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OtherLanguagesTest {

    private static final int RECORDS = 500;

    /** Debian's own: another python may come first and lack the client. */
    private static final String PYTHON = "/usr/bin/python3";

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home, "group.initial.rebalance.delay.ms=0");
    }

    @AfterAll
    void stop() {
        assertThat(broker.stop()).isZero();
    }

    private void fill(String topic) {
        Clients.createTopic(broker.bootstrap(), topic, 2, Map.of());
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = 0; i < RECORDS; i++) {
                byte[] value = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(topic, i % 2, null, value));
            }
        }
    }

    private static Path program(String name) throws URISyntaxException {
        return Path.of(
                requireNonNull(OtherLanguagesTest.class.getResource("/clients/" + name)).toURI());
    }

    private static boolean runs(String... command) {
        return Tool.run(new byte[0], List.of(command)).exitCode() == 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"range", "cooperative-sticky"})
    void python(String assignor) throws Exception {
        assumeTrue(
                Path.of(PYTHON).toFile().canExecute()
                        && runs(PYTHON, "-c", "import confluent_kafka"),
                "python3-confluent-kafka is not installed");
        fill("python-" + assignor);
        done(
                PYTHON,
                program("group_members.py").toString(),
                broker.bootstrap(),
                "python-" + assignor,
                Integer.toString(RECORDS),
                assignor);
    }

    @Test
    void transactionsInPython() throws Exception {
        assumeTrue(
                Path.of(PYTHON).toFile().canExecute()
                        && runs(PYTHON, "-c", "import confluent_kafka"),
                "python3-confluent-kafka is not installed");
        Clients.createTopic(broker.bootstrap(), "python-committed", 1, Map.of());
        Clients.createTopic(broker.bootstrap(), "read", 1, Map.of());
        done(PYTHON, program("transactions.py").toString(), broker.bootstrap(), "python-committed");
    }

    @Test
    void javaScript(@TempDir Path folder) throws Exception {
        Path node = Tool.find("node").orElse(null);
        Path npm = Tool.find("npm").orElse(null);
        assumeTrue(node != null && npm != null, "node and npm are not installed");
        assumeTrue(
                runs(
                        npm.toString(),
                        "install",
                        "--prefix",
                        folder.toString(),
                        "--no-audit",
                        "--no-fund",
                        "--loglevel=error",
                        "kafkajs@2.2.4"),
                "kafkajs cannot be installed");
        fill("js");
        ProcessBuilder command =
                new ProcessBuilder(
                        node.toString(),
                        program("group_members.js").toString(),
                        broker.bootstrap(),
                        "js",
                        Integer.toString(RECORDS));
        command.environment().put("NODE_PATH", folder.resolve("node_modules").toString());
        check(Tool.run(new byte[0], command));
    }

    private static void done(String... command) {
        check(Tool.run(new byte[0], new ArrayList<>(List.of(command))));
    }

    private static void check(Tool.Result result) {
        assertThat(result.exitCode()).as(result.errors() + result.text()).isZero();
        assertThat(result.text()).contains("done");
    }
}
