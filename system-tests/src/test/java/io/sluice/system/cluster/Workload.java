package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Read;
import io.sluice.system.cluster.History.Send;
import io.sluice.system.cluster.History.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
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

    private final ClusterTopic topic;
    private final History history;
    private final List<Thread> producers = new ArrayList<>();
    private final List<Thread> consumers = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean producing = true;
    private volatile boolean consuming = true;

    Workload(ClusterTopic topic, History history) {
        this.topic = topic;
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
        Map<String, Object> settings = ClusterTopic.clientSettings(topic.cluster());
        settings.put("acks", "all");
        settings.put("delivery.timeout.ms", "90000");
        settings.put("linger.ms", "0");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void produce(int id) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long sequence = 0; producing; sequence++) {
                long value = (long) id << SEQUENCE_BITS | sequence;
                int partition = (int) (sequence % topic.partitions());
                send(producer, id, partition, value);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, int id, int partition, long value) {
        long start = System.nanoTime();
        producer.send(
                new ProducerRecord<>(topic.name(), partition, null, ClusterTopic.bytes(value)),
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

    private void consume(int id) {
        try (KafkaConsumer<byte[], byte[]> consumer = topic.reader("read_uncommitted")) {
            consumer.assign(topic.all());
            for (TopicPartition one : topic.all()) {
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
                                    ClusterTopic.value(record)));
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
        Map<Integer, List<Stored>> stored = topic.readAll("read_uncommitted");
        consuming = false;
        for (Thread thread : consumers) {
            thread.join();
        }
        return stored;
    }

    @Override
    public void close() {
        producing = false;
        consuming = false;
    }
}
