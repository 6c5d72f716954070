package io.sluice.benchmarks.sidebyside;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Messages that wait, at a broker that runs: how fast they are taken, and how late they come. One
 * step at a time, so that the broker can be started anew in between.
 */
public final class DelayedMain {

    private static final String TOPIC = "delayed";
    private static final int PARTITIONS = 2;
    private static final int VALUE_BYTES = 100;
    private static final long SEED = 7;

    private DelayedMain() {}

    /**
     * Begins.
     *
     * @param args HOST:PORT, then {@code fill MESSAGES}, {@code probe} or {@code rate PER_SECOND
     *     SECONDS}
     */
    public static void main(String[] args) throws InterruptedException {
        String bootstrap = args[0];
        switch (args[1]) {
            case "fill" -> fill(bootstrap, Integer.parseInt(args[2]));
            case "probe" -> rate(bootstrap, 10, 1);
            case "rate" -> rate(bootstrap, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            default -> throw new IllegalArgumentException("fill, probe or rate, not " + args[1]);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, int lingerMs) {
        return new KafkaProducer<>(
                Client.config(bootstrap, new Client.Batching(64 << 10, "none", lingerMs)));
    }

    private static ProducerRecord<byte[], byte[]> message(int partition, byte[] value, long dueMs) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(TOPIC, partition, null, value);
        record.headers()
                .add("sluice-deliver-at", Long.toString(dueMs).getBytes(StandardCharsets.US_ASCII));
        return record;
    }

    /** Messages that are due in an hour to thirty days, in any order. */
    private static void fill(String bootstrap, int messages) {
        new Client()
                .createTopic(bootstrap, TOPIC, PARTITIONS, Map.of("sluice.delay.enable", "true"));
        Random random = new Random(SEED);
        long start = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, 5)) {
            for (int i = 0; i < messages; i++) {
                long delayMs =
                        Duration.ofHours(1).toMillis()
                                + random.nextLong(Duration.ofDays(30).toMillis());
                producer.send(
                        message(
                                i % PARTITIONS,
                                new byte[VALUE_BYTES],
                                System.currentTimeMillis() + delayMs));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%d messages taken in %.1f s, %.0f a second%n",
                messages,
                seconds,
                messages / seconds);
    }

    /** Messages that are due in one to three seconds, and how late a consumer has them. */
    private static void rate(String bootstrap, int perSecond, int seconds)
            throws InterruptedException {
        int messages = perSecond * seconds;
        Histogram late = new Histogram(TimeUnit.MINUTES.toMillis(10), 3);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
            Thread sender = new Thread(() -> send(bootstrap, perSecond, messages));
            sender.start();
            long began = System.nanoTime();
            int came = 0;
            while (came < messages) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Client.POLL)) {
                    came += take(record, late) ? 1 : 0;
                }
            }
            sender.join();
            System.out.printf(
                    Locale.ROOT,
                    "%d a second for %d s: late p50 %d ms, p99 %d ms, p99.9 %d ms, most %d ms;"
                            + " the last after %.1f s%n",
                    perSecond,
                    seconds,
                    late.getValueAtPercentile(50),
                    late.getValueAtPercentile(99),
                    late.getValueAtPercentile(99.9),
                    late.getMaxValue(),
                    (System.nanoTime() - began) / 1e9);
        }
    }

    private static boolean take(ConsumerRecord<byte[], byte[]> record, Histogram late) {
        if (record.value().length != Long.BYTES) {
            return false;
        }
        long dueMs = ByteBuffer.wrap(record.value()).getLong();
        long lateMs = System.currentTimeMillis() - dueMs;
        if (lateMs < 0) {
            throw new IllegalStateException("early by " + -lateMs + " ms");
        }
        late.recordValue(lateMs);
        return true;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("fetch.max.wait.ms", 100);
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        return consumer;
    }

    private static void send(String bootstrap, int perSecond, int messages) {
        Random random = new Random(SEED);
        try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, 1)) {
            long start = System.nanoTime();
            for (int i = 0; i < messages; i++) {
                long at = start + i * 1_000_000_000L / perSecond;
                while (System.nanoTime() < at) {
                    LockSupport.parkNanos(at - System.nanoTime());
                }
                long dueMs = System.currentTimeMillis() + 1_000 + random.nextInt(2_000);
                byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(dueMs).array();
                producer.send(message(i % PARTITIONS, value, dueMs));
            }
        }
    }
}
