package io.sluice.benchmarks.sidebyside;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Writes one record after the other to a partition, and notes when they are acknowledged. */
final class Probe implements AutoCloseable {

    private static final int MAX_ACKS = 1_000_000;
    private static final long LIMIT_SECONDS = 150;
    private static final long POLL_NANOS = 1_000_000L;
    private static final long BETWEEN_NANOS = 1_000_000L;

    private final KafkaProducer<byte[], byte[]> producer;
    private final TopicPartition partition;
    private final Thread thread;
    private final long[] sentAt = new long[MAX_ACKS];
    private final long[] ackedAt = new long[MAX_ACKS];
    private volatile int acks;
    private volatile boolean stopped;

    Probe(String bootstrap, TopicPartition partition) {
        this.producer = ClusterClient.producer(bootstrap, true);
        this.partition = partition;
        this.thread = Thread.ofPlatform().name("probe").start(this::run);
    }

    private void run() {
        byte[] value = new byte[100];
        while (!stopped && acks < MAX_ACKS) {
            long sent = System.nanoTime();
            try {
                producer.send(
                                new ProducerRecord<>(
                                        partition.topic(), partition.partition(), null, value))
                        .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                System.err.println("probe: " + e);
                continue;
            } catch (InterruptedException e) {
                return;
            }
            int at = acks;
            sentAt[at] = sent;
            ackedAt[at] = System.nanoTime();
            acks = at + 1;
            LockSupport.parkNanos(BETWEEN_NANOS);
        }
    }

    /** Returns when so many more records are acknowledged. */
    void awaitAcks(int more) {
        int enough = acks + more;
        while (acks < enough) {
            if (!thread.isAlive()) {
                throw new IllegalStateException("the probe has ended");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Milliseconds from then to the acknowledgement of the first record sent after it. */
    double firstAckMs(long sinceNanos) {
        int from = acks;
        while (from > 0 && sentAt[from - 1] - sinceNanos > 0) {
            from--;
        }
        // One that was under way may have been acknowledged by the broker that goes.
        while (acks <= from || sentAt[from] - sinceNanos <= 0) {
            if (acks > from) {
                from++;
            } else {
                awaitAcks(1);
            }
        }
        return (ackedAt[from] - sinceNanos) / 1e6;
    }

    /** The longest time between two acknowledgements since then, in milliseconds. */
    double longestGapMs(long sinceNanos) {
        double longest = 0;
        int now = acks;
        for (int i = now - 1; i > 0 && ackedAt[i] - sinceNanos > 0; i--) {
            longest = Math.max(longest, (ackedAt[i] - ackedAt[i - 1]) / 1e6);
        }
        return longest;
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        producer.close(java.time.Duration.ZERO);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
