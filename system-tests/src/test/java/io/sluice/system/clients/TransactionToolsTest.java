package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own {@code kafka-transactions}, unmodified. */
final class TransactionToolsTest {

    private static final String ID = "told";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long HOUR_MS = 3_600_000L;

    private static String tool(BrokerProcess broker, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        Tool.Result result =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.TransactionsCommand",
                        all.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.text() + result.errors()).isZero();
        return result.text();
    }

    private static KafkaProducer<byte[], byte[]> begun(BrokerProcess broker) {
        KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("transactional.id", ID));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(
                new ProducerRecord<>(
                        "t", 0, System.currentTimeMillis() - HOUR_MS, null, new byte[] {1}));
        producer.flush();
        return producer;
    }

    private static int committed(BrokerProcess broker) {
        return Clients.readCommitted(broker.bootstrap(), "t").size();
    }

    @Test
    void listsAndDescribes(@TempDir Path home) {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            Clients.createTopic(broker.bootstrap(), "t", 1, Map.of());
            try (KafkaProducer<byte[], byte[]> producer = begun(broker)) {
                assertThat(tool(broker, "list")).containsPattern(ID + "\\s+1\\s+\\d+\\s+Ongoing");
                assertThat(tool(broker, "describe", "--transactional-id", ID))
                        .contains("Ongoing")
                        .contains("t-0");
                assertThat(tool(broker, "describe-producers", "--topic", "t", "--partition", "0"))
                        .contains("CurrentTransactionStartOffset")
                        .containsPattern("\\d+\\s+0\\s+");
                // The coordinator knows of it: it does not hang.
                assertThat(tool(broker, "find-hanging", "--broker-id", "1")).doesNotContain("t ");
                producer.commitTransaction();
            }
            Await.until("the marker", LIMIT, () -> committed(broker) == 1);
            assertThat(tool(broker, "list"))
                    .containsPattern(ID + "\\s+1\\s+\\d+\\s+CompleteCommit");
        }
    }

    /** An operator deleted what the coordinators knew: the transaction hangs, and is ended. */
    @Test
    void endsATransactionThatHangs(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            Clients.createTopic(broker.bootstrap(), "t", 1, Map.of());
            KafkaProducer<byte[], byte[]> producer = begun(broker);
            deleteAllTransactions(broker);
            producer.close(Duration.ZERO);
            assertThat(broker.stop()).isZero();
            broker.restart();
            try (KafkaProducer<byte[], byte[]> plain =
                    Clients.producer(broker.bootstrap(), Map.of())) {
                plain.send(new ProducerRecord<>("t", 0, null, new byte[] {2})).get();
            }
            assertThat(committed(broker)).isZero();
            assertThat(tool(broker, "find-hanging", "--broker-id", "1"))
                    .containsPattern("t\\s+0\\s+");
            tool(broker, "abort", "--topic", "t", "--partition", "0", "--start-offset", "0");
            Await.until("the end", LIMIT, () -> committed(broker) == 1);
            assertThat(tool(broker, "find-hanging", "--broker-id", "1"))
                    .doesNotContainPattern("t\\s+0\\s+");
        }
    }

    private static void deleteAllTransactions(BrokerProcess broker) throws Exception {
        String topic = "__transaction_state";
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.TOPIC, topic),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry("cleanup.policy", "delete"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (int i = 0; i < 50; i++) {
                all.put(new TopicPartition(topic, i), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
        }
    }
}
