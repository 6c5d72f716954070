package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Read;
import io.sluice.system.cluster.History.Send;
import io.sluice.system.cluster.History.Stored;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Producers and consumers of one topic that write a history. Every producer writes to every
 * partition; every consumer reads all partitions by assignment, from the start.
 */
final class Workload implements AutoCloseable {

    static final int SEQUENCE_BITS = 40;
    static final long SEQUENCE_MASK = (1L << SEQUENCE_BITS) - 1;

    /** Between two sends of a producer: a load that leaves the machine room for the faults. */
    private static final long PAUSE_NANOS = 4_000_000L;

    private static final Duration END_LIMIT = Duration.ofSeconds(120);

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final History history;
    private final List<Thread> producers = new ArrayList<>();
    private final List<Thread> consumers = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean producing = true;
    private volatile boolean consuming = true;

    Workload(String bootstrap, String topic, int partitions, History history) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.history = history;
    }

    void start(int producerCount, int consumerCount) {
        for (int id = 1; id <= producerCount; id++) {
            int producer = id;
            producers.add(
                    Thread.ofPlatform().name("producer-" + id).start(() -> produce(producer)));
        }
        for (int id = 1; id <= consumerCount; id++) {
            int consumer = id;
            consumers.add(
                    Thread.ofPlatform().name("consumer-" + id).start(() -> consume(consumer)));
        }
    }

    /** Records acknowledged so far. */
    long acknowledged() {
        return acknowledged.get();
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrap,
                        "acks", "all",
                        "delivery.timeout.ms", "90000",
                        "request.timeout.ms", "5000",
                        "reconnect.backoff.ms", "20",
                        "reconnect.backoff.max.ms", "200",
                        "retry.backoff.ms", "20",
                        "linger.ms", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private void produce(int id) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long sequence = 0; producing; sequence++) {
                long value = (long) id << SEQUENCE_BITS | sequence;
                int partition = (int) (sequence % partitions);
                send(producer, id, partition, value);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, int id, int partition, long value) {
        long start = System.nanoTime();
        byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
        producer.send(
                new ProducerRecord<>(topic, partition, null, bytes),
                (metadata, failure) -> {
                    boolean ok = failure == null;
                    history.sent(
                            new Send(
                                    id,
                                    partition,
                                    value,
                                    start,
                                    System.nanoTime(),
                                    ok ? Outcome.OK : Outcome.INFO,
                                    ok ? metadata.offset() : -1L));
                    if (ok) {
                        acknowledged.incrementAndGet();
                    }
                });
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("auto.offset.reset", "none");
        settings.put("enable.auto.commit", "false");
        settings.put("reconnect.backoff.ms", "20");
        settings.put("reconnect.backoff.max.ms", "200");
        settings.put("request.timeout.ms", "5000");
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition(topic, partition));
        }
        return all;
    }

    private void consume(int id) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(all());
            for (TopicPartition one : all()) {
                consumer.seek(one, 0L);
            }
            while (consuming) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(100))) {
                    history.read(
                            new Read(
                                    id,
                                    record.partition(),
                                    record.offset(),
                                    ByteBuffer.wrap(record.value()).getLong()));
                }
            }
        }
    }

    /** Lets what is sent come to its end, and reads every partition from its start. */
    Map<Integer, List<Stored>> end() throws InterruptedException {
        producing = false;
        for (Thread thread : producers) {
            thread.join();
        }
        Map<Integer, List<Stored>> stored = readAll();
        consuming = false;
        for (Thread thread : consumers) {
            thread.join();
        }
        return stored;
    }

    private Map<Integer, List<Stored>> readAll() {
        Map<Integer, List<Stored>> stored = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> all = all();
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all, END_LIMIT);
            all.forEach(one -> {
                stored.put(one.partition(), new ArrayList<>());
                consumer.seek(one, 0L);
            });
            long deadline = System.nanoTime() + END_LIMIT.toNanos();
            while (all.stream().anyMatch(one -> consumer.position(one) < end(ends, one))) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not read in %s: up to %s".formatted(END_LIMIT, ends));
                }
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    stored.computeIfAbsent(record.partition(), p -> new ArrayList<>())
                            .add(
                                    new Stored(
                                            record.offset(),
                                            ByteBuffer.wrap(record.value()).getLong()));
                }
            }
        }
        return stored;
    }

    private static long end(Map<TopicPartition, Long> ends, TopicPartition one) {
        return ends.getOrDefault(one, 0L);
    }

    @Override
    public void close() {
        producing = false;
        consuming = false;
    }
}
