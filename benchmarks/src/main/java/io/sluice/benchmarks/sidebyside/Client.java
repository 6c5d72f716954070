package io.sluice.benchmarks.sidebyside;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The client program, the same for both sides. */
final class Client {

    static final Duration POLL = Duration.ofMillis(100);
    private static final long HIGHEST_NANOS = 60_000_000_000L;

    private final Text text = new Text();

    /**
     * How batches are made.
     *
     * @param lingerMs long enough to fill a batch, or 0 to send at once
     */
    record Batching(int batchBytes, String codec, int lingerMs) {}

    void createTopic(String bootstrap, String topic, int partitions, Map<String, String> config) {
        admin(
                bootstrap,
                admin ->
                        admin.createTopics(
                                        List.of(
                                                new NewTopic(
                                                                topic,
                                                                Optional.of(partitions),
                                                                Optional.empty())
                                                        .configs(config)))
                                .all()
                                .get());
        awaitLeaders(bootstrap, topic, partitions);
    }

    /**
     * Returns when every partition took a record. An idempotent producer that starts earlier can
     * get its second batch in before its first, and Kafka's answer to the first one's retry is then
     * the same error until the delivery timeout.
     */
    private void awaitLeaders(String bootstrap, String topic, int partitions) {
        Map<String, Object> config = config(bootstrap, new Batching(16_384, "none", 0));
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            for (int partition = 0; partition < partitions; partition++) {
                producer.send(new ProducerRecord<>(topic, partition, null, text.record(partition)))
                        .get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void deleteTopic(String bootstrap, String topic) {
        admin(bootstrap, admin -> admin.deleteTopics(List.of(topic)).all().get());
    }

    private interface AdminAction {
        @Nullable Object on(Admin admin) throws ExecutionException, InterruptedException;
    }

    private static void admin(String bootstrap, AdminAction action) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        try (Admin admin = Admin.create(config)) {
            action.on(admin);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Sends records until so many bytes or nanoseconds are over, by producers in parallel.
     *
     * @return bytes of record values acknowledged
     */
    long produce(
            String bootstrap,
            String topic,
            Batching batching,
            int producers,
            long maxBytes,
            long maxNanos) {
        long each = maxBytes / producers / Text.RECORD_BYTES;
        return parallel(
                producers,
                number -> {
                    long deadline = System.nanoTime() + maxNanos;
                    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
                    long sent = 0;
                    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, batching)) {
                        while (sent < each && System.nanoTime() - deadline < 0) {
                            producer.send(
                                    new ProducerRecord<>(topic, text.record(sent)),
                                    (metadata, error) -> {
                                        if (error != null) {
                                            failure.compareAndSet(null, error);
                                        }
                                    });
                            sent++;
                        }
                    }
                    Exception error = failure.get();
                    if (error != null) {
                        throw new IllegalStateException(error);
                    }
                    return sent * Text.RECORD_BYTES;
                });
    }

    /**
     * Reads a topic from its start to its end.
     *
     * @return bytes of record values read
     */
    long consume(String bootstrap, String topic, int partitions, int consumers) {
        return parallel(
                consumers,
                number -> {
                    List<TopicPartition> share = new ArrayList<>();
                    for (int p = number; p < partitions; p += consumers) {
                        share.add(new TopicPartition(topic, p));
                    }
                    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
                        consumer.assign(share);
                        consumer.seekToBeginning(share);
                        long records = 0;
                        long left = 0;
                        for (long end : consumer.endOffsets(share).values()) {
                            left += end;
                        }
                        while (records < left) {
                            records += consumer.poll(POLL).count();
                        }
                        return records * Text.RECORD_BYTES;
                    }
                });
    }

