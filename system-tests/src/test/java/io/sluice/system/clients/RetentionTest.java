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
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What keeps and what removes, changed at run time by an administrator: whole segments from the
 * front, never the active one (I-5), and the same after kill -9.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RetentionTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int RECORDS = 200;
    private static final int RECORD_BYTES = 1_000;
    private static final long HOUR_MS = 3_600_000L;

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker =
                BrokerProcess.start(
                        home,
                        "log.retention.check.interval.ms=100",
                        "log.cleaner.backoff.ms=100",
                        "log.segment.bytes=20000");
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    @Test
    void bySizeOnceItIsSet() throws Exception {
        topic("by-size", Map.of());
        produce("by-size", System.currentTimeMillis());
        assertThat(start("by-size")).isZero();
        alter("by-size", "retention.bytes", "60000");
        Await.until("the front goes", LIMIT, () -> start("by-size") > 0);
        long start = start("by-size");
        assertThat(start).isLessThan(RECORDS - 60L + 20);
        List<ConsumerRecord<byte[], byte[]>> left = Clients.readAll(broker.bootstrap(), "by-size");
        assertThat(left.getFirst().offset()).isEqualTo(start);
        assertThat(left).hasSize((int) (RECORDS - start));
        broker.kill();
        broker.restart();
        assertThat(start("by-size")).isGreaterThanOrEqualTo(start);
    }

    @Test
    void byTimeOnceItIsSet() throws Exception {
        topic("by-time", Map.of("retention.ms", "-1"));
        produce("by-time", System.currentTimeMillis() - 3 * HOUR_MS);
        produce("by-time", System.currentTimeMillis());
        assertThat(start("by-time")).isZero();
        alter("by-time", "retention.ms", Long.toString(HOUR_MS));
        Await.until("what is old goes", LIMIT, () -> start("by-time") > RECORDS - 40);
        assertThat(start("by-time"))
                .as("a segment with a young record stays")
                .isLessThanOrEqualTo(RECORDS);
        assertThat(Clients.readAll(broker.bootstrap(), "by-time"))
                .hasSizeGreaterThanOrEqualTo(RECORDS);
    }

    @Test
    void tombstonesGoWhenTheirTimeIsOver() throws Exception {
        topic(
                "tombstones",
                Map.of(
                        "cleanup.policy",
                        "compact",
                        "min.cleanable.dirty.ratio",
                        "0.01",
                        "min.compaction.lag.ms",
                        Long.toString(HOUR_MS),
                        "delete.retention.ms",
                        Long.toString(HOUR_MS)));
        send("tombstones", "gone", "value");
        send("tombstones", "gone", null);
        send("tombstones", "kept", "value");
        fill("tombstones");
        int before = count("tombstones");
        assertThat(before).as("too young to be compacted").isEqualTo(3 + RECORDS);
        alter("tombstones", "min.compaction.lag.ms", "0");
        Await.until("compaction", LIMIT, () -> count("tombstones") < before / 2);
        assertThat(values("tombstones", "gone")).as("the tombstone").containsExactly("-");
        alter("tombstones", "delete.retention.ms", "1");
        send("tombstones", "soon gone", "value");
        send("tombstones", "soon gone", null);
        Await.until(
                "the tombstone goes",
                LIMIT,
                () -> {
                    fill("tombstones"); // compaction looks when there is something new
                    return values("tombstones", "soon gone").isEmpty();
                });
        // The time of a tombstone's end is written when it is first compacted (KIP-534).
        assertThat(values("tombstones", "gone")).containsExactly("-");
        assertThat(values("tombstones", "kept")).containsExactly("value");
    }

    @Test
    void theGreatestLagBringsCompactionToAQuietTopic() throws Exception {
        topic(
                "quiet",
                Map.of(
                        "cleanup.policy", "compact",
                        "min.cleanable.dirty.ratio", "1.0",
                        "segment.bytes", "1000000"));
        for (int i = 0; i < 10; i++) {
            send("quiet", "key", "value " + i);
        }
        assertThat(count("quiet")).isEqualTo(10);
        alter("quiet", "max.compaction.lag.ms", "300");
        Await.until("compaction", LIMIT, () -> count("quiet") == 1);
        assertThat(values("quiet", "key")).containsExactly("value 9");
    }

    private void topic(String name, Map<String, String> configs) {
        Clients.createTopic(broker.bootstrap(), name, 1, configs);
    }

    private void produce(String topic, long time) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("batch.size", "1000"))) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(
                        new ProducerRecord<>(topic, 0, time + i, null, new byte[RECORD_BYTES]));
            }
            producer.flush();
        }
    }

    private void send(String topic, String key, @Nullable String value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            byte[] bytes = value == null ? null : bytes(value);
            producer.send(new ProducerRecord<>(topic, 0, bytes(key), bytes)).get();
        }
    }

    /** Enough under one key that earlier segments are sealed. */
    private void fill(String topic) {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("batch.size", "1000"))) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(
                        new ProducerRecord<>(topic, 0, bytes("filler"), new byte[RECORD_BYTES]));
            }
            producer.flush();
        }
    }

    private int count(String topic) {
        return Clients.readAll(broker.bootstrap(), topic).size();
    }

    private List<String> values(String topic, String key) {
        List<String> values = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), topic)) {
            if (key.equals(new String(record.key(), StandardCharsets.UTF_8))) {
                values.add(
                        record.value() == null
                                ? "-"
                                : new String(record.value(), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private void alter(String topic, String key, String value) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.TOPIC, topic),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(key, value),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    private long start(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
