package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * More partitions than the process may have files open: every one takes and gives, also after kill
 * -9. docs/performance.md tells of ten times as many.
 */
final class ManyPartitionsTest {

    private static final int TOPICS = 10;
    private static final int PARTITIONS = 60;
    private static final int FILE_LIMIT = 450;

    @Test
    void serveWithinTheFilesTheProcessMayOpen(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.startWithFileLimit(home, FILE_LIMIT)) {
            create(broker);
            produceOneEach(broker);
            assertOpenFilesBounded(broker);
            assertEachHolds(broker, 1);
            broker.kill();
            broker.restart();
            produceOneEach(broker);
            assertEachHolds(broker, 2);
            assertOpenFilesBounded(broker);
            assertThat(broker.errors()).doesNotContain("Too many open files");
            assertThat(broker.stop()).isZero();
        }
    }

    private static void create(BrokerProcess broker) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            List<NewTopic> topics = new ArrayList<>();
            for (int topic = 0; topic < TOPICS; topic++) {
                topics.add(new NewTopic("many-" + topic, PARTITIONS, (short) 1));
            }
            admin.createTopics(topics).all().get();
        }
    }

    private static void produceOneEach(BrokerProcess broker) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("acks", "all"))) {
            List<Future<?>> sent = new ArrayList<>();
            for (int topic = 0; topic < TOPICS; topic++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    byte[] value = {(byte) topic, (byte) partition};
                    sent.add(
                            producer.send(
                                    new ProducerRecord<>("many-" + topic, partition, null, value)));
                }
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    private static void assertEachHolds(BrokerProcess broker, int records) {
        for (int topic = 0; topic < TOPICS; topic++) {
            int[] count = new int[PARTITIONS];
            for (ConsumerRecord<byte[], byte[]> record :
                    Clients.readAll(broker.bootstrap(), "many-" + topic)) {
                assertThat(record.value()).containsExactly(topic, record.partition());
                count[record.partition()]++;
            }
            assertThat(count).containsOnly(records);
        }
    }

    private static void assertOpenFilesBounded(BrokerProcess broker) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + broker.pid() + "/fd"))) {
            assertThat(open.count()).isLessThan(FILE_LIMIT);
        }
    }
}
