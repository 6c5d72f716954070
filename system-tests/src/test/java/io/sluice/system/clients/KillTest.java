package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker killed in the middle of its work loses nothing it acknowledged and stores nothing twice.
 */
final class KillTest {

    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 3;
    private static final int KILLS = 3;
    private static final int ACKNOWLEDGED_BETWEEN_KILLS = 3_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Where each acknowledged value is, by the word of the broker. */
    private final Map<Long, Place> acknowledged = new ConcurrentHashMap<>();

    private record Place(int partition, long offset) {}

    @Test
    void killNineLosesNothingAcknowledgedAndStoresNothingTwice(@TempDir Path home)
            throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, "log.segment.bytes=1048576")) {
            Clients.createTopic(broker.bootstrap(), TOPIC, PARTITIONS, Map.of());
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong next = new AtomicLong();
            try (KafkaProducer<byte[], byte[]> producer =
                    Clients.producer(
                            broker.bootstrap(),
                            Map.of("acks", "all", "buffer.memory", "1048576"))) {
                Thread sender = Thread.ofPlatform().start(() -> sendUntil(stop, next, producer));
                for (int kill = 0; kill < KILLS; kill++) {
                    int goal = acknowledged.size() + ACKNOWLEDGED_BETWEEN_KILLS;
                    Await.until("acknowledgements", LIMIT, () -> acknowledged.size() >= goal);
                    broker.kill();
                    broker.restart();
                }
                stop.set(true);
                sender.join();
                producer.flush();
            }
            assertThat(acknowledged).hasSize((int) next.get());
            assertEverythingIsThereOnce(broker);
            broker.kill();
            broker.restart();
            assertEverythingIsThereOnce(broker);
            assertThat(broker.stop()).isZero();
            assertKafkasOwnToolReadsTheFiles(broker.data());
        }
    }

    private void sendUntil(
            AtomicBoolean stop, AtomicLong next, KafkaProducer<byte[], byte[]> producer) {
        while (!stop.get()) {
            long value = next.getAndIncrement();
            byte[] bytes = ByteBuffer.allocate(200).putLong(value).array();
            producer.send(
                    new ProducerRecord<>(TOPIC, (int) (value % PARTITIONS), null, bytes),
                    (metadata, failure) -> {
                        if (failure == null) {
                            acknowledged.put(
                                    value, new Place(metadata.partition(), metadata.offset()));
                        }
                    });
        }
    }

    private void assertEverythingIsThereOnce(BrokerProcess broker) {
        Map<Long, Place> found = new HashMap<>();
        Map<TopicPartition, Long> last = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), TOPIC)) {
            long value = ByteBuffer.wrap(record.value()).getLong();
            Place place = new Place(record.partition(), record.offset());
            assertThat(found.put(value, place)).as("value %d stored twice", value).isNull();
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            Long before = last.put(partition, value);
            assertThat(before == null || before < value).as("order of sends").isTrue();
        }
        assertThat(found).isEqualTo(acknowledged);
    }

    private static void assertKafkasOwnToolReadsTheFiles(Path data) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (String suffix : List.of(".log", ".index", ".timeindex", ".snapshot")) {
                for (Path file : files(data, TOPIC + "-" + partition, suffix)) {
                    Tool.Result dump =
                            Tool.kafka(
                                    new byte[0],
                                    "org.apache.kafka.tools.DumpLogSegments",
                                    "--deep-iteration",
                                    "--index-sanity-check",
                                    "--files",
                                    file.toString());
                    assertThat(dump.exitCode()).as(dump.errors()).isZero();
                    assertThat(dump.text().toLowerCase(java.util.Locale.ROOT))
                            .as("what the tool says of %s", file)
                            .doesNotContain("mismatch")
                            .doesNotContain("corrupt")
                            .doesNotContain("out of order")
                            .doesNotContain("not found")
                            .doesNotContain("non-consecutive")
                            .doesNotContain("isvalid: false");
                }
            }
        }
    }

    /** The two newest files of a kind: enough to see both a sealed and an active segment. */
    private static List<Path> files(Path data, String folder, String suffix) {
        try (Stream<Path> all = Files.list(data.resolve(folder))) {
            List<Path> sorted =
                    all.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
            return sorted.subList(Math.max(0, sorted.size() - 2), sorted.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
