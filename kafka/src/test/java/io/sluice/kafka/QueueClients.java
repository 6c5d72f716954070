package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker in this process and stock clients of its queues. Each test has a topic of one partition
 * and a share group, both of one name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class QueueClients {

    static final Duration POLL = Duration.ofMillis(200);
    static final long WAIT_NANOS = 30_000_000_000L;

    TestBroker broker;
    Admin admin;
    KafkaProducer<String, String> producer;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
        producer = producer(producerSettings());
    }

    /** Of the producer that all tests share. */
    Map<String, Object> producerSettings() {
        return Map.of();
    }

    @AfterAll
    void stop() throws Exception {
        producer.close();
        admin.close();
        broker.close();
    }

    final KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** A member that acknowledges what it got by its next poll, unless it is told otherwise. */
    final KafkaShareConsumer<String, String> consumer(String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", group);
        KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(group));
        return consumer;
    }

    /** A member that says of each record what becomes of it. */
    final KafkaShareConsumer<String, String> member(String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("share.acknowledgement.mode", "explicit");
        return consumer(group, config);
    }

    final KafkaShareConsumer<String, String> member(String group) {
        return member(group, Map.of());
    }

    final void set(ConfigResource.Type type, String name, Map<String, String> values)
            throws Exception {
        List<AlterConfigOp> all = new ArrayList<>();
        values.forEach((key, value) ->
                all.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), all)).all().get();
    }

    /** Makes topic and group, which reads it from its start unless a setting says otherwise. */
    final void begin(String name, Map<String, String> settings) throws Exception {
        broker.createTopic(name, 1, Map.of());
        Map<String, String> all = new TreeMap<>(settings);
        all.putIfAbsent("share.auto.offset.reset", "earliest");
        set(ConfigResource.Type.GROUP, name, all);
    }

    /** Takes records until there are so many, and no more. */
    static List<ConsumerRecord<String, String>> poll(
            KafkaShareConsumer<String, String> member, int count) {
        List<ConsumerRecord<String, String>> got = pollAtLeast(member, count);
        assertThat(got).hasSize(count);
        return got;
    }

    /** Takes records until there are so many, or a few more. */
    static List<ConsumerRecord<String, String>> pollAtLeast(
            KafkaShareConsumer<String, String> member, int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.size() < count && System.nanoTime() < end) {
            member.poll(POLL).forEach(got::add);
        }
        assertThat(got).hasSizeGreaterThanOrEqualTo(count);
        return got;
    }

    static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    /** Says the same of all of them, and waits until it is taken. */
    static void settle(
            KafkaShareConsumer<String, String> member,
            List<ConsumerRecord<String, String>> records,
            AcknowledgeType type) {
        records.forEach(record -> member.acknowledge(record, type));
        assertThat(member.commitSync().values()).allMatch(error -> error.isEmpty());
    }
}
