package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/**
 * A KafkaShareConsumer holds records too long; a plain consumer reads the question, a plain
 * producer answers it.
 */
final class AskBeforeRedeliverTest extends QueueClients {

    private static final String QUESTION = "sluice-question";

    /** Longer than a test may take: who gets a record before got it by an answer. */
    private static final String LONG = "600000";

    /** A topic and a group of one name, with records k0=v0 and so on. */
    private void begin(String name, int records, String timeoutMs, String lockMs) throws Exception {
        begin(
                name,
                Map.of(
                        "share.record.lock.duration.ms",
                        lockMs,
                        "sluice.queue.ask.topic",
                        name + "-ask",
                        "sluice.queue.ask.timeout.ms",
                        timeoutMs));
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(name, "k" + i, "v" + i));
        }
        producer.flush();
    }

    private KafkaShareConsumer<String, String> worker(String group) {
        return member(group, Map.of("client.id", "worker-1"));
    }

    private List<ConsumerRecord<String, String>> questions(String group, int count) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all =
                    consumer.partitionsFor(group + "-ask").stream()
                            .map(p -> new TopicPartition(p.topic(), p.partition()))
                            .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + WAIT_NANOS;
            while (got.size() < count && System.nanoTime() < end) {
                consumer.poll(POLL).forEach(got::add);
            }
        }
        assertThat(got).hasSize(count);
        return got;
    }

    private static String name(ConsumerRecord<String, String> question) {
        return new String(question.headers().lastHeader(QUESTION).value(), StandardCharsets.UTF_8);
    }

    private void answer(String group, String question, String verdict) throws Exception {
        ProducerRecord<String, String> answer =
                new ProducerRecord<>(group + "-ask-answers", verdict);
        answer.headers().add(QUESTION, question.getBytes(StandardCharsets.UTF_8));
        producer.send(answer).get();
    }

    @Test
    void theAnswerSettlesEachRecordAsItSays() throws Exception {
        begin("orders", 4, LONG, "1000");
        try (KafkaShareConsumer<String, String> slow = worker("orders");
                KafkaShareConsumer<String, String> other = worker("orders")) {
            poll(slow, 4);
            ConsumerRecord<String, String> question = questions("orders", 1).getFirst();
            assertThat(question.value())
                    .contains("\"group\":\"orders\",\"topic\":\"orders\",\"partition\":0")
                    .contains("\"client\":\"worker-1\",\"address\":\"127.0.0.1\"")
                    .contains("{\"offset\":0,\"deliveries\":1,\"key\":\"k0\"}")
                    .contains("{\"offset\":3,\"deliveries\":1,\"key\":\"k3\"}");
            assertThat(question.key()).isEqualTo(name(question));
            String forged = name(question).replaceFirst(":1:", ":2:");
            assertThat(forged).isNotEqualTo(name(question));
            answer("orders", forged, "release");
            answer("orders", "nonsense", "accept");
            answer("orders", name(question), "perhaps");
            answer("orders", name(question), "accept 0-1\nrelease 2; reject");
            answer("orders", name(question), "release"); // all of it is settled by then
            assertThat(values(poll(other, 1))).containsExactly("v2");
        }
    }

    @Test
    void whoDoesNotAnswerIsAskedOnceAndTheRecordComesBack() throws Exception {
        begin("silent", 2, "500", "1000");
        try (KafkaShareConsumer<String, String> slow = worker("silent");
                KafkaShareConsumer<String, String> other = worker("silent")) {
            poll(slow, 2);
            List<ConsumerRecord<String, String>> again = poll(other, 2);
            assertThat(values(again)).containsExactly("v0", "v1");
            assertThat(again.getFirst().deliveryCount()).hasValue((short) 2);
            ConsumerRecord<String, String> first = questions("silent", 1).getFirst();
            answer("silent", name(first), "accept"); // too late: others have them
            settle(other, again, AcknowledgeType.ACCEPT);
        }
    }

    @Test
    void aSlowConsumerMaySpeakForItself() throws Exception {
        begin("late", 1, LONG, "1000");
        try (KafkaShareConsumer<String, String> slow = worker("late")) {
            List<ConsumerRecord<String, String>> records = poll(slow, 1);
            questions("late", 1);
            settle(slow, records, AcknowledgeType.ACCEPT);
        }
    }

    @Test
    void fiveHundredRecordsOfOneConsumerAreOneQuestion() throws Exception {
        begin("many", 500, LONG, "1000");
        try (KafkaShareConsumer<String, String> slow = worker("many");
                KafkaShareConsumer<String, String> other = worker("many")) {
            poll(slow, 500);
            ConsumerRecord<String, String> question = questions("many", 1).getFirst();
            assertThat(question.value()).contains("\"offset\":499").contains("\"key\":\"k499\"");
            answer("many", name(question), "accept 0-498\nrelease pause=PT0.1S");
            assertThat(values(poll(other, 1))).containsExactly("v499");
        }
    }
}
