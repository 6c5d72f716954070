package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** What becomes of records that are delivered no more, by unmodified clients (KIP-1191). */
final class DeadLettersTest extends QueueClients {

    private static final String TOPIC = "errors.deadletterqueue.topic.name";
    private static final String COPY = "errors.deadletterqueue.copy.record.enable";
    private static final String ENABLE = "errors.deadletterqueue.group.enable";

    private void send(String topic, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, "k" + i, "v" + i);
            record.headers().add("own", "mine".getBytes(StandardCharsets.UTF_8));
            producer.send(record);
        }
        producer.flush();
    }

    private static void settle(
            KafkaShareConsumer<String, String> member, int count, AcknowledgeType type) {
        settle(member, poll(member, count), type);
    }

    /** What a stock consumer finds in the first partition, once there are so many. */
    private List<ConsumerRecord<String, String>> read(String topic, int count) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", broker.bootstrap(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> reader =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            reader.assign(List.of(new TopicPartition(topic, 0)));
            List<ConsumerRecord<String, String>> got = new ArrayList<>();
            long end = System.nanoTime() + WAIT_NANOS;
            while (got.size() < count && System.nanoTime() < end) {
                reader.poll(POLL).forEach(got::add);
            }
            reader.poll(POLL).forEach(got::add); // no more than that
            assertThat(got).hasSize(count);
            return got;
        }
    }

    private static Map<String, String> headers(ConsumerRecord<String, String> record) {
        Map<String, String> all = new HashMap<>();
        for (Header header : record.headers()) {
            all.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        return all;
    }

    private void awaitDone(String group, long offset) throws Exception {
        QueueOffsets.awaitStart(admin, group, new TopicPartition(group, 0), offset, WAIT_NANOS);
    }

    @Test
    void aRejectedRecordIsCopiedWithWhereItWasAndWhy() throws Exception {
        begin("rejected", Map.of(TOPIC, "dlq.rejected"));
        send("rejected", 1);
        try (KafkaShareConsumer<String, String> member = member("rejected")) {
            settle(member, 1, AcknowledgeType.REJECT);
        }
        ConsumerRecord<String, String> letter = read("dlq.rejected", 1).getFirst();
        assertThat(letter.key()).isEqualTo("k0");
        assertThat(letter.value()).isEqualTo("v0");
        assertThat(headers(letter))
                .containsEntry("own", "mine")
                .containsEntry("__dlq.errors.topic", "rejected")
                .containsEntry("__dlq.errors.partition", "0")
                .containsEntry("__dlq.errors.offset", "0")
                .containsEntry("__dlq.errors.group", "rejected")
                .containsEntry("__dlq.errors.delivery.count", "1")
                .containsEntry("__dlq.errors.message", "Offset rejected by client.")
                .containsEntry("sluice-dead-reason", "rejected")
                .containsKeys(
                        "sluice-dead-member",
                        "sluice-dead-at",
                        "sluice-dead-timestamp",
                        "sluice-dead-first-delivery",
                        "sluice-dead-last-delivery");
        awaitDone("rejected", 1);
    }

    @Test
    void aRecordAtTheDeliveryLimitIsCopied() throws Exception {
        begin("limit", Map.of(TOPIC, "dlq.limit", "share.delivery.count.limit", "2"));
        send("limit", 3);
        try (KafkaShareConsumer<String, String> member = member("limit")) {
            settle(member, 3, AcknowledgeType.RELEASE);
            settle(member, 3, AcknowledgeType.RELEASE);
        }
        List<ConsumerRecord<String, String>> letters = read("dlq.limit", 3);
        assertThat(letters).extracting(ConsumerRecord::value).containsExactly("v0", "v1", "v2");
        assertThat(headers(letters.getLast()))
                .containsEntry("__dlq.errors.offset", "2")
                .containsEntry("__dlq.errors.delivery.count", "2")
                .containsEntry("sluice-dead-reason", "delivery-limit");
        awaitDone("limit", 3);
    }

    @Test
    void withoutCopiesThereAreOnlyHeaders() throws Exception {
        begin("bare", Map.of(TOPIC, "dlq.bare", COPY, "false"));
        send("bare", 1);
        try (KafkaShareConsumer<String, String> member = member("bare")) {
            settle(member, 1, AcknowledgeType.REJECT);
        }
        ConsumerRecord<String, String> letter = read("dlq.bare", 1).getFirst();
        assertThat(letter.key()).isNull();
        assertThat(letter.value()).isNull();
        assertThat(headers(letter))
                .containsEntry("__dlq.errors.topic", "bare")
                .containsEntry("sluice-dead-record", "absent")
                .doesNotContainKey("own");
    }

    @Test
    void aTopicThatIsNotForDeadLettersGetsThemWhenItIs() throws Exception {
        broker.createTopic("later", 1, Map.of());
        begin("waits", Map.of(TOPIC, "later"));
        send("waits", 2);
        try (KafkaShareConsumer<String, String> member = member("waits")) {
            settle(member, 2, AcknowledgeType.REJECT);
            assertThat(read("later", 0)).isEmpty();
            assertThat(QueueOffsets.start(admin, "waits", new TopicPartition("waits", 0))).isZero();
            set(ConfigResource.Type.TOPIC, "later", Map.of(ENABLE, "true"));
            assertThat(read("later", 2)).hasSize(2);
        }
        awaitDone("waits", 2);
    }

    @Test
    void aTopicOfTheBrokerIsNoPlaceForDeadLetters() {
        assertThatThrownBy(() ->
                        set(
                                ConfigResource.Type.GROUP,
                                "wrong",
                                Map.of(TOPIC, "__share_group_state")))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("does not begin with __");
    }
}
