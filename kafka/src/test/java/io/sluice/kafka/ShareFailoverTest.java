package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.model.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queues go where their partitions are led, and so do those who remember them. */
final class ShareFailoverTest {

    private static final String TOPIC = "work";
    private static final String GROUP = "workers";
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long WAIT_NANOS = 30_000_000_000L;

    private TwoBrokers brokers;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home, 2);
        brokers.createTopic(TOPIC, true);
        brokers.first.submit(
                new ControllerCommand.AlterConfigs(
                        List.of(
                                new ConfigChange(
                                        ResourceType.GROUP,
                                        GROUP,
                                        List.of(
                                                set("share.auto.offset.reset", "earliest"),
                                                set("share.delivery.count.limit", "1000")),
                                        false)),
                        false));
    }

    private static ConfigOperation set(String key, String value) {
        return new ConfigOperation(OperationType.SET, key, value);
    }

    @AfterEach
    void stop() throws Exception {
        brokers.close();
    }

    private void send(int from, int to) {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        brokers.clientConfig(), new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(TOPIC, i % 2, null, Integer.toString(i)));
            }
        }
    }

    /**
     * Takes records until it had so many different ones; those that come again are released. What a
     * leader that leads no more was told does not count.
     */
    private static Map<Integer, ConsumerRecord<String, String>> take(
            KafkaShareConsumer<String, String> consumer, int count, Predicate<Integer> accepts) {
        Map<Integer, ConsumerRecord<String, String>> got = new TreeMap<>();
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.size() < count && System.nanoTime() < end) {
            for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                int number = Integer.parseInt(record.value());
                boolean again = got.putIfAbsent(number, record) != null;
                consumer.acknowledge(
                        record,
                        !again && accepts.test(number)
                                ? AcknowledgeType.ACCEPT
                                : AcknowledgeType.RELEASE);
            }
            consumer.commitSync()
                    .forEach((partition, error) ->
                            got.values()
                                    .removeIf(record ->
                                            error.isPresent()
                                                    && record.partition()
                                                            == partition.partition()));
        }
        assertThat(got.size()).isEqualTo(count);
        return got;
    }

    @Test
    void whatIsDoneAndHowOftenARecordWasDeliveredGoesThereAndBack() throws Exception {
        send(0, 40);
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("group.id", GROUP);
        config.put("share.acknowledgement.mode", "explicit");
        try (KafkaShareConsumer<String, String> consumer =
                        new KafkaShareConsumer<>(
                                config, new StringDeserializer(), new StringDeserializer());
                Admin admin = Admin.create(brokers.clientConfig())) {
            consumer.subscribe(List.of(TOPIC));
            take(consumer, 40, number -> number < 20);
            brokers.awaitAll(one -> one.isr().size() == 2);

            brokers.second.fallSilent();
            brokers.awaitAll(one -> one.leader() == TwoBrokers.FIRST);
            Map<Integer, ConsumerRecord<String, String>> there =
                    take(consumer, 20, number -> number < 30);
            assertThat(there.keySet()).allMatch(number -> number >= 20);
            assertThat(there.values())
                    .allMatch(record -> record.deliveryCount().orElseThrow() >= 2);

            brokers.second.comeBack();
            brokers.awaitAll(one -> one.isr().size() == 2);
            brokers.first.submit(new ControllerCommand.ElectLeaders(false, all()));
            brokers.awaitAll(one -> one.leader() == one.replicas().getFirst());
            Map<Integer, ConsumerRecord<String, String>> back = take(consumer, 10, number -> true);
            assertThat(back.keySet()).allMatch(number -> number >= 30);
            assertThat(back.values()).allMatch(record -> record.deliveryCount().orElseThrow() >= 3);
            assertThat(
                            admin.listShareGroupOffsets(
                                            Map.of(GROUP, new ListShareGroupOffsetsSpec()))
                                    .partitionsToOffsetInfo(GROUP)
                                    .get()
                                    .values())
                    .hasSize(2)
                    .allMatch(queue -> queue.startOffset() == 20);
        }
    }

    private List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        brokers.first
                .image()
                .topics()
                .values()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(one ->
                                        all.add(
                                                new TopicPartition(
                                                        topic.name(), one.partition()))));
        return all;
    }
}
