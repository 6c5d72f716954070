package io.sluice.system.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DeletedRecords;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records are deleted below messages that wait, and the broker is killed before that is done. */
final class DelayedDeletionTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final TopicPartition AT = new TopicPartition("later", 0);
    private static final int MESSAGES = 20_000;

    @Test
    void whatWasOrderedToGoGoesAfterAKill(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            String bootstrap = broker.bootstrap();
            Clients.createTopic(bootstrap, AT.topic(), 1, Map.of());
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, Map.of())) {
                for (int i = 0; i < MESSAGES; i++) {
                    ProducerRecord<byte[], byte[]> record =
                            new ProducerRecord<>(AT.topic(), 0, null, new byte[100]);
                    record.headers().add("sluice-delay", "P1D".getBytes(UTF_8));
                    producer.send(record);
                }
                producer.send(new ProducerRecord<>(AT.topic(), 0, null, new byte[100]));
            }
            try (Admin admin = Clients.admin(bootstrap)) {
                DeletedRecords deleted =
                        requireNonNull(
                                        admin.deleteRecords(
                                                        Map.of(
                                                                AT,
                                                                RecordsToDelete.beforeOffset(
                                                                        MESSAGES + 1)))
                                                .lowWatermarks()
                                                .get(AT))
                                .get();
                assertThat(deleted.lowWatermark()).isLessThan(MESSAGES + 1L);
            }
            broker.kill();
            broker.restart();
            try (KafkaConsumer<byte[], byte[]> reader = Clients.consumer(bootstrap, Map.of())) {
                Await.until(
                        "the log begins behind what was deleted",
                        LIMIT,
                        () ->
                                reader.beginningOffsets(List.of(AT)).getOrDefault(AT, 0L)
                                        == MESSAGES + 1L);
            }
            assertThat(waiting(bootstrap)).as("what waits was carried").hasSize(MESSAGES);
        }
    }

    private static List<byte[]> waiting(String bootstrap) {
        List<byte[]> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> reader =
                Clients.consumer(bootstrap, Map.of("client.rack", "sluice:scheduled"))) {
            reader.assign(List.of(AT));
            reader.seekToBeginning(List.of(AT));
            Await.until(
                    "all that waits is read",
                    LIMIT,
                    () -> {
                        reader.poll(Duration.ofMillis(200))
                                .forEach(record -> values.add(record.value()));
                        return values.size() >= MESSAGES;
                    });
        }
        return values;
    }
}
