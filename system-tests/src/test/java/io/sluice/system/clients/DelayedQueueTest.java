package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A message that was delayed is in a work queue what it says: of a key, urgent, and with an end.
 */
final class DelayedQueueTest {

    private static final String TOPIC = "work";
    private static final int PLAIN = 200;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(200);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void set(String bootstrap, Map<String, String> settings) throws Exception {
        List<AlterConfigOp> all = new ArrayList<>();
        settings.forEach((key, value) ->
                all.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        try (Admin admin = Clients.admin(bootstrap)) {
            admin.incrementalAlterConfigs(
                            Map.of(new ConfigResource(ConfigResource.Type.GROUP, TOPIC), all))
                    .all()
                    .get();
        }
    }

    private static KafkaShareConsumer<String, String> member(String bootstrap) {
        return Clients.member(bootstrap, TOPIC, TOPIC, Map.of("max.poll.records", 1));
    }

    private static ConsumerRecord<String, String> poll(KafkaShareConsumer<String, String> member) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        Await.until(
                "a record",
                LIMIT,
                () -> {
                    member.poll(POLL).forEach(got::add);
                    return !got.isEmpty();
                });
        assertThat(got).hasSize(1);
        return got.getFirst();
    }

    private static void accept(
            KafkaShareConsumer<String, String> member, ConsumerRecord<String, String> record) {
        member.acknowledge(record, AcknowledgeType.ACCEPT);
        assertThat(member.commitSync().values()).allMatch(Optional::isEmpty);
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, String key, String value, String... headers) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(TOPIC, bytes(key), bytes(value));
        for (int i = 0; i < headers.length; i += 2) {
            record.headers().add(headers[i], bytes(headers[i + 1]));
        }
        producer.send(record);
    }

    @Test
    void whatWasDelayedHasItsKeyItsPriorityAndItsEnd(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            String bootstrap = broker.bootstrap();
            Clients.createTopic(bootstrap, TOPIC, 1, Map.of("sluice.delay.enable", "true"));
            set(
                    bootstrap,
                    Map.of(
                            "share.auto.offset.reset",
                            "earliest",
                            "sluice.queue.order",
                            "key",
                            "sluice.queue.priority",
                            "true",
                            "sluice.queue.ttl.ms",
                            "0"));
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, Map.of())) {
                send(producer, "k", "over", "sluice-delay", "200", "sluice-ttl", "1");
                send(producer, "k", "1", "sluice-delay", "PT0.3S", "sluice-priority", "9");
                send(producer, "k", "2", "sluice-delay", "PT0.6S", "sluice-priority", "9");
                for (int i = 0; i < PLAIN; i++) {
                    send(producer, "p" + i, "plain " + i);
                }
            }
            Await.until(
                    "all messages",
                    LIMIT,
                    () -> Clients.readAll(bootstrap, TOPIC).size() == PLAIN + 3);
            try (KafkaShareConsumer<String, String> one = member(bootstrap);
                    KafkaShareConsumer<String, String> other = member(bootstrap)) {
                ConsumerRecord<String, String> urgent = poll(one);
                assertThat(urgent.value()).isEqualTo("1");
                ConsumerRecord<String, String> meanwhile = poll(other);
                assertThat(meanwhile.value()).isEqualTo("plain 0");
                accept(one, urgent);
                accept(other, meanwhile);
                assertThat(poll(other).value()).isEqualTo("2");
            }
        }
    }
}
