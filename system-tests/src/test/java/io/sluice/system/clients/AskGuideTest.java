package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service of docs/guides/ask-before-redeliver.md, as it is written there. */
final class AskGuideTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String GROUP = "billing";
    private static final int ORDERS = 6;

    private static void prepare(String bootstrap) throws Exception {
        Clients.createTopic(bootstrap, "orders", 1, Map.of());
        try (Admin admin = Clients.admin(bootstrap)) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, GROUP),
                                    List.of(
                                            set("share.auto.offset.reset", "earliest"),
                                            set("share.record.lock.duration.ms", "1000"),
                                            set("sluice.queue.ask.topic", "billing-ask"),
                                            // nobody gets a record because time is over
                                            set("sluice.queue.ask.timeout.ms", "600000"))))
                    .all()
                    .get();
        }
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int i = 0; i < ORDERS; i++) {
                producer.send(new ProducerRecord<>("orders", "order-" + i, "charge " + i));
            }
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static KafkaShareConsumer<String, String> member(String bootstrap) {
        return Clients.member(bootstrap, GROUP, "orders", Map.of());
    }

    /** Takes so many orders, and says nothing of them. */
    private static List<ConsumerRecord<String, String>> take(
            KafkaShareConsumer<String, String> member, int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        Await.until(
                count + " orders",
                LIMIT,
                () -> {
                    member.poll(POLL).forEach(got::add);
                    return !got.isEmpty();
                });
        assertThat(got).hasSize(count);
        return got;
    }

    @Test
    void whatIsChargedIsNotDeliveredAgain(@TempDir Path home) throws Exception {
        Path database = Files.createDirectories(home.resolve("database"));
        List<String> command =
                new ArrayList<>(
                        PythonGuide.lay(
                                Files.createDirectories(home.resolve("python")),
                                "ask-before-redeliver",
                                UnaryOperator.identity()));
        for (int i = 0; i < ORDERS; i += 2) {
            Files.createFile(database.resolve("order-" + i));
        }
        try (BrokerProcess broker = BrokerProcess.start(home.resolve("broker"))) {
            prepare(broker.bootstrap());
            command.addAll(List.of(broker.bootstrap(), database.toString()));
            try (KafkaShareConsumer<String, String> slow = member(broker.bootstrap());
                    KafkaShareConsumer<String, String> next = member(broker.bootstrap())) {
                take(slow, ORDERS);
                Process service =
                        new ProcessBuilder(command).redirectErrorStream(true).inheritIO().start();
                try {
                    List<ConsumerRecord<String, String>> again = take(next, ORDERS / 2);
                    assertThat(again)
                            .extracting(ConsumerRecord::key)
                            .containsExactly("order-1", "order-3", "order-5");
                    again.forEach(one -> next.acknowledge(one, AcknowledgeType.ACCEPT));
                    assertThat(next.commitSync(LIMIT).values()).allMatch(e -> e.isEmpty());
                    assertThat(service.isAlive()).isTrue();
                } finally {
                    service.destroyForcibly().waitFor();
                }
            }
        }
    }
}
