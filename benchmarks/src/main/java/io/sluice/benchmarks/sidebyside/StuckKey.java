package io.sluice.benchmarks.sidebyside;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A queue in the order of keys, many of them, at a steady rate: how long a record of a healthy key
 * takes to a healthy consumer, first with nothing wrong, then with a key whose first record hangs
 * with its consumer while more of it come, and a consumer that takes a second for each few records.
 */
final class StuckKey {

    private static final int CONSUMERS = 4;
    private static final int STUCK_ONE_IN = 100;
    private static final long STUCK = -1L;
    private static final long HIGHEST_NANOS = 60_000_000_000L;
    private static final int UNCOUNTED_SECONDS = 8;
    private static final int SLOW_TAKES = 5;
    private static final Duration SLOW = Duration.ofSeconds(1);

    private final RunningBroker broker;
    private final long keys;
    private final int rate;
    private final int seconds;
    private final QueueRecord record = new QueueRecord();

    StuckKey(RunningBroker broker, long keys, int rate, int seconds) {
        this.broker = broker;
        this.keys = keys;
        this.rate = rate;
        this.seconds = seconds;
    }

    void measure(int pairs) {
        run(false, "warm-up");
        for (int pair = 1; pair <= pairs; pair++) {
            run(pair % 2 == 0, "pair " + pair);
            run(pair % 2 != 0, "pair " + pair);
        }
    }

    private void run(boolean sick, String when) {
        String queue = (sick ? "sick-" : "healthy-") + System.nanoTime();
        create(queue);
        Histogram latencies = new ConcurrentHistogram(HIGHEST_NANOS, 3);
        AtomicLong stuck = new AtomicLong();
        try (KafkaShareConsumer<byte[], byte[]> hanging = consumer(queue, Map.of())) {
            if (sick) {
                hang(queue, hanging);
            }
            long start = System.nanoTime();
            long counts = start + UNCOUNTED_SECONDS * 1_000_000_000L;
            long end = counts + seconds * 1_000_000_000L;
            Thread sender = Thread.ofPlatform().start(() -> send(queue, sick, start, end));
            Client.parallel(
                    CONSUMERS + (sick ? 1 : 0),
                    number -> {
                        take(queue, number == CONSUMERS, end, counts, latencies, stuck);
                        return 0;
                    });
            QueueRuns.join(sender);
        }
        System.err.printf(
                Locale.ROOT,
                "%-8s %-32s p50 %.2f ms  p99 %.2f ms  p99.9 %.2f ms, %d records, %d of the stuck key%n",
                when,
                sick ? "a stuck key and a slow consumer" : "nothing wrong",
                latencies.getValueAtPercentile(50) / 1e6,
                latencies.getValueAtPercentile(99) / 1e6,
                latencies.getValueAtPercentile(99.9) / 1e6,
                latencies.getTotalCount(),
                stuck.get());
    }

    /** It takes the first record of the stuck key, and is not heard of again. */
    private void hang(String queue, KafkaShareConsumer<byte[], byte[]> hanging) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>(queue, key(STUCK), record.due(0)));
        }
        hanging.subscribe(List.of(queue));
        int taken = 0;
        while (taken == 0) {
            taken = hanging.poll(Client.POLL).count();
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Client.config(broker.bootstrap(), new Client.Batching(16 * 1024, "none", 0)));
    }

    private void create(String queue) {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, queue);
        List<AlterConfigOp> settings =
                List.of(
                        set("sluice.queue.order", "key"),
                        set("share.auto.offset.reset", "earliest"));
        try (Admin admin =
                Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrap()))) {
            NewTopic topic = new NewTopic(queue, Optional.of(1), Optional.empty());
            admin.createTopics(List.of(topic)).all().get();
            admin.incrementalAlterConfigs(Map.of(group, settings)).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private void send(String queue, boolean sick, long start, long end) {
        SplittableRandom random = new SplittableRandom(start);
        long interval = 1_000_000_000L / rate;
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long number = 0; start + number * interval < end; number++) {
                long due = Pace.await(start + number * interval);
                boolean isStuck = sick && number % STUCK_ONE_IN == 0;
                byte[] key = key(isStuck ? STUCK : random.nextLong(keys));
                producer.send(new ProducerRecord<>(queue, key, record.due(due)));
            }
        }
    }

    private static byte[] key(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    private void take(
            String queue,
            boolean slow,
            long end,
            long counts,
            Histogram latencies,
            AtomicLong stuck) {
        Map<String, Object> settings =
                slow
                        ? Map.of(
                                "max.poll.records",
                                SLOW_TAKES,
                                "share.acquire.mode",
                                "record_limit")
                        : Map.of();
        try (KafkaShareConsumer<byte[], byte[]> consumer = consumer(queue, settings)) {
            consumer.subscribe(List.of(queue));
            while (System.nanoTime() < end) {
                boolean any = false;
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Client.POLL)) {
                    any = true;
                    long now = System.nanoTime();
                    if (ByteBuffer.wrap(one.key()).getLong() == STUCK) {
                        stuck.incrementAndGet();
                    } else if (!slow && QueueRecord.due(one.value()) >= counts) {
                        latencies.recordValue(now - QueueRecord.due(one.value()));
                    }
                    consumer.acknowledge(one, AcknowledgeType.ACCEPT);
                }
                if (slow && any) {
                    ClusterMain.pause(SLOW.toNanos());
                }
            }
        }
    }

    private KafkaShareConsumer<byte[], byte[]> consumer(String queue, Map<String, ?> settings) {
        Map<String, Object> config = new HashMap<>(settings);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", queue);
        config.put("share.acknowledgement.mode", "explicit");
        config.put("key.deserializer", ByteArrayDeserializer.class);
        config.put("value.deserializer", ByteArrayDeserializer.class);
        return new KafkaShareConsumer<>(config);
    }
}
