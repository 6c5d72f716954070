package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service reads orders and writes bills, offsets and records in one transaction, while each
 * broker is killed in turn: its group, its coordinators and its partitions move, and every order
 * has one bill in the end (I-15, I-18).
 */
final class ClusterTransactionsTest {

    private static final int ORDERS_A_STEP = 100;
    private static final int PARTITIONS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir Path home;

    private long ordered;
    private volatile boolean ended;

    @Test
    void everyOrderHasOneBillWhileBrokersAreKilled() throws Exception {
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, "min.insync.replicas=2")) {
            ClusterTopic.create(cluster, "orders", PARTITIONS);
            ClusterTopic bills = ClusterTopic.create(cluster, "bills", PARTITIONS);
            Thread service = Thread.ofPlatform().name("service").start(() -> serve(cluster));
            for (int id = 1; id <= 3; id++) {
                order(cluster);
                awaitBills(cluster, "while all are there");
                cluster.broker(id).kill();
                order(cluster);
                awaitBills(cluster, "while %d is away".formatted(id));
                cluster.broker(id).restart();
                cluster.broker(id).awaitServing();
                bills.awaitWhole();
            }
            ended = true;
            service.join();
            assertThat(bills(cluster))
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, ordered).boxed().toList());
        }
    }

    private void awaitBills(ClusterProcesses cluster, String when) {
        Await.until(ordered + " bills " + when, LIMIT, () -> bills(cluster).size() >= ordered);
    }

    private void order(ClusterProcesses cluster) {
        try (KafkaProducer<Long, Long> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap()),
                        new LongSerializer(),
                        new LongSerializer())) {
            for (int i = 0; i < ORDERS_A_STEP; i++) {
                long order = ordered++;
                producer.send(
                        new ProducerRecord<>("orders", (int) (order % PARTITIONS), order, order));
            }
        }
    }

    private static KafkaConsumer<Long, Long> consumer(
            ClusterProcesses cluster, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", cluster.bootstrap());
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("isolation.level", "read_committed");
        return new KafkaConsumer<>(settings, new LongDeserializer(), new LongDeserializer());
    }

    /** Begins anew whenever its producer cannot go on, as such a service does. */
    private void serve(ClusterProcesses cluster) {
        while (!ended) {
            try (KafkaConsumer<Long, Long> consumer =
                            consumer(
                                    cluster,
                                    Map.of(
                                            "group.id",
                                            "billing",
                                            "group.protocol",
                                            "consumer",
                                            "max.poll.records",
                                            "10"));
                    KafkaProducer<Long, Long> producer = billing(cluster)) {
                consumer.subscribe(List.of("orders"));
                producer.initTransactions();
                while (!ended) {
                    bill(consumer, producer);
                }
            } catch (KafkaException e) {
                // The transaction is aborted, by us or by the next one of this name.
            }
        }
    }

    private static KafkaProducer<Long, Long> billing(ClusterProcesses cluster) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        cluster.bootstrap(),
                        "transactional.id",
                        "billing",
                        "transaction.timeout.ms",
                        "20000"),
                new LongSerializer(),
                new LongSerializer());
    }

    private static void bill(
            KafkaConsumer<Long, Long> consumer, KafkaProducer<Long, Long> producer) {
        ConsumerRecords<Long, Long> orders = consumer.poll(Duration.ofMillis(200));
        if (orders.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<Long, Long> order : orders) {
            producer.send(
                    new ProducerRecord<>("bills", order.partition(), order.key(), order.value()));
            offsets.put(
                    new TopicPartition(order.topic(), order.partition()),
                    new OffsetAndMetadata(order.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        producer.commitTransaction();
    }

    private static List<Long> bills(ClusterProcesses cluster) {
        List<Long> bills = new ArrayList<>();
        try (KafkaConsumer<Long, Long> consumer = consumer(cluster, Map.of())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                all.add(new TopicPartition("bills", partition));
            }
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            consumer.seekToBeginning(all);
            Await.until(
                    "the ends of " + ends,
                    LIMIT,
                    () -> {
                        consumer.poll(Duration.ofMillis(200))
                                .forEach(bill -> bills.add(bill.value()));
                        return all.stream()
                                .allMatch(one ->
                                        consumer.position(one) >= ends.getOrDefault(one, 0L));
                    });
        }
        return bills;
    }
}
