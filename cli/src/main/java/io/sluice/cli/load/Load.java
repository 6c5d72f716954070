package io.sluice.cli.load;

import io.sluice.cli.client.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * A load while it runs: a thread for each producer and each consumer. Counters may be read from any
 * thread.
 */
final class Load {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long MAX_PAUSE_NANOS = 1_000_000L;

    private final Plan plan;
    private final Payloads payloads;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch producing;
    private final CountDownLatch consumersReady;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean stopped;

    final LongAdder acknowledged = new LongAdder();
    final LongAdder consumed = new LongAdder();

    /** From the moment a record was due to its acknowledgement. */
    final Latencies acknowledgement = new Latencies();

    /** From the moment a record was due to its delivery. */
    final Latencies endToEnd = new Latencies();

    Load(Plan plan) {
        this.plan = plan;
        this.payloads = new Payloads(plan.valueBytes());
        this.producing = new CountDownLatch(plan.producers());
        this.consumersReady = new CountDownLatch(plan.consumers());
    }

    /**
     * Starts everybody; producers once the consumers stand at the start.
     *
     * @param starts where each partition's consumer begins
     */
    void start(Map<TopicPartition, Long> starts) throws InterruptedException {
        List<TopicPartition> partitions = List.copyOf(starts.keySet());
        for (int i = 0; i < plan.consumers(); i++) {
            Map<TopicPartition, Long> share = new LinkedHashMap<>();
            for (int p = i; p < partitions.size(); p += plan.consumers()) {
                share.put(partitions.get(p), starts.get(partitions.get(p)));
            }
            run("bench-consumer-" + i, () -> consume(share));
        }
        consumersReady.await();
        long startNanos = System.nanoTime();
        for (int i = 0; i < plan.producers(); i++) {
            long records =
                    plan.records() == Long.MAX_VALUE
                            ? Long.MAX_VALUE
                            : plan.records() / plan.producers()
                                    + (i < plan.records() % plan.producers() ? 1 : 0);
            run("bench-producer-" + i, () -> produce(records, startNanos));
        }
    }

    private void run(String name, Runnable work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (InterruptException e) {
                                // Told to stop.
                            } catch (RuntimeException e) {
                                fail(e);
                            }
                        },
                        name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void fail(Exception error) {
        failure.compareAndSet(null, error);
        stopped = true;
    }

    private void produce(long records, long startNanos) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(plan.producerConfig())) {
            double intervalNanos =
                    plan.recordsPerSecond() == 0
                            ? 0
                            : plan.producers() * 1e9 / plan.recordsPerSecond();
            // A rate counts from when this producer is ready, so that starting up is no latency.
            long firstDueNanos = System.nanoTime();
            long endNanos = startNanos + plan.nanos();
            for (long sent = 0; sent < records && !stopped; sent++) {
                long dueNanos = System.nanoTime();
                if (intervalNanos > 0) {
                    dueNanos = firstDueNanos + (long) (sent * intervalNanos);
                    pauseUntil(dueNanos);
                }
                if (Math.max(dueNanos, System.nanoTime()) - endNanos >= 0) {
                    break;
                }
                send(producer, sent, dueNanos);
            }
            producer.flush();
        } finally {
            producing.countDown();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, long number, long dueNanos) {
        producer.send(
                new ProducerRecord<>(plan.topic(), payloads.next(number, dueNanos)),
                (metadata, error) -> {
                    if (error != null) {
                        fail(error);
                    } else {
                        acknowledged.increment();
                        acknowledgement.record(System.nanoTime() - dueNanos);
                    }
                });
    }

    private void pauseUntil(long dueNanos) {
        long left = dueNanos - System.nanoTime();
        while (left > 0 && !stopped) {
            LockSupport.parkNanos(Math.min(left, MAX_PAUSE_NANOS));
            left = dueNanos - System.nanoTime();
        }
    }

    private void consume(Map<TopicPartition, Long> share) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(plan.consumerConfig())) {
            consumer.assign(share.keySet());
            share.forEach(consumer::seek);
            share.keySet().forEach(consumer::position);
            consumersReady.countDown();
            while (!stopped && !share.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.value().length >= Payloads.MIN_BYTES) {
                        endToEnd.record(System.nanoTime() - Payloads.dueNanos(record.value()));
                    }
                    consumed.increment();
                }
            }
        } finally {
            consumersReady.countDown();
        }
    }

    /** Whether the producers are done, waiting that long for it. */
    boolean producersDone(Duration wait) throws InterruptedException {
        return producing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether consumers have everything that was acknowledged, or were told to stop. */
    boolean consumersDone() {
        return stopped || plan.consumers() == 0 || consumed.sum() >= acknowledged.sum();
    }

    boolean hasFailed() {
        return failure.get() != null;
    }

    /** Ends every thread; idempotent. */
    void stop() {
        stopped = true;
    }

    void join(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
    }

    /**
     * Throws what stopped the load, if something did.
     *
     * @throws Failure or what the client threw
     */
    void check() {
        Exception error = failure.get();
        if (error instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (error != null) {
            throw new Failure(String.valueOf(error.getMessage()), error);
        }
    }
}