    /** Sends at a steady rate and measures from when a record was due to its acknowledgement. */
    Histogram paced(String bootstrap, String topic, int recordsPerSecond, long nanos) {
        Histogram latencies = new ConcurrentHistogram(HIGHEST_NANOS, 3);
        long intervalNanos = 1_000_000_000L / recordsPerSecond;
        try (KafkaProducer<byte[], byte[]> producer =
                producer(bootstrap, new Batching(16_384, "none", 0))) {
            producer.partitionsFor(topic);
            long start = System.nanoTime();
            long records = nanos / intervalNanos;
            for (long i = 0; i < records; i++) {
                long due = Pace.await(start + i * intervalNanos);
                producer.send(
                        new ProducerRecord<>(topic, text.record(i)),
                        (metadata, error) -> {
                            long taken = error == null ? System.nanoTime() - due : HIGHEST_NANOS;
                            latencies.recordValue(Math.clamp(taken, 0, HIGHEST_NANOS));
                        });
            }
        }
        return latencies;
    }

    /** Sends one record as soon as anybody takes it, and returns when it is acknowledged. */
    void firstRecord(String bootstrap, String topic) {
        Map<String, Object> config = config(bootstrap, new Batching(16_384, "none", 0));
        config.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 10L);
        config.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 10L);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, 10L);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 10L);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            producer.send(new ProducerRecord<>(topic, text.record(0))).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, Batching batching) {
        return new KafkaProducer<>(config(bootstrap, batching));
    }

    static Map<String, Object> config(String bootstrap, Batching batching) {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, batching.batchBytes());
        config.put(ProducerConfig.LINGER_MS_CONFIG, batching.lingerMs());
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, batching.codec());
        return config;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
        return consumer(bootstrap, Map.of());
    }

    static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, Map<String, ?> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(config);
    }

    /** One of several that go on in parallel. */
    interface Part {
        long run(int number);
    }

    /** The sum of what the parts return. */
    static long parallel(int parts, Part part) {
        if (parts == 1) {
            return part.run(0);
        }
        long[] results = new long[parts];
        AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int number = i;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    results[number] = part.run(number);
                                } catch (RuntimeException e) {
                                    failure.compareAndSet(null, e);
                                }
                            }));
        }
        long sum = 0;
        try {
            for (int i = 0; i < parts; i++) {
                threads.get(i).join();
                sum += results[i];
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        RuntimeException error = failure.get();
        if (error != null) {
            throw error;
        }
        return sum;
    }

    void configure(String bootstrap, String topic, Map<String, String> settings) {
        List<AlterConfigOp> changes = new ArrayList<>();
        settings.forEach((key, value) ->
                changes.add(
                        new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        admin(
                bootstrap,
                admin -> admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get());
    }

    private static KafkaConsumer<byte[], byte[]> member(
            String bootstrap, String group, Map<String, ?> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", group);
        config.put("enable.auto.commit", false);
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return new KafkaConsumer<>(config);
    }

    /**
     * Commits offsets for so long.
     *
     * @return how many were acknowledged
     */
    long commit(String bootstrap, String topic, int consumers, long nanos) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return parallel(
                consumers,
                number -> {
                    try (KafkaConsumer<byte[], byte[]> consumer =
                            member(bootstrap, topic + "-" + number, Map.of())) {
                        consumer.assign(List.of(partition));
                        long end = System.nanoTime() + nanos;
                        long offset = 0;
                        while (System.nanoTime() < end) {
                            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset++)));
                        }
                        return offset;
                    }
                });
    }

    /** Returns when every one of so many members has a partition. */
    void join(String bootstrap, String topic, String protocol, int members) {
        CountDownLatch waiting = new CountDownLatch(members);
        parallel(
                members,
                number -> {
                    try (KafkaConsumer<byte[], byte[]> consumer =
                            member(bootstrap, topic, Map.of("group.protocol", protocol))) {
                        consumer.subscribe(List.of(topic));
                        boolean joined = false;
                        while (waiting.getCount() > 0) {
                            consumer.poll(POLL);
                            if (!joined && !consumer.assignment().isEmpty()) {
                                joined = true;
                                waiting.countDown();
                            }
                        }
                        return 1L;
                    }
                });
    }
}
