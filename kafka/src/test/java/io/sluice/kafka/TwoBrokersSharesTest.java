package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queues of partitions of two brokers, remembered by either. */
final class TwoBrokersSharesTest {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final long WAIT_NANOS = 20_000_000_000L;
    private static final byte QUEUE = 2;
    private static final int GROUPS = 4;

    private TwoBrokers brokers;
    private Admin admin;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home);
        brokers.createTopic("work");
        admin = Admin.create(brokers.clientConfig());
    }

    @AfterEach
    void stop() throws Exception {
        admin.close();
        brokers.close();
    }

    private KafkaShareConsumer<String, String> consumer(String group) throws Exception {
        admin.incrementalAlterConfigs(
                        Map.of(
                                new ConfigResource(ConfigResource.Type.GROUP, group),
                                List.of(
                                        set("share.auto.offset.reset", "earliest"),
                                        set("share.delivery.count.limit", "1000"))))
                .all()
                .get();
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("group.id", group);
        config.put("share.acknowledgement.mode", "explicit");
        KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("work"));
        return consumer;
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private void send() throws Exception {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        brokers.clientConfig(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 40; i++) {
                producer.send(new ProducerRecord<>("work", i % 2, null, Integer.toString(i)));
            }
        }
    }

    private static List<ConsumerRecord<String, String>> poll(
            KafkaShareConsumer<String, String> consumer, int count, AcknowledgeType type) {
        Map<String, ConsumerRecord<String, String>> got = new TreeMap<>();
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.size() < count && System.nanoTime() < end) {
            for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                // What was released may come again before the rest came once.
                boolean again = got.putIfAbsent(record.value(), record) != null;
                consumer.acknowledge(record, again ? AcknowledgeType.RELEASE : type);
            }
        }
        assertThat(consumer.commitSync().values()).allMatch(error -> error.isEmpty());
        assertThat(got.size()).isEqualTo(count);
        return List.copyOf(got.values());
    }

    private Map<TopicPartition, SharePartitionOffsetInfo> offsets(String group) throws Exception {
        return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group)
                .get();
    }

    @Test
    void recordsOfBothAreDeliveredAndRemembered() throws Exception {
        send();
        TopicImage topic = brokers.topic("work");
        Set<String> ways = new HashSet<>();
        for (int g = 0; g < GROUPS; g++) {
            String group = "group-" + g;
            try (KafkaShareConsumer<String, String> consumer = consumer(group)) {
                poll(consumer, 40, AcknowledgeType.RELEASE);
                List<ConsumerRecord<String, String>> again =
                        poll(consumer, 40, AcknowledgeType.ACCEPT);
                assertThat(again).allMatch(record -> record.deliveryCount().orElseThrow() >= 2);
                Set<String> values = new TreeSet<>();
                again.forEach(record -> values.add(record.value()));
                assertThat(values).hasSize(40);
            }
            Map<TopicPartition, SharePartitionOffsetInfo> stored = offsets(group);
            for (int partition = 0; partition < 2; partition++) {
                SharePartitionOffsetInfo one =
                        requireNonNull(stored.get(new TopicPartition("work", partition)));
                assertThat(one.startOffset()).isEqualTo(20);
                assertThat(one.lag()).hasValue(0L);
                String queue = group + ":" + topic.id() + ":" + partition;
                ways.add(partition + " at " + brokers.coordinator(QUEUE, queue));
            }
        }
        // Of eight queues with coordinators by chance some were remembered by the other broker.
        assertThat(ways.size()).isGreaterThanOrEqualTo(2);
        admin.deleteShareGroups(List.of("group-0")).all().get();
        assertThat(offsets("group-0")).isEmpty();
        admin.alterShareGroupOffsets(
                        "group-1",
                        Map.of(
                                new TopicPartition("work", 0),
                                0L,
                                new TopicPartition("work", 1),
                                15L))
                .all()
                .get();
        try (KafkaShareConsumer<String, String> consumer = consumer("group-1")) {
            poll(consumer, 25, AcknowledgeType.ACCEPT);
        }
        admin.deleteShareGroupOffsets("group-1", Set.of("work")).all().get();
        assertThat(offsets("group-1")).isEmpty();
    }

    @Test
    void deadLettersOfBothGoToWhoLeadsTheirPartition() throws Exception {
        send();
        admin.incrementalAlterConfigs(
                        Map.of(
                                new ConfigResource(ConfigResource.Type.GROUP, "dead"),
                                List.of(set("errors.deadletterqueue.topic.name", "dlq.work"))))
                .all()
                .get();
        try (KafkaShareConsumer<String, String> consumer = consumer("dead")) {
            poll(consumer, 40, AcknowledgeType.REJECT);
        }
        Set<String> letters = new TreeSet<>();
        try (KafkaConsumer<String, String> reader =
                new KafkaConsumer<>(
                        brokers.clientConfig(),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            TopicPartition at = new TopicPartition("dlq.work", 0);
            reader.assign(List.of(at));
            reader.seekToBeginning(List.of(at));
            long end = System.nanoTime() + WAIT_NANOS;
            while (letters.size() < 40 && System.nanoTime() < end) {
                reader.poll(POLL).forEach(record -> letters.add(record.value()));
            }
        }
        assertThat(letters).hasSize(40);
        // One partition, so that one of the two brokers wrote to the other one.
        assertThat(brokers.topic("dlq.work").partitions()).hasSize(1);
        assertThat(brokers.topic("work").partitions())
                .extracting(partition -> partition.leader())
                .doesNotHaveDuplicates();
    }
}
