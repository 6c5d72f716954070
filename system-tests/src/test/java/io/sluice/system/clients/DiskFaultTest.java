package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.FaultyDisk.Fault;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One of two log directories fails under a broker that serves both: its partitions are answered
 * with the storage error, the others go on, and after the repair and a restart everything that was
 * acknowledged is there (I-6).
 */
final class DiskFaultTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int RECORDS = 300;

    @TempDir Path home;
    private Path first;
    private Path second;
    private Path metadata;

    @BeforeEach
    void folders() {
        first = home.resolve("first");
        second = home.resolve("second");
        metadata = home.resolve("metadata");
    }

    private BrokerProcess start() {
        return BrokerProcess.startOnFaultyDisk(
                home, "log.dirs=" + first + "," + second, "metadata.log.dir=" + metadata);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FULL", "WRITE", "FORCE", "ALL"})
    void aDirectoryThatCannotBeWrittenFailsAlone(Fault fault) throws Exception {
        try (BrokerProcess broker = start()) {
            Topics topics = createTopics(broker);
            produce(broker, topics.doomed, 0, RECORDS);
            produce(broker, topics.healthy, 0, RECORDS);

            broker.fail(fault, first);
            assertStorageError(broker, topics.doomed);
            assertFailed(broker, true);
            produce(broker, topics.healthy, RECORDS, RECORDS);
            assertHolds(broker, topics.healthy, 2 * RECORDS);
            assertThat(broker.isAlive()).isTrue();
            assertThat(broker.errors()).contains(first.toString());

            broker.repair();
            broker.stop();
            broker.restart();
            assertFailed(broker, false);
            assertHoldsAtLeast(broker, topics.doomed, RECORDS);
            assertHolds(broker, topics.healthy, 2 * RECORDS);
            produce(broker, topics.doomed, 10_000, RECORDS);
        }
    }

    @Test
    void aDirectoryThatCannotBeReadFailsAlone() throws Exception {
        try (BrokerProcess broker = start()) {
            Topics topics = createTopics(broker);
            produce(broker, topics.doomed, 0, RECORDS);
            produce(broker, topics.healthy, 0, RECORDS);
            broker.kill(); // what the page cache and the broker know is forgotten
            broker.restart();

            broker.fail(Fault.READ, first);
            TopicPartition partition = new TopicPartition(topics.doomed, 0);
            try (KafkaConsumer<byte[], byte[]> consumer =
                    Clients.consumer(broker.bootstrap(), Map.of())) {
                consumer.assign(List.of(partition));
                consumer.seek(partition, 0);
                Await.until(
                        "the directory fails",
                        LIMIT,
                        () -> {
                            assertThat(consumer.poll(Duration.ofMillis(100))).isEmpty();
                            return isFailed(broker);
                        });
            }
            assertStorageError(broker, topics.doomed);
            assertHolds(broker, topics.healthy, RECORDS);

            broker.repair();
            broker.kill();
            broker.restart();
            assertHolds(broker, topics.doomed, RECORDS);
        }
    }

    @Test
    void aFaultAtTheStartLeavesTheOtherDirectoryServing() throws Exception {
        try (BrokerProcess broker = start()) {
            Topics topics = createTopics(broker);
            produce(broker, topics.doomed, 0, RECORDS);
            produce(broker, topics.healthy, 0, RECORDS);
            broker.kill();
            broker.fail(Fault.ALL, first);
            broker.restart();
            assertFailed(broker, true);
            assertStorageError(broker, topics.doomed);
            assertHolds(broker, topics.healthy, RECORDS);
            broker.kill();
            broker.repair();
            broker.restart();
            assertHolds(broker, topics.doomed, RECORDS);
        }
    }

    /** Without its metadata a broker can promise nothing: it stops, says why, and comes back. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"FULL", "FORCE"})
    void withoutItsMetadataTheBrokerStops(Fault fault) throws Exception {
        try (BrokerProcess broker = start()) {
            Topics topics = createTopics(broker);
            produce(broker, topics.doomed, 0, RECORDS);
            broker.fail(fault, metadata);
            try (Admin admin = Clients.admin(broker.bootstrap())) {
                admin.createTopics(List.of(new NewTopic("never", 1, (short) 1)));
                assertThat(broker.awaitEnd()).isEqualTo(1);
            }
            assertThat(broker.errors()).contains("metadata log has failed");
            broker.repair();
            broker.restart();
            assertHolds(broker, topics.doomed, RECORDS);
            Clients.createTopic(broker.bootstrap(), "afterwards", 1, Map.of());
        }
    }

    /** Two topics, by where they lie. */
    private record Topics(String doomed, String healthy) {}

    private Topics createTopics(BrokerProcess broker) throws Exception {
        Clients.createTopic(broker.bootstrap(), "orders", 1, Map.of());
        Clients.createTopic(broker.bootstrap(), "payments", 1, Map.of());
        boolean ordersFirst =
                describe(broker, first).replicaInfos().containsKey(new TopicPartition("orders", 0));
        return ordersFirst ? new Topics("orders", "payments") : new Topics("payments", "orders");
    }

    private static LogDirDescription describe(BrokerProcess broker, Path directory) {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            Map<Integer, Map<String, LogDirDescription>> all =
                    admin.describeLogDirs(List.of(1)).allDescriptions().get();
            return requireNonNull(requireNonNull(all.get(1)).get(directory.toString()));
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isFailed(BrokerProcess broker) {
        return describe(broker, first).error() instanceof KafkaStorageException;
    }

    private void assertFailed(BrokerProcess broker, boolean failed) {
        assertThat(isFailed(broker)).as("%s failed", first).isEqualTo(failed);
        assertThat(describe(broker, second).error()).isNull();
    }

    private static void produce(BrokerProcess broker, String topic, int from, int count)
            throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("acks", "all"))) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = from; i < from + count; i++) {
                byte[] value = ByteBuffer.allocate(500).putInt(i).array();
                sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    /** The first attempt may meet the fault itself, later ones the failed directory. */
    private static void assertStorageError(BrokerProcess broker, String topic) {
        Map<String, ?> once = Map.of("acks", "all", "retries", "0", "enable.idempotence", "false");
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(broker.bootstrap(), once)) {
            for (int i = 0; i < 3; i++) {
                byte[] value = ByteBuffer.allocate(500).putInt(-1).array();
                assertThatThrownBy(() ->
                                producer.send(new ProducerRecord<>(topic, 0, null, value)).get())
                        .hasCauseInstanceOf(KafkaStorageException.class);
            }
        }
    }

    private static List<Integer> values(BrokerProcess broker, String topic) {
        return Clients.readAll(broker.bootstrap(), topic).stream()
                .map(record -> ByteBuffer.wrap(record.value()).getInt())
                .toList();
    }

    private static void assertHolds(BrokerProcess broker, String topic, int count) {
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(i);
        }
        assertThat(values(broker, topic)).isEqualTo(expected);
    }

    /** What was refused may be there or not, behind what was acknowledged. */
    private static void assertHoldsAtLeast(BrokerProcess broker, String topic, int count) {
        List<Integer> found = values(broker, topic);
        for (int i = 0; i < count; i++) {
            assertThat(found.get(i)).isEqualTo(i);
        }
        assertThat(found.subList(count, found.size())).allMatch(value -> value == -1);
    }
}
