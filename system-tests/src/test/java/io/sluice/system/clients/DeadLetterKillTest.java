package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that is killed while it writes dead letters: each is there afterwards, and tells when
 * its record was delivered.
 */
final class DeadLetterKillTest {

    private static final String TOPIC = "work";
    private static final String LETTERS = "dlq.work";
    private static final int RECORDS = 2_000;
    private static final int KILLS = 4;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long LIMIT_NANOS = Duration.ofSeconds(90).toNanos();

    private static final String[] SETTINGS = {
        "share.coordinator.state.topic.num.partitions=3",
        "offsets.topic.num.partitions=3",
        "group.share.session.timeout.ms=3000",
        "group.share.heartbeat.interval.ms=500",
        "group.share.record.lock.duration.ms=3000",
        "group.share.delivery.count.limit=1000"
    };

    @Test
    void noRejectedRecordIsWithoutALetter(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            String bootstrap = broker.bootstrap();
            prepare(bootstrap);
            int rejected = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                rejected += reject(bootstrap, RECORDS / (KILLS + 1));
                broker.kill(); // some letters are written, and some are not
                broker.restart();
            }
            assertThat(rejected).isPositive();
            Set<Integer> letters = new TreeSet<>();
            long end = System.nanoTime() + LIMIT_NANOS;
            while (letters.size() < RECORDS && System.nanoTime() < end) {
                reject(bootstrap, RECORDS);
                letters.addAll(letters(bootstrap));
            }
            assertThat(letters).hasSize(RECORDS);
        }
    }

    private static void prepare(String bootstrap) throws Exception {
        Clients.createTopic(bootstrap, TOPIC, 1, Map.of());
        try (Admin admin = Clients.admin(bootstrap)) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, TOPIC),
                                    List.of(
                                            set("share.auto.offset.reset", "earliest"),
                                            set("errors.deadletterqueue.topic.name", LETTERS))))
                    .all()
                    .get();
        }
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, Map.of())) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(
                        new ProducerRecord<>(TOPIC, ByteBuffer.allocate(4).putInt(i).array()));
            }
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    /** Rejects every other record it gets and accepts none, until it has rejected so many. */
    private static int reject(String bootstrap, int count) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", TOPIC);
        config.put("share.acknowledgement.mode", "explicit");
        config.put("max.poll.records", 50);
        int rejected = 0;
        try (KafkaShareConsumer<byte[], byte[]> member =
                new KafkaShareConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            member.subscribe(List.of(TOPIC));
            long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            while (rejected < count && System.nanoTime() < end) {
                int place = 0;
                for (ConsumerRecord<byte[], byte[]> record : member.poll(POLL)) {
                    boolean dies = place++ % 2 == 0;
                    member.acknowledge(
                            record, dies ? AcknowledgeType.REJECT : AcknowledgeType.RELEASE);
                    rejected += dies ? 1 : 0;
                }
                member.commitSync(Duration.ofSeconds(5));
            }
        } catch (KafkaException gone) {
            return rejected; // the broker had just come back
        }
        return rejected;
    }

    /** The offsets that letters tell, each with the value that was there. */
    private static Set<Integer> letters(String bootstrap) {
        Set<Integer> offsets = new TreeSet<>();
        TopicPartition at = new TopicPartition(LETTERS, 0);
        try (KafkaConsumer<byte[], byte[]> reader = Clients.consumer(bootstrap, Map.of())) {
            reader.assign(List.of(at));
            long end = reader.endOffsets(List.of(at)).getOrDefault(at, 0L);
            while (reader.position(at) < end) {
                for (ConsumerRecord<byte[], byte[]> letter : reader.poll(POLL)) {
                    int told = (int) number(letter, "__dlq.errors.offset");
                    assertThat(ByteBuffer.wrap(letter.value()).getInt()).isEqualTo(told);
                    long firstMs = number(letter, "sluice-dead-first-delivery");
                    long lastMs = number(letter, "sluice-dead-last-delivery");
                    assertThat(firstMs).isPositive().isLessThanOrEqualTo(lastMs);
                    offsets.add(told);
                }
            }
        }
        return offsets;
    }

    private static long number(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader(name);
        assertThat(header).as("%s of %d", name, letter.offset()).isNotNull();
        return Long.parseLong(new String(header.value(), StandardCharsets.UTF_8));
    }
}
