package io.sluice.system.cluster;

import io.sluice.system.cluster.GroupHistory.Committed;
import io.sluice.system.cluster.GroupHistory.Delivered;
import io.sluice.system.cluster.GroupHistory.Found;
import io.sluice.system.cluster.GroupHistory.Owned;
import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.History.Stored;
import io.sluice.system.harness.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A group that reads one topic; its members leave and others come all the while. */
final class GroupLoad implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int MIN_POLLS = 40;
    private static final int MORE_POLLS = 200;

    private final ClusterTopic topic;
    private final String protocol;
    private final GroupHistory history;
    private final long seed;
    private final AtomicInteger members = new AtomicInteger();
    private final Map<Integer, Long> reached = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean working = true;

    /**
     * @param protocol {@code classic} or {@code consumer}
     */
    GroupLoad(ClusterTopic topic, String protocol, GroupHistory history, long seed) {
        this.topic = topic;
        this.protocol = protocol;
        this.history = history;
        this.seed = seed;
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            Random random = new Random(seed + i);
            threads.add(
                    Thread.ofPlatform()
                            .name("member-%s-%d".formatted(protocol, i))
                            .start(() -> {
                                while (working) {
                                    live(random);
                                }
                            }));
        }
    }

    /** One member, from its coming to its leaving. */
    private void live(Random random) {
        int id = members.incrementAndGet();
        int polls = MIN_POLLS + random.nextInt(MORE_POLLS);
        try (KafkaConsumer<byte[], byte[]> consumer = member()) {
            consumer.subscribe(List.of(topic.name()), new Listener(id, consumer));
            for (int i = 0; i < polls && working; i++) {
                work(id, consumer);
            }
        } catch (KafkaException e) {
            // It was put out of the group, or found nobody; another one comes.
        }
    }

    private KafkaConsumer<byte[], byte[]> member() {
        Map<String, Object> settings = ClusterTopic.clientSettings(topic.cluster());
        settings.put("group.id", topic.name() + "-" + protocol);
        settings.put("group.protocol", protocol);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("default.api.timeout.ms", "8000");
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", "6000");
            settings.put("heartbeat.interval.ms", "1000");
        }
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Notes what it was given when, and where the group was then. */
    private final class Listener implements ConsumerRebalanceListener {
        private final int id;
        private final KafkaConsumer<byte[], byte[]> consumer;

        Listener(int id, KafkaConsumer<byte[], byte[]> consumer) {
            this.id = id;
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> given) {
            int generation = consumer.groupMetadata().generationId();
            given.forEach(one -> history.owned(new Owned(id, generation, one.partition())));
            long start = System.nanoTime();
            try {
                Map<TopicPartition, OffsetAndMetadata> committed =
                        consumer.committed(Set.copyOf(given));
                long end = System.nanoTime();
                for (TopicPartition one : given) {
                    OffsetAndMetadata found = committed.get(one);
                    long offset = found == null ? -1L : found.offset();
                    history.found(new Found(id, one.partition(), offset, start, end));
                }
            } catch (KafkaException e) {
                // Nobody answered: nothing is known.
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> taken) {}
    }

    private void work(int id, KafkaConsumer<byte[], byte[]> consumer) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        if (records.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            history.delivered(new Delivered(record.partition(), record.offset()));
            offsets.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1));
        }
        long start = System.nanoTime();
        Outcome outcome = Outcome.INFO;
        try {
            consumer.commitSync(offsets);
            outcome = Outcome.OK;
            offsets.forEach(
                    (one, offset) -> reached.merge(one.partition(), offset.offset(), Math::max));
        } finally {
            long end = System.nanoTime();
            for (Map.Entry<TopicPartition, OffsetAndMetadata> one : offsets.entrySet()) {
                history.committed(
                        new Committed(
                                id,
                                one.getKey().partition(),
                                one.getValue().offset(),
                                start,
                                end,
                                outcome));
            }
        }
    }

    /** Waits until the group has committed all there is (I-21); all that is wrong. */
    List<String> end(Map<Integer, List<Stored>> finalReads) throws InterruptedException {
        Await.until(
                "the group %s has read all".formatted(protocol),
                LIMIT,
                () ->
                        finalReads.entrySet().stream()
                                .allMatch(one ->
                                        reached.getOrDefault(one.getKey(), 0L)
                                                >= end(one.getValue())));
        working = false;
        for (Thread thread : threads) {
            thread.join();
        }
        return GroupChecker.violations(history, finalReads);
    }

    private static long end(List<Stored> stored) {
        return stored.isEmpty() ? 0 : stored.getLast().offset() + 1;
    }

    @Override
    public void close() {
        working = false;
    }
}
