package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Unmodified clients send messages to be delivered later, and cancel some, while the broker is
 * killed again and again: each comes once and none early (I-27).
 */
final class DelayedKillTest {

    private static final String TOPIC = "later";
    private static final int MESSAGES = 4_000;
    private static final int KILLS = 5;
    private static final int PARTITIONS = 2;
    private static final long MAX_DELAY_MS = 6_000;
    private static final long SEED = Long.getLong("sluice.seed", System.nanoTime());
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long LIMIT_NANOS = Duration.ofSeconds(90).toNanos();

    private final Random random = new Random(SEED);
    private final Map<String, Long> due = new HashMap<>();
    private final Map<String, RecordMetadata> stored = new ConcurrentHashMap<>();
    private final Set<String> cancelled = new HashSet<>();

    @Test
    void eachComesOnceAndNoneEarlyWhileTheBrokerIsKilled(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            String bootstrap = broker.bootstrap();
            Clients.createTopic(
                    bootstrap, TOPIC, PARTITIONS, Map.of("sluice.delay.enable", "true"));
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, Map.of())) {
                for (int kill = 0; kill < KILLS; kill++) {
                    List<Future<RecordMetadata>> sent = send(producer, MESSAGES / KILLS);
                    broker.kill(); // some wait, some are about to be delivered
                    broker.restart();
                    for (Future<RecordMetadata> one : sent) {
                        one.get();
                    }
                    cancelSome(producer);
                }
            }
            Map<String, List<ConsumerRecord<byte[], byte[]>>> came = readUntilAllCame(bootstrap);
            judge(came);
            broker.kill();
            broker.restart();
            assertThat(Clients.readAll(bootstrap, TOPIC)).hasSize(came.size());
        }
    }

    private List<Future<RecordMetadata>> send(KafkaProducer<byte[], byte[]> producer, int count) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String value = "m" + due.size();
            long dueMs = System.currentTimeMillis() + random.nextLong(MAX_DELAY_MS);
            due.put(value, dueMs);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(TOPIC, due.size() % PARTITIONS, null, bytes(value));
            record.headers().add("sluice-deliver-at", bytes(Long.toString(dueMs)));
            sent.add(
                    producer.send(
                            record,
                            (metadata, error) -> {
                                if (error == null) {
                                    stored.put(value, metadata);
                                }
                            }));
        }
        return sent;
    }

    /** The answer tells whether it came in time; one by one, as a batch is refused as a whole. */
    private void cancelSome(KafkaProducer<byte[], byte[]> producer) throws InterruptedException {
        List<String> candidates = new ArrayList<>(stored.keySet());
        candidates.sort(String::compareTo);
        for (int i = 0; i < 40; i++) {
            String value = candidates.get(random.nextInt(candidates.size()));
            RecordMetadata at = requireNonNull(stored.get(value));
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(TOPIC, at.partition(), null, new byte[0]);
            record.headers().add("sluice-cancel", bytes(Long.toString(at.offset())));
            try {
                producer.send(record).get();
                cancelled.add(value);
            } catch (ExecutionException e) {
                assertThat(e).hasMessageContaining("no message " + at.offset());
            }
        }
    }

    private Map<String, List<ConsumerRecord<byte[], byte[]>>> readUntilAllCame(String bootstrap) {
        Map<String, List<ConsumerRecord<byte[], byte[]>>> came = new TreeMap<>();
        Set<String> wanted = new HashSet<>(due.keySet());
        wanted.removeAll(cancelled);
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(bootstrap, Map.of())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                all.add(new TopicPartition(TOPIC, i));
            }
            consumer.assign(all);
            long end = System.nanoTime() + LIMIT_NANOS;
            while (!came.keySet().containsAll(wanted) && System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    String value = new String(record.value(), StandardCharsets.UTF_8);
                    came.computeIfAbsent(value, none -> new ArrayList<>()).add(record);
                }
            }
        }
        return came;
    }

    private void judge(Map<String, List<ConsumerRecord<byte[], byte[]>>> came) {
        String run = "seed " + SEED;
        assertThat(cancelled).as(run).isNotEmpty();
        assertThat(came.keySet()).as("cancelled, %s", run).doesNotContainAnyElementsOf(cancelled);
        Set<String> all = new HashSet<>(came.keySet());
        all.addAll(cancelled);
        assertThat(all).as("lost, %s", run).containsAll(due.keySet());
        came.forEach((value, records) -> {
            assertThat(records).as("%s, %s", value, run).hasSize(1);
            ConsumerRecord<byte[], byte[]> record = records.getFirst();
            long dueMs = due.getOrDefault(value, Long.MAX_VALUE);
            assertThat(record.timestamp()).as("%s, %s", value, run).isGreaterThanOrEqualTo(dueMs);
            assertThat(number(record, "sluice-due")).isEqualTo(dueMs);
            assertThat(number(record, "sluice-id"))
                    .isEqualTo(requireNonNull(stored.get(value)).offset());
        });
    }

    private static long number(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return Long.parseLong(new String(header.value(), StandardCharsets.UTF_8));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
