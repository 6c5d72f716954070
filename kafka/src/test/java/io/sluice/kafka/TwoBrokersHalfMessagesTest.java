package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.FIRST;
import static io.sluice.kafka.TwoBrokers.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Half messages whose records, questions, answers and coordinator are on either broker. */
final class TwoBrokersHalfMessagesTest {

    private static final String ORDERS = "orders";
    private static final String QUESTIONS = "orders-check";
    private static final String ANSWERS = "orders-check-answers";
    private static final String NAME = "sluice-transaction";
    private static final byte TRANSACTION = 1;
    private static final int WAIT_SECONDS = 30;

    private TwoBrokers brokers;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home);
        for (String topic : List.of(ORDERS, QUESTIONS, ANSWERS)) {
            brokers.createTopic(topic);
        }
        try (Admin admin = Admin.create(brokers.clientConfig())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, ORDERS),
                                    List.of(
                                            set("sluice.transaction.check.topic", QUESTIONS),
                                            set("sluice.transaction.check.interval.ms", "2000"),
                                            set("sluice.transaction.check.attempts", "10"))))
                    .all()
                    .get();
        }
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    @AfterEach
    void stop() throws Exception {
        brokers.close();
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.putAll(more);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Reads both partitions of a topic until there is such a record. */
    private ConsumerRecord<byte[], byte[]> await(
            String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        Map<String, Object> config = new HashMap<>(brokers.clientConfig());
        config.put("isolation.level", "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all =
                    List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + Duration.ofSeconds(WAIT_SECONDS).toNanos();
            while (System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(100))) {
                    if (wanted.test(one)) {
                        return one;
                    }
                }
            }
        }
        throw new AssertionError("no such record came in " + topic);
    }

    @Test
    void questionsAndAnswersFindTheirWay() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int broker : List.of(FIRST, SECOND)) {
            String id = idCoordinatedBy(broker);
            ids.add(id);
            // Its record is not where its coordinator is.
            int partition = broker == FIRST ? 1 : 0;
            KafkaProducer<byte[], byte[]> producer =
                    producer(Map.of("transactional.id", id, "transaction.timeout.ms", 1_000));
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(ORDERS, partition, bytes(id), bytes("pay " + id)))
                    .get();
            producer.close(Duration.ZERO);
        }
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            ConsumerRecord<byte[], byte[]> question =
                    await(
                            QUESTIONS,
                            one -> text(one.headers().lastHeader(NAME).value()).endsWith(":" + id));
            assertThat(text(question.value())).as("the message itself").isEqualTo("pay " + id);
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
                // Nor is the answer: it is read by one broker and belongs to the other.
                ProducerRecord<byte[], byte[]> answer =
                        new ProducerRecord<>(ANSWERS, 1 - i, null, bytes("commit"));
                answer.headers().add(NAME, question.headers().lastHeader(NAME).value());
                producer.send(answer).get();
            }
            assertThat(text(await(ORDERS, one -> text(one.key()).equals(id)).value()))
                    .isEqualTo("pay " + id);
        }
    }

    private String idCoordinatedBy(int broker) throws Exception {
        for (int i = 0; ; i++) {
            if (brokers.coordinator(TRANSACTION, "orders-" + i) == broker) {
                return "orders-" + i;
            }
        }
    }
}
