package io.sluice.system.cluster;

import io.sluice.system.cluster.History.Outcome;
import io.sluice.system.cluster.TransactionHistory.Read;
import io.sluice.system.cluster.TransactionHistory.Transaction;
import io.sluice.system.cluster.TransactionHistory.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Transactional producers of one topic, and a reader of what they commit. Each transaction writes
 * to several partitions; some are aborted.
 */
final class TransactionLoad implements AutoCloseable {

    private static final long PAUSE_NANOS = 20_000_000L;
    private static final int ABORT_ONE_IN = 5;
    private static final int MAX_RECORDS = 4;

    private final ClusterTopic topic;
    private final TransactionHistory history;
    private final long seed;
    private final List<Thread> producers = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private final AtomicLong committed = new AtomicLong();
    private volatile boolean producing = true;
    private volatile boolean reading = true;

    TransactionLoad(ClusterTopic topic, TransactionHistory history, long seed) {
        this.topic = topic;
        this.history = history;
        this.seed = seed;
    }

    void start(int producerCount) {
        for (int id = 1; id <= producerCount; id++) {
            int producer = id;
            producers.add(Thread.ofPlatform().name("teller-" + id).start(() -> produce(producer)));
        }
        readers.add(Thread.ofPlatform().name("auditor").start(this::read));
    }

    /** Transactions committed so far. */
    long committed() {
        return committed.get();
    }

    private KafkaProducer<byte[], byte[]> producer(int id) {
        Map<String, Object> settings = ClusterTopic.clientSettings(topic.cluster());
        settings.put("transactional.id", topic.name() + "-" + id);
        settings.put("transaction.timeout.ms", "15000");
        settings.put("max.block.ms", "15000");
        settings.put("delivery.timeout.ms", "20000");
        settings.put("linger.ms", "0");
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Begins anew whenever its producer cannot go on, as services do. */
    private void produce(int id) {
        Random random = new Random(seed + id);
        long sequence = 0;
        while (producing) {
            try (KafkaProducer<byte[], byte[]> producer = producer(id)) {
                producer.initTransactions();
                while (producing) {
                    List<Written> written = new ArrayList<>();
                    int count = 1 + random.nextInt(MAX_RECORDS);
                    for (int i = 0; i < count; i++) {
                        written.add(
                                new Written(
                                        random.nextInt(topic.partitions()),
                                        (long) id << Workload.SEQUENCE_BITS | sequence++));
                    }
                    transaction(producer, id, written, random.nextInt(ABORT_ONE_IN) == 0);
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } catch (KafkaException e) {
                // Whatever was open is aborted, by the next producer of this name or by time.
            }
        }
    }

    private void transaction(
            KafkaProducer<byte[], byte[]> producer, int id, List<Written> written, boolean abort) {
        Outcome outcome = Outcome.FAIL;
        long endNanos = Transaction.NEVER;
        try {
            producer.beginTransaction();
            for (Written one : written) {
                producer.send(
                        new ProducerRecord<>(
                                topic.name(),
                                one.partition(),
                                null,
                                ClusterTopic.bytes(one.value())));
            }
            if (abort) {
                producer.abortTransaction();
                return;
            }
            producer.flush();
            endNanos = System.nanoTime();
            outcome = Outcome.INFO;
            commit(producer);
            outcome = Outcome.OK;
            committed.incrementAndGet();
        } finally {
            history.ended(new Transaction(id, List.copyOf(written), endNanos, outcome));
        }
    }

    /** A commit that takes too long may be tried again. */
    private static void commit(KafkaProducer<byte[], byte[]> producer) {
        try {
            producer.commitTransaction();
        } catch (TimeoutException e) {
            producer.commitTransaction();
        }
    }

    private void read() {
        try (KafkaConsumer<byte[], byte[]> consumer = topic.reader("read_committed")) {
            consumer.assign(topic.all());
            topic.all().forEach(one -> consumer.seek(one, 0L));
            while (reading) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(100))) {
                    history.read(
                            new Read(
                                    1,
                                    record.partition(),
                                    record.offset(),
                                    ClusterTopic.value(record),
                                    System.nanoTime()));
                }
            }
        }
    }

    /** Lets what is open come to its end; all that is wrong. */
    List<String> end() throws InterruptedException {
        producing = false;
        for (Thread thread : producers) {
            thread.join();
        }
        topic.awaitNoOpenTransaction();
        Map<Integer, List<History.Stored>> stored = topic.readAll("read_committed");
        reading = false;
        for (Thread thread : readers) {
            thread.join();
        }
        return TransactionChecker.violations(history, stored);
    }

    @Override
    public void close() {
        producing = false;
        reading = false;
    }
}
