package io.sluice.system.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Delayed and recurring messages while the leader of their partition is killed, comes back, and the
 * partition moves: each comes once and none early, whoever leads (I-27).
 */
final class DelayedFailoverTest {

    private static final String TOPIC = "later";
    private static final int PARTITIONS = 2;
    private static final int EACH_TIME = 400;
    private static final long MAX_DELAY_MS = 15_000;
    private static final long SEED = Long.getLong("sluice.seed", System.nanoTime());

    @TempDir Path home;

    private final Random random = new Random(SEED);
    private final Map<String, Long> due = new HashMap<>();
    private final Map<String, Future<RecordMetadata>> sent = new TreeMap<>();
    private ClusterProcesses cluster;
    private ClusterTools tools;

    @BeforeEach
    void start() throws Exception {
        cluster = ClusterProcesses.start(home, 3, "broker.session.timeout.ms=6000");
        tools = new ClusterTools(cluster);
        tools.create(
                TOPIC,
                Map.of(0, List.of(1, 2, 3), 1, List.of(1, 3, 2)),
                Map.of("min.insync.replicas", "2"));
        awaitInSync(3);
    }

    @AfterEach
    void stop() {
        if (tools != null) {
            tools.close();
            cluster.close();
        }
    }

    @Test
    void eachComesOnceAndNoneEarlyWhoeverLeads() throws Exception {
        List<RecordMetadata> recurring = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = ClusterTopic.producer(cluster)) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                recurring.add(producer.send(everySecond(partition)).get());
            }
            send(producer);
            awaitStored();
            cluster.broker(1).kill();
            send(producer); // finds the new leaders by itself
            tools.await(
                    TOPIC, partition -> isLed(partition) && !ClusterTools.isLedBy(partition, 1));
            awaitStored();
            cluster.broker(1).restart();
            awaitInSync(3);
            send(producer);
            moveTo(3, 1);
            send(producer);
            awaitStored();
            cluster.broker(3).kill();
            tools.await(TOPIC, partition -> ClusterTools.isLedBy(partition, 1));
            long backMs = System.currentTimeMillis();
            cluster.broker(3).restart();
            awaitInSync(2);

            judge(readUntilAllCame(backMs));
            for (RecordMetadata one : recurring) {
                producer.send(cancel(one)).get();
            }
        }
        int all = readToEnd().values().stream().mapToInt(List::size).sum();
        cluster.broker(1).kill();
        tools.await(TOPIC, partition -> ClusterTools.isLedBy(partition, 3));
        cluster.broker(1).restart();
        awaitInSync(2);
        assertThat(readToEnd().values().stream().mapToInt(List::size).sum())
                .as("nothing comes again or in spite of its cancellation, seed %d", SEED)
                .isEqualTo(all);
    }

    private static boolean isLed(TopicPartitionInfo partition) {
        return partition.leader() != null && !partition.leader().isEmpty();
    }

    private void awaitInSync(int replicas) {
        tools.await(TOPIC, partition -> partition.isr().size() == replicas && isLed(partition));
    }

    /** Who led until now goes. */
    private void moveTo(int leader, int follower) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> targets = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            targets.put(
                    new TopicPartition(TOPIC, partition),
                    Optional.of(new NewPartitionReassignment(List.of(leader, follower))));
        }
        try (Admin admin = tools.admin()) {
            ClusterTools.ordered(() -> admin.alterPartitionReassignments(targets).all());
        }
        tools.await(
                TOPIC,
                partition ->
                        partition.replicas().stream().map(Node::id).toList().size() == 2
                                && partition.isr().size() == 2
                                && partition.isr().stream().noneMatch(node -> node.id() == 2)
                                && isLed(partition)
                                && !ClusterTools.isLedBy(partition, 2));
    }

    // ---- what is sent

    private static ProducerRecord<byte[], byte[]> everySecond(int partition) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(TOPIC, partition, null, "tick".getBytes(UTF_8));
        record.headers().add("sluice-cron", "* * * * * *".getBytes(UTF_8));
        return record;
    }

    private static ProducerRecord<byte[], byte[]> cancel(RecordMetadata message) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(TOPIC, message.partition(), null, new byte[0]);
        record.headers().add("sluice-cancel", Long.toString(message.offset()).getBytes(UTF_8));
        return record;
    }

    private void send(KafkaProducer<byte[], byte[]> producer) {
        for (int i = 0; i < EACH_TIME; i++) {
            String value = "m" + due.size();
            long dueMs = System.currentTimeMillis() + random.nextLong(MAX_DELAY_MS);
            due.put(value, dueMs);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(
                            TOPIC, due.size() % PARTITIONS, null, value.getBytes(UTF_8));
            record.headers().add("sluice-deliver-at", Long.toString(dueMs).getBytes(UTF_8));
            sent.put(value, producer.send(record));
        }
    }

    private void awaitStored() throws InterruptedException, ExecutionException {
        for (Future<RecordMetadata> one : sent.values()) {
            one.get();
        }
    }

    // ---- what comes

    /** Until ticks of after that time are there, too. */
    private Map<String, List<ConsumerRecord<byte[], byte[]>>> readUntilAllCame(long afterMs) {
        Map<String, List<ConsumerRecord<byte[], byte[]>>> came = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> reader = reader()) {
            long[] lastTickMs = new long[PARTITIONS];
            Await.until(
                    "all came, seed " + SEED,
                    ClusterTools.LIMIT,
                    () -> {
                        for (ConsumerRecord<byte[], byte[]> record : poll(reader)) {
                            String value = new String(record.value(), UTF_8);
                            came.computeIfAbsent(value, none -> new ArrayList<>()).add(record);
                            if (value.equals("tick")) {
                                lastTickMs[record.partition()] = number(record, "sluice-due");
                            }
                        }
                        return came.keySet().containsAll(due.keySet())
                                && lastTickMs[0] > afterMs
                                && lastTickMs[1] > afterMs;
                    });
        }
        return came;
    }

    private Map<String, List<ConsumerRecord<byte[], byte[]>>> readToEnd() {
        Map<String, List<ConsumerRecord<byte[], byte[]>>> came = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> reader = reader()) {
            Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
            Await.until(
                    "all is read up to " + ends,
                    ClusterTools.LIMIT,
                    () -> {
                        for (ConsumerRecord<byte[], byte[]> record : poll(reader)) {
                            String value = new String(record.value(), UTF_8);
                            came.computeIfAbsent(value, none -> new ArrayList<>()).add(record);
                        }
                        return ends.entrySet().stream()
                                .allMatch(end -> reader.position(end.getKey()) >= end.getValue());
                    });
        }
        return came;
    }

    private static Iterable<ConsumerRecord<byte[], byte[]>> poll(
            KafkaConsumer<byte[], byte[]> reader) {
        return reader.poll(Duration.ofMillis(200));
    }

    private KafkaConsumer<byte[], byte[]> reader() {
        KafkaConsumer<byte[], byte[]> reader =
                new ClusterTopic(cluster, TOPIC, PARTITIONS).reader("read_uncommitted");
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            all.add(new TopicPartition(TOPIC, partition));
        }
        reader.assign(all);
        all.forEach(one -> reader.seek(one, 0L));
        return reader;
    }

    private void judge(Map<String, List<ConsumerRecord<byte[], byte[]>>> came) throws Exception {
        String run = "seed " + SEED;
        List<ConsumerRecord<byte[], byte[]>> ticks = requireNonNull(came.remove("tick"));
        assertThat(came.keySet()).as(run).containsExactlyInAnyOrderElementsOf(due.keySet());
        for (Map.Entry<String, List<ConsumerRecord<byte[], byte[]>>> one : came.entrySet()) {
            String value = one.getKey();
            assertThat(one.getValue()).as("%s, %s", value, run).hasSize(1);
            ConsumerRecord<byte[], byte[]> record = one.getValue().getFirst();
            long dueMs = due.getOrDefault(value, Long.MAX_VALUE);
            assertThat(number(record, "sluice-due")).as("%s, %s", value, run).isEqualTo(dueMs);
            assertThat(record.timestamp()).as("%s, %s", value, run).isGreaterThanOrEqualTo(dueMs);
            assertThat(number(record, "sluice-id"))
                    .as("%s, %s", value, run)
                    .isEqualTo(requireNonNull(sent.get(value)).get().offset());
        }
        long[] cameMs = new long[PARTITIONS];
        for (ConsumerRecord<byte[], byte[]> tick : ticks) {
            long dueMs = number(tick, "sluice-due");
            assertThat(dueMs % 1_000).as(run).isZero();
            assertThat(dueMs)
                    .as("once, whatever was missed, %s", run)
                    .isGreaterThan(cameMs[tick.partition()]);
            assertThat(tick.timestamp()).as(run).isGreaterThanOrEqualTo(dueMs);
            cameMs[tick.partition()] = tick.timestamp();
        }
    }

    private static long number(ConsumerRecord<byte[], byte[]> record, String name) {
        return Long.parseLong(new String(record.headers().lastHeader(name).value(), UTF_8));
    }
}
