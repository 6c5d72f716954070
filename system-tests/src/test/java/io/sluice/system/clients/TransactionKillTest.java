package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A bank: orders come in, tellers carry each one out in a transaction as one entry that takes and
 * one that gives, on two partitions, with the offset of the order; both go into the ledger, too,
 * which is one partition. Tellers vanish with transactions open and go on as zombies, and the
 * broker is killed again and again (I-14 to I-18).
 *
 * <p>What is proved of snapshots: a reader of what is committed who takes all of the ledger below
 * the last stable offset has takes and gives that are zero together, at every moment. That holds
 * because what a transaction writes there is one batch: the last stable offset may lie between two
 * batches of a transaction that has ended, if another one is open from there on. Over partitions no
 * snapshot is promised, as by Kafka: there no order is ever seen carried out twice, and in the end
 * each was, once, with a sum of zero.
 */
final class TransactionKillTest {

    private static final int PARTITIONS = 3;
    private static final int ORDERS = 600;
    private static final int TELLERS = 2;
    private static final int KILLS = 6;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final Random random = new Random(20_261_121);
    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lives = new AtomicInteger();

    /** Zombies that were refused, and transactions left open. */
    private final AtomicInteger refused = new AtomicInteger();

    private final AtomicInteger vanished = new AtomicInteger();

    /** Snapshots of the ledger that hold more than the one before. */
    private final AtomicInteger snapshots = new AtomicInteger();

    private volatile boolean over;

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void theSumHolds(String protocol, @TempDir Path home) throws Exception {
        try (BrokerProcess broker =
                BrokerProcess.start(
                        home,
                        "offsets.topic.num.partitions=3",
                        "transaction.state.log.num.partitions=3",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
                        "group.initial.rebalance.delay.ms=0",
                        "group.min.session.timeout.ms=2000",
                        "group.consumer.session.timeout.ms=2000",
                        "group.consumer.heartbeat.interval.ms=200")) {
            Clients.createTopic(broker.bootstrap(), "orders", PARTITIONS, Map.of());
            Clients.createTopic(broker.bootstrap(), "entries", PARTITIONS, Map.of());
            Clients.createTopic(broker.bootstrap(), "ledger", 1, Map.of());
            List<Thread> tellers = new ArrayList<>();
            for (int i = 0; i < TELLERS; i++) {
                String name = "teller-" + i;
                long seed = random.nextLong();
                tellers.add(
                        Thread.ofPlatform()
                                .start(() -> live(broker, protocol, name, new Random(seed))));
            }
            Thread auditor = Thread.ofPlatform().start(() -> audit(broker));
            order(broker);
            Await.until("all orders", LIMIT, () -> done(broker) == ORDERS || !faults.isEmpty());
            over = true;
            for (Thread teller : tellers) {
                teller.join(LIMIT.toMillis());
                assertThat(teller.isAlive()).isFalse();
            }
            auditor.join(LIMIT.toMillis());
            assertThat(faults).isEmpty();
            assertThat(snapshots.get()).as("snapshots that differ").isGreaterThan(KILLS);
            assertThat(lives.get()).as("tellers came and went").isGreaterThan(2 * TELLERS);
            assertThat(refused.get()).as("zombies").isPositive();
            assertThat(vanished.get()).as("transactions left open").isPositive();
            assertThat(done(broker)).isEqualTo(ORDERS);
        }
    }

