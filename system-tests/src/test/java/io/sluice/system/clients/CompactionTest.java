package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction as a client sees it: the newest of every key stays, at its offset, over kill -9. */
final class CompactionTest {

    private static final int KEYS = 50;
    private static final int RECORDS = 20_000;
    private static final long SEED = 7;

    @Test
    void theNewestOfEveryKeyStaysAtItsOffset(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, "log.cleaner.backoff.ms=200")) {
            for (String codec : List.of("none", "lz4")) {
                compact(broker, codec);
            }
        }
    }

    private static void compact(BrokerProcess broker, String codec) throws Exception {
        String topic = "state-" + codec;
        Clients.createTopic(
                broker.bootstrap(),
                topic,
                1,
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.bytes", "20000",
                        "min.cleanable.dirty.ratio", "0.1"));
        TreeMap<String, Long> newest = new TreeMap<>();
        Random random = new Random(SEED);
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(
                        broker.bootstrap(), Map.of("compression.type", codec, "linger.ms", "1"))) {
            for (int i = 0; i < RECORDS; i++) {
                String key = "key-" + random.nextInt(KEYS);
                producer.send(
                        new ProducerRecord<>(
                                topic, 0, bytes(key), bytes("value " + i + " of " + key)));
                newest.put(key, (long) i);
            }
            producer.flush();
            assertThatThrownBy(() ->
                            producer.send(new ProducerRecord<>(topic, 0, null, bytes("x"))).get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidRecordException.class);
        }
        Await.until(
                "compaction of " + topic,
                Duration.ofSeconds(60),
                () -> Clients.readAll(broker.bootstrap(), topic).size() < RECORDS / 4);
        assertNewest(broker, topic, newest);
        broker.kill();
        broker.restart();
        assertNewest(broker, topic, newest);
    }

    private static void assertNewest(
            BrokerProcess broker, String topic, TreeMap<String, Long> newest) {
        TreeMap<String, Long> found = new TreeMap<>();
        long before = -1;
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), topic)) {
            String key = new String(record.key(), StandardCharsets.UTF_8);
            assertThat(record.offset()).isGreaterThan(before);
            before = record.offset();
            assertThat(new String(record.value(), StandardCharsets.UTF_8))
                    .isEqualTo("value " + record.offset() + " of " + key);
            found.put(key, record.offset());
        }
        assertThat(found).isEqualTo(newest);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
