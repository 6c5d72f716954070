package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A consumer is killed with records under its lock, and somebody else answers for it; then the
 * broker is killed while a question is open.
 */
final class AskKillTest {

    private static final String TOPIC = "work";
    private static final String QUESTIONS = "work-ask";
    private static final String ANSWERS = "work-ask-answers";
    private static final String NAME = "sluice-question";
    private static final int RECORDS = 100;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String[] SETTINGS = {
        "share.coordinator.state.topic.num.partitions=3",
        "offsets.topic.num.partitions=3",
        "group.share.session.timeout.ms=3000",
        "group.share.heartbeat.interval.ms=500"
    };

    /** Takes records, says so, and does nothing about them. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (KafkaShareConsumer<String, String> member = member(arguments[0])) {
                System.out.println("holds " + poll(member, Integer.parseInt(arguments[1])).size());
                new CountDownLatch(1).await();
            }
        }
    }

    /** A consumer that has so many records, and was killed. */
    private static void holdAndDie(String bootstrap, Path home, int records) throws Exception {
        Path out = Files.createTempFile(home, "holder", ".out");
        Process holder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx128m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName(),
                                bootstrap,
                                Integer.toString(records))
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            Await.until("it holds records", LIMIT, () -> said(out).contains("holds " + records));
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    private static String said(Path out) {
        try {
            return Files.readString(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KafkaShareConsumer<String, String> member(String bootstrap) {
        return Clients.member(bootstrap, TOPIC, TOPIC, Map.of());
    }

    private static List<ConsumerRecord<String, String>> poll(
            KafkaShareConsumer<String, String> member, int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        long end = System.nanoTime() + LIMIT.toNanos();
        while (got.size() < count && System.nanoTime() < end) {
            member.poll(POLL).forEach(got::add);
        }
        assertThat(got).hasSize(count);
        return got;
    }

    private static void prepare(String bootstrap) throws Exception {
        Clients.createTopic(bootstrap, TOPIC, 1, Map.of());
        try (Admin admin = Clients.admin(bootstrap)) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, TOPIC),
                                    List.of(
                                            set("share.auto.offset.reset", "earliest"),
                                            set("sluice.queue.ask.topic", QUESTIONS),
                                            // nobody gets a record because time is over
                                            set("sluice.queue.ask.timeout.ms", "600000"))))
                    .all()
                    .get();
        }
        try (KafkaProducer<String, String> producer = producer(bootstrap)) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>(TOPIC, "k" + i, "v" + i));
            }
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static KafkaProducer<String, String> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap),
                new StringSerializer(),
                new StringSerializer());
    }

    /** All questions up to now, once there are so many. */
    private static List<ConsumerRecord<String, String>> questions(String bootstrap, int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            List<TopicPartition> all =
                    consumer.partitionsFor(QUESTIONS).stream()
                            .map(one -> new TopicPartition(one.topic(), one.partition()))
                            .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + LIMIT.toNanos();
            while (got.size() < count && System.nanoTime() < end) {
                consumer.poll(POLL).forEach(got::add);
            }
        }
        assertThat(got).hasSize(count);
        return got;
    }

    private static void answer(
            String bootstrap, ConsumerRecord<String, String> question, String verdict)
            throws Exception {
        try (KafkaProducer<String, String> producer = producer(bootstrap)) {
            ProducerRecord<String, String> answer = new ProducerRecord<>(ANSWERS, verdict);
            answer.headers().add(NAME, question.key().getBytes(StandardCharsets.UTF_8));
            producer.send(answer).get();
        }
    }

    @Test
    void whoWasKilledIsAnsweredForAndAKilledBrokerAsksNobody(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            String bootstrap = broker.bootstrap();
            prepare(bootstrap);
            holdAndDie(bootstrap, home, RECORDS);
            ConsumerRecord<String, String> question = questions(bootstrap, 1).getFirst();
            assertThat(question.value()).contains("\"key\":\"k0\"", "\"key\":\"k99\"");
            answer(bootstrap, question, "accept 0-89; release");
            try (KafkaShareConsumer<String, String> next = member(bootstrap)) {
                List<ConsumerRecord<String, String>> rest = poll(next, 10);
                assertThat(rest.getFirst().offset()).as("what was done stays so").isEqualTo(90);
                for (ConsumerRecord<String, String> one : rest) {
                    boolean done = one.offset() < 95;
                    next.acknowledge(one, done ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
                }
                assertThat(next.commitSync(LIMIT).values()).allMatch(error -> error.isEmpty());
            }
            holdAndDie(bootstrap, home, 5);
            ConsumerRecord<String, String> open = questions(bootstrap, 2).getLast();
            broker.kill();
            broker.restart();
            answer(bootstrap, open, "accept"); // nobody knows that question any more
            try (KafkaShareConsumer<String, String> next = member(bootstrap)) {
                List<ConsumerRecord<String, String>> rest = poll(next, 5);
                assertThat(rest.getFirst().offset()).isEqualTo(95);
                rest.forEach(one -> next.acknowledge(one, AcknowledgeType.ACCEPT));
                assertThat(next.commitSync(LIMIT).values()).allMatch(error -> error.isEmpty());
            }
        }
    }
}