    /** Orders come in, and between them the broker is killed. */
    private void order(BrokerProcess broker) throws InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int kill = 0; kill < KILLS; kill++) {
                for (int i = kill * ORDERS / KILLS; i < (kill + 1) * ORDERS / KILLS; i++) {
                    producer.send(new ProducerRecord<>("orders", i % PARTITIONS, null, number(i)));
                }
                assertThat(
                                new CountDownLatch(1)
                                        .await(random.nextInt(2_500), TimeUnit.MILLISECONDS))
                        .isFalse();
                broker.kill();
                broker.restart();
            }
        }
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** How many orders are carried out, after a look at the books. */
    private int done(BrokerProcess broker) {
        Map<Integer, Integer> sums = new TreeMap<>();
        Map<Integer, Integer> entries = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> entry :
                Clients.readCommitted(broker.bootstrap(), "entries")) {
            ByteBuffer value = ByteBuffer.wrap(entry.value());
            int order = value.getInt();
            sums.merge(order, value.getInt(), Integer::sum);
            entries.merge(order, 1, Integer::sum);
        }
        if (over) {
            assertThat(sums.values()).as("takes and gives").containsOnly(0);
            assertThat(entries.values()).as("once").containsOnly(2);
        }
        entries.forEach((order, count) -> {
            if (count > 2) {
                throw new AssertionError("order " + order + " was carried out twice");
            }
        });
        return (int) entries.values().stream().filter(count -> count == 2).count();
    }

    /** Takes one snapshot of the ledger after the other: all below what is stable just then. */
    private void audit(BrokerProcess broker) {
        TopicPartition ledger = new TopicPartition("ledger", 0);
        ArrayDeque<ConsumerRecord<byte[], byte[]>> read = new ArrayDeque<>();
        long sum = 0;
        try (KafkaConsumer<byte[], byte[]> consumer =
                Clients.consumer(broker.bootstrap(), Map.of("isolation.level", "read_committed"))) {
            consumer.assign(List.of(ledger));
            consumer.seekToBeginning(List.of(ledger));
            while (!over) {
                long stable = stableEnd(consumer, ledger);
                while (!over && consumer.position(ledger) < stable) {
                    consumer.poll(Duration.ofMillis(100)).forEach(read::add);
                }
                boolean more = false;
                while (!over && !read.isEmpty() && read.getFirst().offset() < stable) {
                    ByteBuffer entry = ByteBuffer.wrap(read.removeFirst().value());
                    sum += entry.getInt(Integer.BYTES);
                    more = true;
                }
                if (more && !over) {
                    assertThat(sum).as("the ledger below %d", stable).isZero();
                    snapshots.incrementAndGet();
                }
            }
        } catch (RuntimeException | AssertionError e) {
            faults.add(e);
        }
    }

    /** While the broker is away nothing is told. */
    private static long stableEnd(KafkaConsumer<byte[], byte[]> consumer, TopicPartition ledger) {
        try {
            return consumer.endOffsets(List.of(ledger)).getOrDefault(ledger, 0L);
        } catch (RetriableException e) {
            return 0L;
        }
    }

    /** One process of a teller after the other; now and then one vanishes in the middle. */
    private void live(BrokerProcess broker, String protocol, String name, Random chance) {
        @Nullable KafkaProducer<byte[], byte[]> zombie = null;
        try {
            while (!over) {
                lives.incrementAndGet();
                KafkaProducer<byte[], byte[]> producer = producer(broker, name);
                try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker, protocol)) {
                    producer.initTransactions();
                    rise(zombie);
                    consumer.subscribe(List.of("orders"));
                    boolean vanishes = false;
                    for (int i = 0; !over && !vanishes && i < 20; i++) {
                        vanishes = chance.nextInt(12) == 0;
                        carryOut(consumer, producer, chance, vanishes);
                    }
                } catch (KafkaException e) {
                    // The broker was killed, or the group went on without it: another life.
                }
                zombie = producer;
            }
        } catch (RuntimeException | AssertionError e) {
            faults.add(e);
        } finally {
            if (zombie != null) {
                zombie.close(Duration.ZERO);
            }
        }
    }

    /** A producer that was left behind goes on with what it was doing. */
    private void rise(@Nullable KafkaProducer<byte[], byte[]> zombie) {
        if (zombie == null) {
            return;
        }
        try {
            zombie.send(new ProducerRecord<>("entries", 0, null, new byte[8]));
            zombie.commitTransaction();
            throw new AssertionError("a zombie committed");
        } catch (KafkaException | IllegalStateException e) {
            // As it should be: fenced, or it had nothing open.
            refused.incrementAndGet();
        } finally {
            zombie.close(Duration.ZERO);
        }
    }

    private void carryOut(
            KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer,
            Random chance,
            boolean vanishes) {
        ConsumerRecords<byte[], byte[]> orders = consumer.poll(Duration.ofMillis(300));
        if (orders.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> order : orders) {
            int number = ByteBuffer.wrap(order.value()).getInt();
            int amount = 1 + chance.nextInt(100);
            int from = chance.nextInt(PARTITIONS);
            send(producer, "ledger", 0, number, -amount);
            send(producer, "entries", from, number, -amount);
            send(producer, "ledger", 0, number, amount);
            send(
                    producer,
                    "entries",
                    (from + 1 + chance.nextInt(PARTITIONS - 1)) % PARTITIONS,
                    number,
                    amount);
            offsets.put(
                    new TopicPartition("orders", order.partition()),
                    new OffsetAndMetadata(order.offset() + 1));
        }
        if (vanishes) {
            vanished.incrementAndGet();
        }
        if (vanishes && chance.nextBoolean()) {
            producer.flush();
            return;
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        if (!vanishes) {
            producer.commitTransaction();
        }
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer,
            String topic,
            int partition,
            int order,
            int amount) {
        byte[] entry = ByteBuffer.allocate(8).putInt(order).putInt(amount).array();
        producer.send(new ProducerRecord<>(topic, partition, null, entry));
    }

    private static KafkaProducer<byte[], byte[]> producer(BrokerProcess broker, String name) {
        return Clients.producer(
                broker.bootstrap(),
                Map.of(
                        "transactional.id",
                        name,
                        "transaction.timeout.ms",
                        "10000",
                        "linger.ms", // until the commit: what a transaction writes is one batch
                        "9000"));
    }

    private static KafkaConsumer<byte[], byte[]> consumer(BrokerProcess broker, String protocol) {
        Map<String, Object> settings =
                new HashMap<>(
                        Map.of(
                                "group.id",
                                "tellers",
                                "group.protocol",
                                protocol,
                                "isolation.level",
                                "read_committed",
                                "max.poll.records",
                                "5",
                                "reconnect.backoff.max.ms",
                                "200"));
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", "2000");
            settings.put("heartbeat.interval.ms", "200");
        }
        return Clients.consumer(broker.bootstrap(), settings);
    }
}
